"""Play a program's web server: a real one, that answers what its owner says."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[str, str], tuple[int, bytes]]
"""Give status and body for a path and what was posted to it."""


class PlayedWeb:
    """Serve on a free port of this machine, and keep what was asked."""

    def __init__(self, answer: Answer = lambda path, form: (200, b"{}")) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.say(b"")

            def do_POST(self) -> None:
                self.say(self.rfile.read(int(self.headers["Content-Length"])))

            def say(self, form: bytes) -> None:
                played.asked.append((self.path, form.decode()))
                played.headers.append(dict(self.headers))
                status, body = played.answer(self.path, form.decode())
                self.send_response(status)
                if status in (302, 303):
                    self.send_header("Location", "/login")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, name="web", daemon=True).start()

    def close(self) -> None:
        """End; may be called twice."""
        self._server.shutdown()
        self._server.server_close()
