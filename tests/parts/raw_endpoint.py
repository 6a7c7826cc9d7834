"""Be an RPC endpoint that answers with whatever bytes it likes, at its own pace."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHAIN_ID = 5
CHAIN = hex(CHAIN_ID)
_POLL_S = 0.02
"""How long its end takes at most."""

Say = Callable[[socket.socket, list[dict[str, Any]]], None]
"""Answer some calls on a connection."""


class RawEndpoint:
    """Listen on a port of this machine, and let `say` answer each request; count them."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.asked = 0
        self.headers: list[dict[str, str]] = []
        self._server = _Server(self)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        serve = partial(self._server.serve_forever, poll_interval=_POLL_S)
        threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def raw_endpoint(say: Say) -> Iterator[RawEndpoint]:
    """Run an endpoint for a while."""
    endpoint = RawEndpoint(say)
    try:
        yield endpoint
    finally:
        endpoint.close()


def honest(sock: socket.socket, calls: list[dict[str, Any]]) -> None:
    """Answer every question with the chain's id."""
    sock.sendall(reply(good(calls)))


def good(calls: list[dict[str, Any]]) -> bytes:
    """Give the body of a good reply, in which every answer is the chain's id."""
    answers = [{"jsonrpc": "2.0", "id": call["id"], "result": CHAIN} for call in calls]
    return json.dumps(answers if len(answers) > 1 else answers[0]).encode()


def reply(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Give a whole HTTP reply."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: RawEndpoint) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        endpoint = self.server.endpoint
        endpoint.asked += 1
        endpoint.headers.append(dict(self.headers))
        try:
            endpoint.say(self.connection, asked if isinstance(asked, list) else [asked])
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        return
