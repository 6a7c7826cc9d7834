"""Speak with an endpoint over HTTP: a POST, and a plain reply that is not followed elsewhere."""

import base64
import http.client
import socket
from collections.abc import Mapping
from typing import cast
from urllib.parse import SplitResult, unquote

from node.ledger.chain.line import MOST_BYTES, BadReply, BadStatus, Line, TooLarge, connected
from node.ledger.settings import Headers

MOST_REST_S = 5.0
REST_S = 1.0
_PIECE = 64 * 1024
_TLS_PORT, _PORT = 443, 80
_GOOD, _TOO_MANY, _AWAY = 200, 429, 503


class Address:
    """Hold where an endpoint listens, and what it asks for to let somebody in."""

    def __init__(self, parts: SplitResult, headers: Headers) -> None:
        self.host = str(parts.hostname)
        self.tls = parts.scheme in ("https", "wss")
        self.port = parts.port or (_TLS_PORT if self.tls else _PORT)
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.headers: Mapping[str, str] = {"User-Agent": "peerwatt"}
        if parts.username is not None:
            who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.headers |= {"Authorization": basic(who)}
        self.headers |= dict(headers)

    def connect(self, until_s: float) -> Line:
        """Connect.

        Raises:
            OSError: there is no connection.
        """
        return connected(self.host, self.port, tls=self.tls, until_s=until_s)


class OverHttp:
    """Talk over HTTP, one request after the other on a connection that is kept."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **address.headers,
        }

    def connect(self, until_s: float) -> Line:
        """Connect, within the time.

        Raises:
            OSError: there is no connection.
        """
        return self._address.connect(until_s)

    def talk(self, line: Line, body: bytes) -> tuple[bytes, bool]:
        """Send a request; give the reply's body, and whether the connection may be used again.

        Raises:
            OSError: the connection broke, or the time is over.
            BadReply: the reply is none that is read here.
        """
        try:
            connection = http.client.HTTPConnection(self._address.host, self._address.port)
            # It has what is used of a socket.
            connection.sock = cast(socket.socket, line)
            connection.request("POST", self._address.path, body, self._headers)
            reply = connection.getresponse()
            answer = _body(reply)
            return answer, not reply.will_close
        except http.client.RemoteDisconnected as error:
            raise ConnectionError("closed") from error
        except (http.client.HTTPException, OverflowError) as error:
            raise BadReply("no HTTP reply: another program, or TLS") from error


def basic(who: str) -> str:
    """Give what a header says of a user and a password, joined by a colon."""
    return "Basic " + base64.b64encode(who.encode()).decode()


def refuse_elsewhere(status: int) -> None:
    """Refuse a reply that points to another place.

    Raises:
        BadReply: it does.
    """
    if 300 <= status < 400:
        raise BadReply(f"it points elsewhere (HTTP {status}), which is not followed")


def rest_s(status: int, retry_after: str) -> float:
    """Give for how long a server that has been asked too often asks to be left alone."""
    asked = retry_after.strip()
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < 9
    if status == _AWAY and is_number:
        return min(float(asked), MOST_REST_S)
    if status != _TOO_MANY:
        return 0.0
    return min(float(asked), MOST_REST_S) if is_number else REST_S


def _body(reply: http.client.HTTPResponse) -> bytes:
    refuse_elsewhere(reply.status)
    is_plain = reply.getheader("Content-Encoding", "identity").strip().lower() == "identity"
    if not is_plain and reply.status == _GOOD:
        raise BadReply("a compressed reply, which was not asked for")
    if reply.length is not None and reply.length > MOST_BYTES:
        raise TooLarge
    pieces = bytearray()
    while piece := reply.read(_PIECE):
        pieces += piece
    if reply.status != _GOOD:
        rest = rest_s(reply.status, reply.getheader("Retry-After", ""))
        raise BadStatus(reply.status, bytes(pieces) if is_plain else b"", rest)
    return bytes(pieces)
