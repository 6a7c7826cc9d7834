"""Ask one HTTP endpoint: one bounded reply, the whole of it within one deadline.

An endpoint may be hostile: it may drip, never end, send what unpacks to gigabytes, or point
elsewhere. So a reply is taken as it is (never compressed), up to `MOST_BYTES`; no redirect is
followed, and no proxy of the environment stands between, not even for this machine's own chain.
"""

import base64
import http.client
import io
import socket
import threading
import time
from typing import Any, cast
from urllib.parse import unquote, urlsplit

MOST_BYTES = 2 * 1024 * 1024
"""Of one reply, its head included: thousands of events. A search that finds more is halved."""
CONNECT_TIMEOUT_S = 3.0
_PIECE = 64 * 1024
_TLS_PORT, _PORT = 443, 80
MOST_REST_S = 5.0
_REST_S = 1.0
_GOOD, _TOO_MANY = 200, 429


class BadReply(ValueError):
    """Say what is wrong with a reply, in a few words."""


class TooLarge(BadReply):
    """Say that a reply has more than `MOST_BYTES`, or is more than a server can give."""

    def __init__(self, why: str = f"a reply of more than {MOST_BYTES // 1024} kB") -> None:
        super().__init__(why)


class BadStatus(BadReply):
    """Say that a server refused a request; its `body` may tell of the question all the same.

    `rest_s` is for how long it asks to be left alone.
    """

    def __init__(self, status: int, body: bytes, rest_s: float) -> None:
        self.status = status
        self.body = body
        self.rest_s = rest_s
        super().__init__(f"HTTP {status}")


class Reader:
    """Hold one connection to one endpoint; used from one thread alone."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("an endpoint's address begins with http:// or https:// and a host")
        self.asked = 0
        """How often a request was begun to be sent: each may have been taken."""
        self._host = parts.hostname
        self._tls = parts.scheme == "https"
        self._port = parts.port or (_TLS_PORT if self._tls else _PORT)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "peerwatt",
        }
        if parts.username is not None:
            who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(who.encode()).decode()
        self._line: _Line | None = None

    def post(self, body: bytes, until_s: float) -> bytes:
        """Send a request and give the reply's body, by an instant of the monotonic clock.

        Raises:
            TimeoutError: it was not there in time.
            OSError: there is no connection, or it broke.
            BadReply: the reply is none that is read here.
        """
        kept = self._line
        if kept is not None:
            try:
                return self._talk(kept, body, until_s)
            except ConnectionError:
                # An idle connection may be closed just as it is used again: once is no failure,
                # and every request here may be repeated.
                self.close()
        return self._talk(self._connect(until_s), body, until_s)

    def close(self) -> None:
        """End the connection; may be called twice."""
        if self._line is not None:
            self._line.end()
        self._line = None

    def _connect(self, until_s: float) -> "_Line":
        soon_s = min(until_s, time.monotonic() + CONNECT_TIMEOUT_S)
        plain = _connected(self._host, self._port, soon_s)
        try:
            self._line = _Line(_secured(plain, self._host, soon_s) if self._tls else plain)
        except BaseException:
            plain.close()
            raise
        return self._line

    def _talk(self, line: "_Line", body: bytes, until_s: float) -> bytes:
        line.begin(until_s)
        self.asked += 1
        whole = False
        try:
            connection = http.client.HTTPConnection(self._host, self._port)
            # It has what is used of a socket.
            connection.sock = cast(socket.socket, line)
            connection.request("POST", self._path, body, self._headers)
            reply = connection.getresponse()
            answer = _body(reply)
            whole = not reply.will_close
            return answer
        except http.client.RemoteDisconnected as error:
            raise ConnectionError("closed") from error
        except (http.client.HTTPException, OverflowError) as error:
            raise BadReply("no HTTP reply: another program, or TLS") from error
        finally:
            if not whole:
                self.close()


class _Line:
    """Be a socket for `http.client`, each wait within what is left of the request's time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._until_s = 0.0
        self._left = 0

    def begin(self, until_s: float) -> None:
        """Let the next request have until then, and its reply so many bytes."""
        self._until_s, self._left = until_s, MOST_BYTES

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(_left_s(self._until_s))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give the reply as a file; closing that does not close the connection."""
        return io.BufferedReader(_Reply(self))

    def receive(self, buffer: memoryview) -> int:
        """Receive some bytes of the reply."""
        self._sock.settimeout(_left_s(self._until_s))
        count = self._sock.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooLarge
        return count

    def close(self) -> None:
        """Do nothing: `http.client` closes before it has read, and a socket that counts its files
        goes on."""

    def end(self) -> None:
        """Close the socket."""
        self._sock.close()


class _Reply(io.RawIOBase):
    """Read one reply from its line."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Receive into a buffer."""
        return self._line.receive(memoryview(buffer))


def _body(reply: http.client.HTTPResponse) -> bytes:
    if 300 <= reply.status < 400:
        raise BadReply(f"it points elsewhere (HTTP {reply.status}), which is not followed")
    is_plain = reply.getheader("Content-Encoding", "identity").strip().lower() == "identity"
    if not is_plain and reply.status == _GOOD:
        raise BadReply("a compressed reply, which was not asked for")
    if reply.length is not None and reply.length > MOST_BYTES:
        raise TooLarge
    pieces = bytearray()
    while piece := reply.read(_PIECE):
        pieces += piece
    if reply.status != _GOOD:
        raise BadStatus(reply.status, bytes(pieces) if is_plain else b"", _rest_s(reply))
    return bytes(pieces)


def _rest_s(reply: http.client.HTTPResponse) -> float:
    """Give for how long a server that has been asked too often asks to be left alone."""
    if reply.status != _TOO_MANY:
        return 0.0
    asked = reply.getheader("Retry-After", "").strip()
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < 9
    return min(float(asked), MOST_REST_S) if is_number else _REST_S


def _connected(host: str, port: int, until_s: float) -> socket.socket:
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, address in _addresses(host, port, until_s):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_left_s(until_s))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            problem = error
    raise problem


def _addresses(host: str, port: int, until_s: float) -> list[Any]:
    """Ask for a host's addresses, within the time: a name server that is away takes its own."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.append(ConnectionError(error.errno, error.strerror))
        except UnicodeError as error:
            found.append(ConnectionError(f"no host is called so ({error})"))

    asking = threading.Thread(target=ask, name="name server", daemon=True)
    asking.start()
    asking.join(_left_s(until_s))
    if not found:
        raise TimeoutError("the name server does not answer")
    if isinstance(found[0], Exception):
        raise found[0]
    return list(found[0])


def _secured(plain: socket.socket, host: str, until_s: float) -> socket.socket:
    import ssl  # Here, because most chains are in the house, and it takes its memory.

    plain.settimeout(_left_s(until_s))
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _left_s(until_s: float) -> float:
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the time is over")
    return left_s
