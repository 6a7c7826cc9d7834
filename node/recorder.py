"""The flight recorder: what was observed and decided, so that every trouble can be replayed.

The ring holds the newest cycles in memory; `dump` writes them as JSON lines. `replay` runs the
decisions of a file again and compares the commands.
"""

import json
import pickle
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from node.core.codec import from_plain, to_plain
from node.core.commands import Command
from node.core.home import HomeSettings, HomeState, step
from node.core.observation import Observation

FORMAT = 1
_BLOCK_CYCLES = 64
"""Cycles packed together: neighbours are nearly alike, so one takes less than a hundred bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Hold one cycle: the state before it, what was observed, and the commands that followed."""

    state: HomeState
    observation: Observation
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Hold a cycle whose replay gave other commands than its record."""

    cycle: int
    recorded: tuple[Command, ...]
    replayed: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hold the newest cycles, at most `most` of them, the older ones packed in blocks."""

    packed: tuple[bytes, ...]
    open: tuple[Cycle, ...]
    most: int

    def cycles(self) -> tuple[Cycle, ...]:
        """Unpack them; thousands take a good part of a second on a small board."""
        older = [cycle for block in self.packed for cycle in pickle.loads(zlib.decompress(block))]
        return (*older, *self.open)[-self.most :]


class Recorder:
    """Keep the newest cycles of one home in memory; `capacity` is in cycles.

    They are kept packed: thousands of small objects that live for half an hour each, among others
    that live for a moment, leave Python's memory full of holes that it never gives back.
    """

    def __init__(self, settings: HomeSettings, capacity: int) -> None:
        self._settings = settings
        self._capacity = capacity
        self._packed: deque[bytes] = deque(maxlen=-(-capacity // _BLOCK_CYCLES))
        self._open: list[Cycle] = []

    def record(self, cycle: Cycle) -> None:
        """Keep a cycle, dropping the oldest ones when the ring is full."""
        self._open.append(cycle)
        if len(self._open) == _BLOCK_CYCLES:
            self._packed.append(zlib.compress(pickle.dumps(self._open), level=1))
            self._open = []

    def newest(self) -> Record:
        """Give what the ring holds now, still packed: a moment's work."""
        return Record(packed=tuple(self._packed), open=tuple(self._open), most=self._capacity)

    def dump(self, path: Path, record: Record | None = None) -> int:
        """Write cycles to a file, which appears whole or not at all; give their number.

        Without a record it writes what the ring holds now. With one it touches nothing of the
        ring, so that another thread may write while new cycles are recorded.

        Raises:
            OSError: the file cannot be written.
        """
        cycles = (record or self.newest()).cycles()
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            head = {"format": FORMAT, "settings": to_plain(self._settings)}
            if cycles:
                head["state"] = to_plain(cycles[0].state)
            file.write(json.dumps(head) + "\n")
            for cycle in cycles:
                line = {
                    "observation": to_plain(cycle.observation),
                    "commands": to_plain(cycle.commands),
                }
                file.write(json.dumps(line) + "\n")
        part.replace(path)
        return len(cycles)


def replay(path: Path) -> Iterator[Difference | None]:
    """Run each recorded cycle again; yield None where the commands agree.

    The state is carried on from the first cycle, never reset, so that a difference shows where the
    decisions first part.

    Raises:
        ValueError: the file is not a flight record of this format.
    """
    with path.open(encoding="utf-8") as file:
        head = _members(file.readline(), path)
        if head.get("format") != FORMAT:
            raise ValueError(f"{path} is not a flight record of format {FORMAT}")
        settings: HomeSettings = from_plain(HomeSettings, head.get("settings"))
        if "state" not in head:
            return
        state: HomeState = from_plain(HomeState, head["state"])
        for number, text in enumerate(file):
            line = _members(text, path)
            observation = from_plain(Observation, line.get("observation"))
            recorded = from_plain(tuple[Command, ...], line.get("commands"))
            try:
                state, commands = step(state, observation, settings)
            except ArithmeticError as error:
                raise ValueError(f"{path}: no home can see what cycle {number} has") from error
            if commands == recorded:
                yield None
            else:
                yield Difference(cycle=number, recorded=recorded, replayed=commands)


def _members(text: str, path: Path) -> dict[str, object]:
    try:
        members = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply for a flight record") from error
    if not isinstance(members, dict):
        raise ValueError(f"{path} has a line that is no JSON object")
    return members
