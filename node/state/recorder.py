"""The flight recorder: what was observed and decided, so that every trouble can be replayed.

The ring holds the newest cycles in memory; `dump` writes them as JSON lines, packed where the
file's name ends in .gz. `replay` runs the decisions of a file again and compares the commands.
A member that came later has its default in an older file, or what `node.state.older` says; where
it has neither, the file is refused with the version that wrote it.
"""

import contextlib
import gzip
import json
import pickle
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

from node.core.commands import Command
from node.core.home import HomeSettings, HomeState, step
from node.core.observation import Observation
from node.core.wire.codec import from_plain, to_plain
from node.core.wire.json_text import read_json
from node.state.older import agrees, begun, completed, told_once

FORMAT = 1
PACKED = ".gz"
"""The end of a file's name that has it packed by gzip: a hundredth of the card's wear."""
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
    """Hold the newest cycles by the same settings, at most `most`, older ones packed in blocks."""

    settings: HomeSettings
    packed: tuple[bytes, ...]
    open: tuple[Cycle, ...]
    most: int

    def cycles(self) -> Iterator[Cycle]:
        """Unpack them one block after another: whole, they would take megabytes."""
        held = len(self.packed) * _BLOCK_CYCLES + len(self.open)
        packed = (pickle.loads(zlib.decompress(block)) for block in self.packed)
        every = chain.from_iterable(chain(packed, (self.open,)))
        return islice(every, max(0, held - self.most), None)


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

    def settle(self, settings: HomeSettings) -> None:
        """Begin anew with other settings: a record is replayed by one of them."""
        self._settings = settings
        self._packed.clear()
        self._open = []

    def record(self, cycle: Cycle) -> None:
        """Keep a cycle, dropping the oldest ones when the ring is full."""
        self._open.append(cycle)
        if len(self._open) == _BLOCK_CYCLES:
            self._packed.append(zlib.compress(pickle.dumps(self._open), level=1))
            self._open = []

    def newest(self) -> Record:
        """Give what the ring holds now, still packed: a moment's work."""
        return Record(
            settings=self._settings,
            packed=tuple(self._packed),
            open=tuple(self._open),
            most=self._capacity,
        )

    def dump(self, path: Path, record: Record | None = None) -> int:
        """Write cycles to a file, which appears whole or not at all; give their number.

        Without a record it writes what the ring holds now. With one it touches nothing of the
        ring, so that another thread may write while new cycles are recorded.

        Raises:
            OSError: the file cannot be written.
        """
        part = path.with_name(path.name + ".part")
        record, number = record or self.newest(), 0
        with _opened(part, "wt", packed=path.suffix == PACKED) as file:
            head = {
                "format": FORMAT,
                "version": program_version(),
                "settings": to_plain(record.settings),
            }
            for number, cycle in enumerate(record.cycles(), start=1):
                if number == 1:
                    file.write(json.dumps(head | {"state": to_plain(cycle.state)}) + "\n")
                line = {
                    "observation": to_plain(cycle.observation),
                    "commands": to_plain(cycle.commands),
                }
                file.write(json.dumps(line) + "\n")
            if number == 0:
                file.write(json.dumps(head) + "\n")
        part.replace(path)
        return number


def replay(path: Path) -> Iterator[Difference | None]:
    """Run each recorded cycle again; yield None where the commands agree.

    The state is carried on from the first cycle, never reset, so that a difference shows where the
    decisions first part.

    Raises:
        ValueError: the file is not a flight record of this format.
    """
    with contextlib.closing(_lines(path)) as lines:
        head = _members(next(lines, ""), path)
        if head.get("format") != FORMAT:
            raise ValueError(f"{path} is not a flight record of format {FORMAT}")
        writer = head.get("version")
        settings: HomeSettings = _fitting(HomeSettings, head.get("settings"), path, writer)
        if "state" not in head:
            return
        state: HomeState = _fitting(HomeState, head, path, writer, begun)
        told = told_once(cast(dict[str, Any], head["settings"]))
        for number, text in enumerate(lines):
            line = _members(text, path)
            seen = line.get("observation")
            seen = told | seen if isinstance(seen, dict) else seen
            observation = _fitting(Observation, seen, path, writer)
            recorded = _fitting(tuple[Command, ...], line.get("commands"), path, writer)
            try:
                state, commands = step(state, observation, settings)
            except ArithmeticError as error:
                raise ValueError(f"{path}: no home can see what cycle {number} has") from error
            if agrees(to_plain(commands), line.get("commands")):
                yield None
            else:
                yield Difference(cycle=number, recorded=recorded, replayed=commands)


def _lines(path: Path) -> Generator[str, None, None]:
    try:
        with _opened(path, "rt", packed=path.suffix == PACKED) as file:
            # An editor may leave a mark of the byte order and empty lines behind.
            yield from (line.removeprefix("\ufeff") for line in file if line.strip("\ufeff\r\n "))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no flight record: it is no text") from error


def program_version() -> str:
    """Give the version of this program, as it was installed."""
    try:
        return version("peerwatt")
    except PackageNotFoundError:
        return "unknown"


def _fitting(
    kind: Any,  # noqa: ANN401 - any declared type
    plain: object,
    path: Path,
    writer: object,
    read: Callable[[Any], object] = completed,
) -> Any:  # noqa: ANN401 - of the kind
    try:
        return from_plain(kind, read(plain))
    except (ValueError, TypeError) as error:
        of = f"of version {writer}" if writer else "of a version that told no number yet"
        raise ValueError(
            f"{path} is a flight record {of}, and version {program_version()} does not read it:"
            " replay it with the program that wrote it"
        ) from error


def _opened(path: Path, mode: str, *, packed: bool) -> IO[str]:
    if packed:
        return cast(IO[str], gzip.open(path, mode, encoding="utf-8"))
    return cast(IO[str], path.open(mode, encoding="utf-8"))


def _members(text: str, path: Path) -> dict[str, object]:
    try:
        members = read_json(text)
    except ValueError as error:
        raise ValueError(f"{path} is no flight record, or is damaged: {error}") from error
    if not isinstance(members, dict):
        raise ValueError(f"{path} has a line that is no JSON object")
    return members
