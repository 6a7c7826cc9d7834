"""Stand between a ledger and its chain, and lose requests or answers when told to."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gate:
    """Forward JSON-RPC to a port; `lose_requests` and `lose_answers` name a method to lose."""

    def __init__(self, port: int) -> None:
        self.closed = False
        self.lose_requests: str | None = None
        self.lose_answers: str | None = None
        self.seen: list[list[str]] = []
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                methods = [c["method"] for c in (asked if isinstance(asked, list) else [asked])]
                gate.seen.append(methods)
                if gate.closed or gate.lose_requests in methods:
                    self.close_connection = True
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                upstream.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = upstream.getresponse().read()
                upstream.close()
                if gate.lose_answers in methods:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
