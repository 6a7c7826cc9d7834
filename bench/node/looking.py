"""Look at a page as many browsers do: each loads it, and holds one connection for what is live."""

import http.client
import selectors
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlencode

_WITHIN_S = 30.0
_MOST_READ = 1 << 16
_END_OF_EVENT = b"\n\n"


class Browser:
    """Look at one program's page with one session; `pictures` counts what open pages were sent."""

    def __init__(self, port: int, path: str) -> None:
        self.pictures = 0
        self._port = port
        self._path = path
        self._cookie = ""

    def log_in(self, password: str) -> None:
        """Begin the session.

        Raises:
            ConnectionError: the page does not let it in.
        """
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self._port}",
        }
        reply = self._ask("POST", "/login", urlencode({"password": password}), headers)
        self._cookie = reply.headers.get("Set-Cookie", "").partition(";")[0]
        if not self._cookie:
            raise ConnectionError(f"the page says {reply.status} to its password")

    def look_at(self, pages: int, span_s: float) -> None:
        """Load the page so many times, and keep all of them open for a span.

        Raises:
            ConnectionError: a page is not shown, or ends.
        """
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            for _ in range(pages):
                self._load()
                selector.register(stack.enter_context(self._live()), selectors.EVENT_READ)
            ends_s = time.monotonic() + span_s
            while (left_s := ends_s - time.monotonic()) > 0:
                for key, _ in selector.select(left_s):
                    self._take(key.fileobj)

    def _load(self) -> None:
        reply = self._ask("GET", self._path, None, self._known())
        if reply.status != http.HTTPStatus.OK:
            raise ConnectionError(f"the page says {reply.status} to {self._path}")

    def _live(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self._port), _WITHIN_S)
        lines = [f"GET {self._path}events HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self._known().items()]
        link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        return link

    def _take(self, link: object) -> None:
        assert isinstance(link, socket.socket)
        found = link.recv(_MOST_READ)
        if not found:
            raise ConnectionError("an open page was ended")
        self.pictures += found.count(_END_OF_EVENT)

    def _known(self) -> dict[str, str]:
        return {"Cookie": self._cookie, "Accept-Encoding": "gzip", "Accept-Language": "de"}

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_WITHIN_S)
        try:
            link.request(method, path, body, {**headers, "Connection": "close"})
            reply = link.getresponse()
            reply.read()
            return reply
        finally:
            link.close()
