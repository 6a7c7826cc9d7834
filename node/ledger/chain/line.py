"""Be one connection to an endpoint: bounded in bytes and in time, whatever is spoken over it.

An endpoint may be hostile: it may drip, never end, or send gigabytes. So what answers one request
is at most `MOST_BYTES`, the whole of it within one deadline; no proxy of the environment stands
between, not even for this machine's own chain.
"""

import io
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

MOST_BYTES = 2 * 1024 * 1024
"""Of one reply, its head included: thousands of events. A search that finds more is halved."""
CONNECT_TIMEOUT_S = 3.0
_PIECE = 64 * 1024


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
        told = ": it lets nobody in without what contract.login_file says" if status == 401 else ""
        super().__init__(f"HTTP {status}{told}")


class Line:
    """Be a socket for one talk at a time, each wait within what is left of the request's time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._until_s = 0.0
        self._left = 0
        self._ahead = bytearray()

    def begin(self, until_s: float) -> None:
        """Let the next request have until then, and its reply so many bytes."""
        self._until_s, self._left = until_s, MOST_BYTES

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(left_s(self._until_s))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give the reply as a file; closing that does not close the connection."""
        return io.BufferedReader(_Reply(self))

    def receive(self, buffer: memoryview) -> int:
        """Receive some bytes of the reply; 0 at its end."""
        self._sock.settimeout(left_s(self._until_s))
        count = self._sock.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooLarge
        return count

    def some(self) -> bytes:
        """Receive what is there of the reply, at least a byte.

        Raises:
            ConnectionError: the other side has closed.
        """
        if not self._ahead:
            self._fill()
        found, self._ahead = bytes(self._ahead), bytearray()
        return found

    def exactly(self, count: int) -> bytes:
        """Receive so many bytes of the reply.

        Raises:
            ConnectionError: the other side has closed before.
        """
        while len(self._ahead) < count:
            self._fill()
        found = bytes(self._ahead[:count])
        del self._ahead[:count]
        return found

    def give_back(self, data: bytes) -> None:
        """Let bytes that were received be received again."""
        self._ahead[:0] = data

    def _fill(self) -> None:
        buffer = memoryview(bytearray(_PIECE))
        count = self.receive(buffer)
        if count == 0:
            raise ConnectionError("closed")
        self._ahead += buffer[:count]

    def close(self) -> None:
        """Do nothing: `http.client` closes before it has read, and a socket that counts its files
        goes on."""

    def end(self) -> None:
        """Close the socket."""
        self._sock.close()


class _Reply(io.RawIOBase):
    """Read one reply from its line."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Receive into a buffer."""
        return self._line.receive(memoryview(buffer))


def connected(host: str, port: int, *, tls: bool, until_s: float) -> Line:
    """Connect to a host; not for longer than `CONNECT_TIMEOUT_S`.

    Raises:
        OSError: there is no connection, not in time or not with its certificate.
    """
    soon_s = min(until_s, time.monotonic() + CONNECT_TIMEOUT_S)
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, address in _addresses(host, port, soon_s):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left_s(soon_s))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            problem = error
            continue
        return _greeted(sock, lambda plain: _secured(plain, host, soon_s) if tls else plain)
    raise problem


def connected_to_file(path: str, until_s: float) -> Line:
    """Connect to a socket of this machine.

    Raises:
        OSError: nobody listens there.
    """

    def reach(sock: socket.socket) -> socket.socket:
        sock.settimeout(min(left_s(until_s), CONNECT_TIMEOUT_S))
        sock.connect(path)
        return sock

    return _greeted(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), reach)


def _greeted(sock: socket.socket, greet: Callable[[socket.socket], socket.socket]) -> Line:
    try:
        return Line(greet(sock))
    except BaseException:
        sock.close()
        raise


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
    asking.join(left_s(until_s))
    if not found:
        raise TimeoutError("the name server does not answer")
    if isinstance(found[0], Exception):
        raise found[0]
    return list(found[0])


def _secured(plain: socket.socket, host: str, until_s: float) -> socket.socket:
    import ssl  # Here, because most chains are in the house, and it takes its memory.

    plain.settimeout(left_s(until_s))
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def left_s(until_s: float) -> float:
    """Give the seconds that are left until an instant of the monotonic clock.

    Raises:
        TimeoutError: it has passed.
    """
    left = until_s - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    return left
