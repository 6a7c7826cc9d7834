"""Count how often each channel has closed, across restarts, with few writes to the card."""

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from node.core.wire.json_text import read_json
from node.system.words import told

WRITE_EVERY_S = 600.0
WARN_FROM = 0.8

_log = logging.getLogger(__name__)


class SwitchCounts:
    """Hold the operations of each channel; a file that cannot be used is a warning, no more."""

    def __init__(self, directory: Path, channels: int, rated_operations: int) -> None:
        self._path = directory / "switch_counts.json"
        self._channels = channels
        self._rated = rated_operations
        self._trouble: str | None = None
        self._unwritten = False
        self._operations = self._read(channels)

    @property
    def operations(self) -> tuple[int, ...]:
        """Give how often each channel has closed."""
        return tuple(self._operations[: self._channels])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say which contacts near the end of their life, and whether the file is usable."""
        worn = [
            f"channel {channel} has closed {count} of its rated {self._rated} times"
            for channel, count in enumerate(self.operations)
            if count >= WARN_FROM * self._rated
        ]
        return (*worn, *([self._trouble] if self._trouble else []))

    def add(self, channels: Iterable[int]) -> None:
        """Count one operation of each of these channels."""
        for channel in channels:
            self._operations[channel] += 1
            self._unwritten = True

    def write(self) -> None:
        """Write what was not written yet, whole or not at all."""
        if not self._unwritten:
            return
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w") as file:
                json.dump({"operations": self._operations}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            self._say(f"switch counts cannot be written: {told(error)}")
            return
        self._unwritten = False
        self._trouble = None

    def _read(self, channels: int) -> list[int]:
        known: list[int] = []
        try:
            known = _counts(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self._say(f"switch counts cannot be read, and start again from 0: {told(error)}")
            self._put_aside()
        # A board with fewer channels today keeps the counts of the others for tomorrow.
        return known + [0] * (channels - len(known))

    def _put_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".unreadable"))
        except OSError as error:
            _log.warning("The unreadable switch counts stay where they are: %s", error)

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("%s", trouble)
        self._trouble = trouble


def _counts(text: bytes) -> list[int]:
    found = read_json(text)
    counts = found.get("operations") if isinstance(found, dict) else None
    if not isinstance(counts, list) or not all(type(n) is int and n >= 0 for n in counts):
        raise ValueError("not a list of counts")
    return counts
