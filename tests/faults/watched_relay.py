"""Run the real relay server on mock pins that write down each move, and whose contacts may stick.

`python -m tests.faults.watched_relay DIRECTORY run --parameters FILE`: each change of a coil is a
line of DIRECTORY/moves, "monotonic seconds, channel, 1 or 0", and each start, before the pins are
touched, one of DIRECTORY/starts, "monotonic seconds". DIRECTORY/stuck, where there is one, says
which contacts conduct whatever their coils do: lines of "channel, 1 or 0". DIRECTORY/step, where
there is one, says by how many seconds the wall clock has been set on, as this process sees it.
"""

import os
import sys
import time
from pathlib import Path

from relay_server.command_line import main
from tests.faults.contacts import played_contacts


class Watch:
    """Hold the files, and write the start down."""

    def __init__(self, directory: Path) -> None:
        self._moves = os.open(directory / "moves", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with (directory / "starts").open("a") as starts:
            starts.write(f"{time.monotonic()!r}\n")
        self._stuck = directory / "stuck"
        self._step = directory / "step"

    def moved(self, channel: int, closed: bool) -> None:
        """Write a move down, whole or not at all."""
        os.write(self._moves, f"{time.monotonic()!r} {channel} {int(closed)}\n".encode())

    def stuck(self, channel: int) -> bool | None:
        """Say whether a contact is held."""
        try:
            lines = self._stuck.read_text().splitlines()
        except FileNotFoundError:
            return None
        held = dict(line.split() for line in lines)
        return {"1": True, "0": False}.get(held.get(str(channel), ""))

    def step_s(self) -> float:
        """Say how far the wall clock has been set on."""
        try:
            return float(self._step.read_text())
        except FileNotFoundError:
            return 0.0


def run(arguments: list[str]) -> int:
    """Put the watched pins under this process's board, and serve."""
    watch = Watch(Path(arguments[0]))
    now_s, now_ns = time.time, time.time_ns
    time.time = lambda: now_s() + watch.step_s()
    time.time_ns = lambda: now_ns() + round(watch.step_s() * 1e9)
    with played_contacts(watch.moved, watch.stuck):
        return main(arguments[1:])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
