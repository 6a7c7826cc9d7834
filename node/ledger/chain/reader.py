"""Ask one endpoint, over whatever its address names: a bounded reply, within one deadline.

One of HTTP, a WebSocket, or a socket of this machine is spoken; `line` holds the bounds of all.
"""

from typing import Protocol
from urllib.parse import urlsplit

from node.ledger.chain.line import Line
from node.ledger.chain.over_http import Address, OverHttp
from node.ledger.settings import SOCKET, Headers


class Transport(Protocol):
    """Carry requests over a line."""

    def connect(self, until_s: float) -> Line:
        """Connect, and greet where that is usual; raises `OSError` or `BadReply`."""
        ...

    def talk(self, line: Line, body: bytes) -> tuple[bytes, bool]:
        """Send a request; give the reply, and whether the line may be used again."""
        ...


class Reader:
    """Hold one connection to one endpoint; used from one thread alone."""

    def __init__(self, url: str, headers: Headers = ()) -> None:
        self.asked = 0
        """How often a request was begun to be sent: each may have been taken."""
        self._transport = _transport_of(url, headers)
        self._line: Line | None = None

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
        self._line = self._transport.connect(until_s)
        return self._talk(self._line, body, until_s)

    def close(self) -> None:
        """End the connection; may be called twice."""
        if self._line is not None:
            self._line.end()
        self._line = None

    def _talk(self, line: Line, body: bytes, until_s: float) -> bytes:
        line.begin(until_s)
        self.asked += 1
        is_kept = False
        try:
            answer, is_kept = self._transport.talk(line, body)
            return answer
        finally:
            if not is_kept:
                self.close()


def _transport_of(url: str, headers: Headers) -> Transport:
    """Give what an endpoint's address asks for.

    Raises:
        ValueError: it is no such address.
    """
    if url.startswith(f"{SOCKET}/"):
        # Here, as below: most chains are asked over HTTP, and what is not used takes no memory.
        from node.ledger.chain.over_ipc import OverIpc

        return OverIpc(url.removeprefix(SOCKET))
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        return OverHttp(Address(parts, headers))
    if parts.scheme in ("ws", "wss") and parts.hostname:
        from node.ledger.chain.over_websocket import OverWebsocket

        return OverWebsocket(Address(parts, headers))
    raise ValueError(
        "an endpoint's address begins with http://, https://, ws:// or wss:// and a host, or with"
        f" {SOCKET}/"
    )
