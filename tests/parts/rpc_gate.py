"""Stand between a ledger and its chain, and lose requests or answers when told to."""

import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TRY = "eth_estimateGas"
_SEARCH = "eth_getLogs"

Lie = Callable[[str, list[Any], Any], Any]
"""Give what to say to a method with its parameters instead of the true result; an `Objection` is
said as an error."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Hold an error as JSON-RPC has it."""

    error: dict[str, Any]


class Gate:
    """Forward JSON-RPC to a port, but for what it is told to do otherwise.

    `closed` loses every request, and `drop_once` the next one; `lose_requests` and `lose_answers`
    name a method to lose; `most_tries` loses what asks for more estimates of gas at once, as an
    endpoint does that is too slow for them. `object_once` is a method and what to say, once, to
    the first call of it. Without `batches` a batch is refused whole. A `lie` changes true results.
    A search for events over more than `most_blocks` is refused. `wants` is a header, by name and
    value, without which nobody is let in.
    """

    def __init__(self, port: int) -> None:
        self.closed = False
        self.drop_once = False
        self.lose_requests: str | None = None
        self.lose_answers: str | None = None
        self.most_tries: int | None = None
        self.object_once: tuple[str, str] | None = None
        self.batches = True
        self.most_blocks: int | None = None
        self.wide = 0
        self.lie: Lie | None = None
        self.wants: tuple[str, str] | None = None
        self.shut_out = 0
        self.seen: list[list[str]] = []
        self._port = port
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self, body: bytes) -> bytes | None:
        """Answer a request, or lose it."""
        asked = json.loads(body)
        methods = [c["method"] for c in (asked if isinstance(asked, list) else [asked])]
        self.seen.append(methods)
        if self.closed or self.drop_once or self.lose_requests in methods:
            self.drop_once = False
            return None
        if self.most_tries is not None and methods.count(_TRY) > self.most_tries:
            return None
        if isinstance(asked, list) and not self.batches:
            return b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600}}'
        if self.object_once and self.object_once[0] in methods:
            return self._objecting(asked)
        if self.most_blocks is not None and _SEARCH in methods:
            return self._searching(asked, self.most_blocks)
        answer = self.forward(body) if self.lie is None else self._lying(asked, self.lie)
        return None if self.lose_answers in methods else answer

    def forward(self, body: bytes, port: int | None = None) -> bytes:
        """Ask the chain itself, or what else listens on a port."""
        upstream = http.client.HTTPConnection("127.0.0.1", port or self._port, timeout=100)
        try:
            upstream.request("POST", "/", body, {"Content-Type": "application/json"})
            return upstream.getresponse().read()
        finally:
            upstream.close()

    def _objecting(self, asked: object) -> bytes:
        """Object to the first call of the method, and forward the others."""
        assert self.object_once is not None
        (method, message), self.object_once = self.object_once, None
        calls = asked if isinstance(asked, list) else [asked]
        answers = []
        for call in calls:
            if call["method"] == method and message:
                error = {"code": -32000, "message": message}
                answers.append({"jsonrpc": "2.0", "id": call["id"], "error": error})
                message = ""
            else:
                answers.append(json.loads(self.forward(json.dumps(call).encode())))
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _searching(self, asked: object, most: int) -> bytes:
        """Refuse each search of more blocks, and forward the others."""
        calls = asked if isinstance(asked, list) else [asked]
        answers = []
        for call in calls:
            if call["method"] == _SEARCH and _blocks(call["params"][0]) > most:
                self.wide += 1
                error = {"code": -32005, "message": f"query exceeds max block range {most}"}
                answers.append({"jsonrpc": "2.0", "id": call["id"], "error": error})
            else:
                answers.append(json.loads(self.forward(json.dumps(call).encode())))
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def _lying(self, asked: object, lie: Lie) -> bytes:
        calls = asked if isinstance(asked, list) else [asked]
        answers = []
        for call in calls:
            answer = json.loads(self.forward(json.dumps(call).encode()))
            if "result" in answer:
                said = lie(call["method"], call["params"], answer.pop("result"))
                if isinstance(said, Objection):
                    answer["error"] = said.error
                else:
                    answer["result"] = said
            answers.append(answer)
        return json.dumps(answers if isinstance(asked, list) else answers[0]).encode()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def _blocks(wanted: dict[str, str]) -> int:
    return int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        gate, asked = self.server.gate, self.rfile.read(int(self.headers["Content-Length"]))
        if gate.wants is not None and self.headers.get(gate.wants[0]) != gate.wants[1]:
            gate.shut_out += 1
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = gate.answer(asked)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        return
