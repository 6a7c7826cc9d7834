"""Stand between the homes and their chain, as another chain's endpoint would.

It wants a token, or writes into each block's head what proof of authority writes there. Nothing of
it is part of the product.
"""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from node.core.wire.json_text import read_json

_WITHIN_S = 30.0
_POLL_S = 0.1


class Door:
    """Let requests through to a chain's port; listens from the beginning."""

    def __init__(self, port: int, chain_port: int, token: str | None, extra: int | None) -> None:
        self.chain_port = chain_port
        self.authorization = None if token is None else f"Bearer {token}"
        self.extra = extra
        self._server = _Server(port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="door", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._server.shutdown()
        self._server.server_close()

    def through(self, body: bytes) -> bytes:
        """Ask the chain.

        Raises:
            OSError: it does not answer.
        """
        chain = http.client.HTTPConnection("127.0.0.1", self.chain_port, timeout=_WITHIN_S)
        try:
            chain.request("POST", "/", body, {"Content-Type": "application/json"})
            reply = chain.getresponse().read()
        finally:
            chain.close()
        return reply if self.extra is None else self._with_longer_heads(reply, self.extra)

    def _with_longer_heads(self, reply: bytes, count: int) -> bytes:
        told = read_json(reply)
        for answer in told if isinstance(told, list) else [told]:
            result: Any = answer.get("result")
            if isinstance(result, dict) and "extraData" in result:
                result["extraData"] = "0x" + "d8" * count
        return json.dumps(told).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, door: Door) -> None:
        self.door = door
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Answer one request."""
        door, body = self.server.door, self.rfile.read(int(self.headers["Content-Length"]))
        if door.authorization not in (None, self.headers.get("Authorization")):
            self._reply(401, b"")
            return
        try:
            answer = door.through(body)
        except (OSError, http.client.HTTPException):
            self._reply(502, b"")
            return
        self._reply(200, answer)

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the homes' own logs say what they asked."""
