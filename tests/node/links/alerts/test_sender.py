"""Alerts are posted to a real web server: few an hour, together, and none is lost in between."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from node.links.alerts.messages import Told, as_json, as_text
from node.links.alerts.sender import MOST_WAITING, Sender, Target
from tests.parts.waiting import until

DIES, LIVES = (
    Told(name="relay_lost", begins=begins, sentence="the relay — away", calendar_s=1_700_000_000.0)
    for begins in (True, False)
)


class Server(ThreadingHTTPServer):
    """Keep what is posted, and answer with a status of the test's."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.asked, self.status = 0, 200
        super().__init__(("127.0.0.1", 0), Posts)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?key=secret"


class Posts(BaseHTTPRequestHandler):
    """Take a post."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if self.server.status == 200:
            self.server.posted.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Clock:
    """Stand still until the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


def sender_to(server: Server, clock: Clock, most_per_hour: int = 6) -> Sender:
    target = Target(url=server.url, write=partial(as_json, "street", "home1"))
    sender = Sender(target, most_per_hour, clock)
    sender.start()
    return sender


def names(body: bytes) -> list[str]:
    return [f"{one['event']} {one['name']}" for one in json.loads(body)["alerts"]]


def test_a_web_hook_gets_begin_and_end_as_json(server: Server) -> None:
    sender = sender_to(server, Clock())
    for told, count in ((DIES, 1), (LIVES, 2)):
        sender.tell([told])
        until(lambda: len(server.posted) == count, "it is posted")  # noqa: B023
    sender.close()

    path, headers, body = server.posted[0]
    assert (path, headers["Content-Type"]) == ("/hook?key=secret", "application/json")
    whole = json.loads(body)
    assert (whole["community"], whole["node"], whole["left_out"]) == ("street", "home1", 0)
    assert whole["alerts"][0]["sentence"] == DIES.sentence
    assert whole["alerts"][0]["at"] == DIES.at
    assert [names(body) for _, _, body in server.posted] == [
        ["begin relay_lost"],
        ["end relay_lost"],
    ]


def test_ntfy_gets_lines_and_a_title() -> None:
    message = as_text("home1", [DIES, LIVES], 3)

    assert message.body.decode().splitlines() == [
        "the relay — away",
        "over: the relay — away",
        "3 more before these were left out",
    ]
    assert message.headers["Title"] == "home1: relay lost"
    assert all(text.isascii() for text in message.headers.values())
    assert as_text("home1", [LIVES], 0).headers["Priority"] == "default"


def test_more_than_so_many_an_hour_wait_and_go_together(server: Server) -> None:
    clock = Clock()
    sender = sender_to(server, clock, most_per_hour=1)
    sender.tell([DIES])
    until(lambda: server.posted, "the first is posted")
    for _ in range(3):
        sender.tell([LIVES, DIES])
    clock.now_s = 3_599.0
    sender.tell([LIVES])
    before = len(server.posted)
    clock.now_s = 3_600.0
    sender.tell([])
    until(lambda: len(server.posted) == 2, "the rest is posted")
    sender.close()

    assert before == 1
    assert len(names(server.posted[1][2])) == 7


def test_what_is_refused_waits_and_is_told_again(server: Server) -> None:
    clock, server.status = Clock(), 503
    sender = sender_to(server, clock)
    sender.tell([DIES])
    until(lambda: server.asked == 1, "it is refused")
    server.status = 200
    sender.tell([LIVES])
    clock.now_s = 60.0
    until(lambda: sender.tell([]) or server.posted, "it is told again")
    sender.close()

    assert names(server.posted[0][2]) == ["begin relay_lost", "end relay_lost"]


def test_what_waits_is_bounded_and_what_is_left_out_is_counted(server: Server) -> None:
    clock = Clock()
    sender = sender_to(server, clock, most_per_hour=1)
    sender.tell([DIES])
    until(lambda: server.posted, "the first is posted")
    sender.tell([LIVES, DIES] * MOST_WAITING)
    clock.now_s = 3_600.0
    sender.tell([])
    until(lambda: len(server.posted) == 2, "the rest is posted")
    sender.close()

    whole = json.loads(server.posted[1][2])
    assert (len(whole["alerts"]), whole["left_out"]) == (MOST_WAITING, MOST_WAITING)


def test_nobody_there_is_told_once_and_without_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server()
    server.server_close()
    clock = Clock()
    sender = sender_to(server, clock)
    sender.tell([DIES])
    until(lambda: caplog.messages, "it is told")
    sender.close()

    assert "127.0.0.1 does not take alerts" in caplog.messages[0]
    assert "secret" not in caplog.text
