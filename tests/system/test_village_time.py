"""The village on a busy machine, and with its parts stopped by hand: slower, never wrong."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.system.followed_time import FollowedTime
from tests.faults.days import busy
from tests.parts.waiting import until

PATIENT_S = 300.0
SOME_S = 2.0
"""Seconds of the village's time: eight blocks, and longer than any lease."""


def command(directory, *options):
    return [
        sys.executable, "-m", "village", "--plain", "--no-page", "--homes", "2",
        "--directory", str(directory / "street"), "--json", str(directory / "result.json"),
        *options,
    ]  # fmt: skip


def test_on_a_busy_machine_the_day_is_sound_and_nothing_is_late_in_its_own_time(tmp_path):
    with busy(4 * (os.cpu_count() or 1)):
        done = subprocess.run(
            command(tmp_path, "--hours", "3"),
            capture_output=True, text=True, timeout=1700, check=False,
        )  # fmt: skip

    printed = done.stdout[-4000:] + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    played = result["time"]
    assert done.returncode == 0, printed
    assert played["late"] == {"samples": 0, "leases": 0, "consents": 0}, printed
    assert played["blocks_per_hour"] == pytest.approx(20.0, abs=0.5), printed
    assert played["speed"] <= played["full_speed"]


class Street:
    """A village that runs until it is interrupted, and its processes."""

    def __init__(self, directory):
        self._directory = directory
        self._log = (directory / "printed").open("w")
        self.village = subprocess.Popen(command(directory, "--keep"), stdout=self._log)
        path = directory / "street" / "time"
        until(path.exists, "time is handed out", PATIENT_S)
        self.time = FollowedTime(path)
        until(lambda: "own source" in self.printed(), "the day has begun", PATIENT_S)

    def printed(self):
        return (self._directory / "printed").read_text()

    def pid_of(self, name):
        """Find a program by what its command names."""
        mine = f"/proc/{self.village.pid}/task/{self.village.pid}/children"
        for child in Path(mine).read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            if any(name in word for word in words):
                return int(child)
        raise AssertionError(f"no process of {name}")

    def goes_on(self, what):
        since_s = self.time.seconds()
        until(lambda: self.time.seconds() > since_s + SOME_S, what, PATIENT_S)

    def close(self):
        """Have the books closed; where that hangs, leave nothing running all the same."""
        self.village.send_signal(signal.SIGINT)
        try:
            self.village.wait(PATIENT_S)
        except subprocess.TimeoutExpired:
            self.village.send_signal(signal.SIGINT)
            self.village.wait(PATIENT_S)
            raise
        finally:
            self._log.close()


@pytest.fixture
def street(tmp_path):
    street = Street(tmp_path)
    yield street
    street.close()


def test_the_street_goes_on_without_whoever_is_stopped_or_killed_by_hand(street):
    for name in ("home1/", "anvil", "board/"):
        stopped = street.pid_of(name)
        os.kill(stopped, signal.SIGSTOP)
        street.goes_on(f"time passes while {name} is stopped")
        os.kill(stopped, signal.SIGCONT)
        street.goes_on(f"time passes after {name} was continued")

    os.kill(street.pid_of("home2/"), signal.SIGKILL)
    until(lambda: "starting it again" in street.printed(), "it is started again", PATIENT_S)
    street.goes_on("time passes with it")

    street.close()
    assert "minted" in street.printed(), "the books were closed"
