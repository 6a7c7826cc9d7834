"""Show the street while it runs: a live table in a terminal, plain lines elsewhere.

The table's columns are rows of `COLUMNS`; a recorded view holds what they read at one moment.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from node.core.units import format_tokens
from node.system.clock import Clock
from village.plant.homes_data import FONTANA_ZONE

REDRAW_S = 0.5
LINES_KEPT = 12
CLEAR = "\x1b[H\x1b[J"
Picture = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Hold what one column reads of a home's picture and of whoever feeds it, and how it looks."""

    name: str
    title: str
    layout: str
    read: Callable[[Picture, str | None], Any]
    write: Callable[[Any], str]


def _part(picture: Picture) -> Picture:
    nothing = {"mode": "-", "reason": "-", "waiting": ""}
    return picture.get("supply") or picture.get("delivery") or nothing


def _doing(picture: Picture) -> str:
    part = _part(picture)
    return f"{part['mode']}: {part['waiting'] or part['reason']}"


COLUMNS = (
    Column(
        name="soc_pct",
        title="SoC",
        layout="{:>7}  ",
        read=lambda picture, _: picture["soc_pct"],
        write=lambda soc: f"{soc:5.1f} %" if soc is not None else "    ? ",
    ),
    Column(
        name="fed_by",
        title="feeds from",
        layout="{:<14}",
        read=lambda _, source: source,
        write=lambda source: source or "own source",
    ),
    Column(
        name="credit_milliwh",
        title="credit",
        layout="{:>10}",
        read=lambda picture, _: (picture.get("supply") or {}).get("credit_milliwh"),
        write=lambda credit: f"{credit / 1000:.2f} Wh" if credit is not None else "",
    ),
    Column(
        name="tokens",
        title="tokens",
        layout="{:>12}  ",
        read=lambda picture, _: picture["tokens"],
        write=lambda tokens: format_tokens(tokens) if tokens is not None else "?",
    ),
    Column(
        name="doing",
        title="what and why",
        layout="{}",
        read=lambda picture, _: _doing(picture),
        write=str,
    ),
)


class View:
    """Collect what happens, and show it; `is_live` redraws a table, else every event is a line."""

    def __init__(
        self,
        clock: Clock,
        homes: tuple[str, ...],
        wires: Iterable[tuple[str, str]],
        out: TextIO,
        is_live: bool,
    ) -> None:
        self._clock = clock
        self._out = out
        self._is_live = is_live
        self._lock = threading.Lock()
        self._pictures: dict[str, dict[str, Any]] = {}
        self._homes = homes
        self._wires = tuple(wires)
        self._sources: Mapping[str, str] = {}
        self._events: deque[str] = deque(maxlen=LINES_KEPT)
        self._drawn_at_s = 0.0

    def use(self, clock: Clock) -> None:
        """Show another calendar from now on."""
        self._clock = clock

    def tell(self, sentence: str) -> None:
        """Show one event, with the played time of day."""
        line = f"{self._time()}  {sentence}"
        with self._lock:
            self._events.append(line)
            if not self._is_live:
                print(line, file=self._out, flush=True)

    def fed(self, closed: Iterable[tuple[str, str]]) -> None:
        """Take which load is fed by which source."""
        self._sources = dict(closed)

    def picture(self, home: str, picture: dict[str, Any]) -> None:
        """Take a home's newest picture; a changed reason is an event."""
        if picture.get("starting"):
            return
        before = self._pictures.get(home, {})
        self._pictures[home] = picture
        for part in ("supply", "delivery"):
            old, new = before.get(part) or {}, picture.get(part) or {}
            if new and (old.get("mode"), old.get("reason")) != (new["mode"], new["reason"]):
                self.tell(f"{home} {new['mode'].replace('_', ' ')}: {new['reason']}")
        for fault in picture.get("faults", []):
            name = fault.split(":")[0]
            if not any(name == old.split(":")[0] for old in before.get("faults", [])):
                self.tell(f"{home} fault: {fault}")

    def pictures(self) -> Mapping[str, dict[str, Any]]:
        """Give each home's newest picture."""
        return dict(self._pictures)

    def redraw(self) -> None:
        """Draw the table again, if it is time to."""
        now_s = time.monotonic()
        if not self._is_live or now_s - self._drawn_at_s < REDRAW_S:
            return
        self._drawn_at_s = now_s
        with self._lock:
            rows = [f"Peerwatt village  {self._time()}", "", _HEAD]
            rows += [_row(home, self._read(home)) for home in self._homes]
            rows += ["", *self._events]
            print(CLEAR + "\n".join(row[:160] for row in rows), file=self._out, flush=True)

    def moment(self) -> dict[str, Any]:
        """Give what the table shows now; `wires` are who may feed whom, load first."""
        with self._lock:
            return {
                "time": self._time(),
                "wires": [list(wire) for wire in self._wires],
                "homes": {home: self._read(home) for home in self._homes},
                "events": list(self._events),
            }

    def drawing(self) -> int:
        """Count the homes that are fed by a neighbour and know it."""
        supplies = (self._pictures.get(home, {}).get("supply") or {} for home in self._sources)
        return sum(bool(supply.get("closed")) for supply in supplies)

    def _read(self, home: str) -> dict[str, Any] | None:
        if (picture := self._pictures.get(home)) is None:
            return None
        source = self._sources.get(home)
        return {column.name: column.read(picture, source) for column in COLUMNS}

    def _time(self) -> str:
        return datetime.fromtimestamp(self._clock.calendar_s(), FONTANA_ZONE).strftime("%a %H:%M")


_HEAD = f"{'home':<8}" + "".join(column.layout.format(column.title) for column in COLUMNS)


def is_terminal() -> bool:
    """Tell whether somebody watches."""
    return sys.stdout.isatty()


def _row(home: str, read: Mapping[str, Any] | None) -> str:
    if read is None:
        return f"{home:<8}  starting"
    cells = (column.layout.format(column.write(read[column.name])) for column in COLUMNS)
    return f"{home:<8}" + "".join(cells)
