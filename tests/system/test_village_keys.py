"""Ctrl-C in a real terminal: the first closes the village's books, a second ends all at once."""

import contextlib
import json
import os
import pty
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.waiting import until

CTRL_C = b"\x03"
WITHIN_S = 240.0


class Terminal:
    """Hold a village that runs in the foreground of a terminal of its own."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory / "street"
        self.result = directory / "result.json"
        words = [
            sys.executable, "-m", "village", "--plain", "--homes", "2", "--hours", "24",
            "--directory", str(self.directory), "--json", str(self.result), *options,
        ]  # fmt: skip
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, words)
        os.set_blocking(self._terminal, False)
        self.told = ""
        self.status: int | None = None

    def press(self, key: bytes) -> None:
        """Press a key; the terminal makes a signal of it, as for a person."""
        os.write(self._terminal, key)

    def shows(self, sentence: str) -> bool:
        """Say whether the village has told a sentence."""
        # The terminal answers with an error once nobody has it open any more.
        with contextlib.suppress(OSError):
            while said := os.read(self._terminal, 65_536):
                self.told += said.decode(errors="replace")
        return sentence in self.told

    def has_ended(self) -> bool:
        """Say whether the village has ended; its output is read on, so that it is not held up."""
        self.shows("")
        if self.status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if ended else None
        return self.status is not None

    def children(self) -> list[int]:
        """Give the processes that were started with this street's files."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = place.read_bytes()
                if str(self.directory).encode() in words and int(place.parent.name) != self.pid:
                    found.append(int(place.parent.name))
        return found

    def close(self) -> None:
        """End it, however the test ended."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._terminal)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path)
    yield found
    found.close()


@pytest.mark.timeout(900)
def test_the_first_ctrl_c_closes_the_books_and_writes_the_result(terminal: Terminal) -> None:
    until(lambda: terminal.shows("the day begins"), "the day begins", WITHIN_S)
    time.sleep(1.0)
    terminal.press(CTRL_C)
    until(terminal.has_ended, "the village ends", WITHIN_S)

    assert "interrupted: closing the books as of now" in terminal.told
    assert "the homes have stopped; every contact is at rest" in terminal.told
    assert terminal.status in (0, 1), terminal.told[-3000:]
    result = json.loads(terminal.result.read_text())
    assert result["money_closes"]
    assert terminal.children() == []


@pytest.mark.timeout(900)
def test_a_second_ctrl_c_ends_everything_at_once(terminal: Terminal) -> None:
    until(lambda: terminal.shows("the day begins"), "the day begins", WITHIN_S)
    terminal.press(CTRL_C)
    until(lambda: terminal.shows("closing the books"), "the books are being closed", WITHIN_S)
    terminal.press(CTRL_C)
    until(terminal.has_ended, "the village ends", WITHIN_S)

    assert terminal.status == 130, terminal.told[-3000:]
    assert not terminal.result.exists()
    assert "Traceback" not in terminal.told
    until(lambda: not terminal.children(), "nothing is left running", WITHIN_S)


@pytest.mark.timeout(900)
def test_ctrl_c_before_the_day_is_a_word_and_no_traceback(terminal: Terminal) -> None:
    until(lambda: terminal.shows("starting chain"), "the village starts", WITHIN_S)
    terminal.press(CTRL_C)
    until(terminal.has_ended, "the village ends", WITHIN_S)

    assert terminal.status == 130, terminal.told[-3000:]
    assert "interrupted" in terminal.told
    assert "Traceback" not in terminal.told
    until(lambda: not terminal.children(), "nothing is left running", WITHIN_S)
