"""Fixtures of the sources' tests: what plays a web server, and what waits for a source."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from node.core.errors import DeviceError
from tests.parts.waiting import until


class PlayedWeb:
    """A real web server that answers what a test says, and keeps what it was asked."""

    def __init__(self):
        self.answer = lambda path, form: (200, b"{}")
        self.asked = []
        self.headers = []
        played = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.say(b"")

            def do_POST(self):
                self.say(self.rfile.read(int(self.headers["Content-Length"])))

            def say(self, form):
                played.asked.append((self.path, form.decode()))
                played.headers.append(dict(self.headers))
                status, body = played.answer(self.path, form.decode())
                self.send_response(status)
                if status in (302, 303):
                    self.send_header("Location", "/login")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def web():
    played = PlayedWeb()
    yield played
    played.close()


@pytest.fixture
def sampled():
    """Give what waits for a source's sample, or for its trouble; each source is closed."""
    seen = []

    def attempt(source):
        try:
            return source.sample()
        except DeviceError as error:
            return error

    def wait(source, condition, what):
        seen.append(source)
        return until(lambda: (got := attempt(source)) and condition(got) and got, what)

    yield wait
    for source in seen:
        source.close()
