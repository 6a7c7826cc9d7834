"""Show the street while it runs: a live table in a terminal, plain lines elsewhere.

The table's columns are rows of `LIVE`; a recorded view holds what those of `COLUMNS` read at one
moment.
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
from node.system.screen import Line, Screen, bar
from node.system.words import with_local_times
from village.community import INTERVAL_S
from village.plant.homes_data import FONTANA_ZONE

REDRAW_S = 0.5
LINES_KEPT = 12
SOC_CELLS, DAY_CELLS = 10, 24
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


def _today(picture: Picture) -> str:
    """Tell what was spent and earned today, in tokens; nothing of what a home does not do."""
    spent = (picture.get("supply") or {}).get("spent_today")
    earned = (picture.get("delivery") or {}).get("earned_today")
    told = [f"-{format_tokens(spent)}"] if spent else []
    return " ".join([*told, f"+{format_tokens(earned)}"] if earned else told)


def _soc_bar(soc: float | None) -> str:
    part = soc / 100 if soc is not None else None
    return f"{bar(part, SOC_CELLS)} {'  ?' if soc is None else f'{soc:5.1f} %'}"


def _doing_now(picture: Picture, source: str | None) -> str:
    """Tell mode and reason; no reason where the contact has moved since they were told."""
    supply = picture.get("supply")
    if supply is not None and bool(supply.get("closed")) is not (source is not None):
        return "fed by a neighbour" if source is not None else "back on its own source"
    return _doing(picture)


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

_BY_NAME = {column.name: column for column in COLUMNS}
LIVE = (
    Column(
        name="soc_pct",
        title="state of charge",
        layout="{:<22}",
        read=lambda picture, _: picture["soc_pct"],
        write=_soc_bar,
    ),
    Column(
        name="load_w",
        title="load",
        layout="{:>8}  ",
        read=lambda picture, _: (picture.get("load") or {}).get("power_w"),
        write=lambda power: f"{power:.1f} W" if power is not None else "?",
    ),
    _BY_NAME["fed_by"],
    Column(
        name="today",
        title="today",
        layout="{:<14}",
        read=lambda picture, _: _today(picture),
        write=str,
    ),
    Column(
        name="doing_now",
        title="what and why",
        layout="{}",
        read=_doing_now,
        write=str,
    ),
)
"""What the table shows while it is played; the rest is cut at the terminal's width."""


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
        self._screen: Screen | None = None
        self._day: tuple[float, float] | None = None

    def day(self, begins_s: float, ends_s: float) -> None:
        """Take from when until when is played, in seconds of the calendar."""
        self._day = begins_s, ends_s

    def leave(self) -> None:
        """End the table: the terminal shows what it did before, and every further event."""
        screen, self._screen = self._screen, None
        self._is_live = False
        if screen is not None:
            screen.__exit__(None, None, None)
            print(*self._events, sep="\n", file=self._out, flush=True)

    def use(self, clock: Clock) -> None:
        """Show another calendar from now on."""
        self._clock = clock

    def tell(self, sentence: str) -> None:
        """Show one event, with the played time of day."""
        line = f"{self._time()}  {self._with_times(sentence)}"
        with self._lock:
            self._events.append(line)
            if self._screen is None and not self._is_live:
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
        if self._screen is None:
            self._screen = Screen(self._out)
            self._screen.__enter__()
        with self._lock:
            head = f"Peerwatt village  {self._time(with_offset=True)}{self._progress()}"
            rows = [Line(text=text) for text in (head, "", _HEAD)]
            rows += [self._row(home) for home in self._homes]
            rows += [Line(text=text) for text in ("", *self._events)]
            self._screen.draw(rows)

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

    def _row(self, home: str) -> Line:
        """Show a home; one with a fault has a mark and a colour."""
        picture, source = self._pictures.get(home), self._sources.get(home)
        if picture is None:
            return Line(text=f"  {home:<8}starting")
        cells = (
            column.layout.format(column.write(column.read(picture, source))) for column in LIVE
        )
        is_wrong = bool(picture.get("faults"))
        text = self._with_times("".join(cells))
        return Line(text=f"{'!' if is_wrong else ' '} {home:<8}{text}", warns=is_wrong)

    def _progress(self) -> str:
        if self._day is None:
            return ""
        begins_s, ends_s = self._day
        part = (self._clock.calendar_s() - begins_s) / (ends_s - begins_s)
        return f"  {bar(part, DAY_CELLS)} {min(100, max(0, round(part * 100)))} %"

    def _with_times(self, text: str) -> str:
        return with_local_times(text, INTERVAL_S, FONTANA_ZONE)

    def _time(self, *, with_offset: bool = False) -> str:
        now = datetime.fromtimestamp(self._clock.calendar_s(), FONTANA_ZONE)
        return now.strftime("%a %H:%M %z" if with_offset else "%a %H:%M")


_HEAD = "  " + f"{'home':<8}" + "".join(column.layout.format(column.title) for column in LIVE)


def is_terminal() -> bool:
    """Tell whether somebody watches."""
    return sys.stdout.isatty()
