"""The village's own page: while a day is played, and after it until somebody presses a key."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.parts.waiting import until


class Watched:
    """A village in a terminal of its own, as whoever sits there sees it."""

    def __init__(self, directory: Path) -> None:
        self.terminal, other = pty.openpty()
        self.before = termios.tcgetattr(other)
        self.directory, self._seen = directory, b""
        words = ["--plain", "--homes", "2", "--hours", "1", "--directory", str(directory)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "village", *words],
            stdin=other, stdout=other, stderr=other, start_new_session=True,
        )  # fmt: skip
        self._other = other
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def seen(self) -> str:
        return self._seen.decode("utf-8", "replace")

    def until_seen(self, words: str) -> None:
        def is_seen() -> bool:
            assert words in self.seen or self.process.poll() is None, self.seen[-4000:]
            return words in self.seen

        until(is_seen, words)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._other)
        self._reading.join()
        os.close(self.terminal)

    def page(self, path: str) -> str:
        """Look at a page as somebody who has read the line with address and password."""
        port, password = re.findall(r"http://127.0.0.1:(\d+)/ \(password: (\w+)\)", self.seen)[0]
        link = HTTPConnection("127.0.0.1", int(port), timeout=60)
        origin = {"Origin": f"http://127.0.0.1:{port}"}
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded", **origin}
            link.request("POST", "/login", f"password={password}", form)
            reply = link.getresponse()
            reply.read()
            assert reply.status == 303
            cookie = str(reply.headers["Set-Cookie"]).partition(";")[0]
            link.request("GET", path, headers={"Cookie": cookie})
            answer = link.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
            return text
        finally:
            link.close()

    def _read(self) -> None:
        try:
            while piece := os.read(self.terminal, 65_536):
                self._seen += piece
        except OSError:
            return

    def terminal_now(self) -> list:
        return termios.tcgetattr(self._other)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path / "street")
    try:
        yield watched
    finally:
        watched.end()


def running(directory: Path) -> list[str]:
    """Give the programs that still run and were started for a street."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if process.name.isdigit() and str(directory) in words:
            found.append(words)
    return found


@pytest.mark.parametrize("ends_by", ["a key", "Ctrl-C"])
def test_the_day_is_told_and_the_page_stays_until_somebody_has_seen_enough(
    watched: Watched, ends_by: str
) -> None:
    watched.until_seen("the day begins")
    during = watched.page("/home1/")
    assert "home1" in during and 'id="live"' in during

    watched.until_seen("until a key is pressed")
    assert "closes" in watched.seen
    rest = watched.page("/home1/")
    assert "does not answer" not in rest
    assert "State of charge" in rest
    # By the street's own calendar, and where its place is.
    assert "<strong>20" in watched.page("/home1/day")
    assert watched.process.poll() is None

    if ends_by == "a key":
        os.write(watched.terminal, b"q")
    else:
        watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(200) == 0, watched.seen[-4000:]
    assert watched.terminal_now() == watched.before
    assert running(watched.directory) == []
    assert "Traceback" not in watched.seen
