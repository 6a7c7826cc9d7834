"""Show the street while it runs: a live table in a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

from node.core.units import format_tokens
from node.system.clock import Clock
from village.plant.homes_data import FONTANA_ZONE

REDRAW_S = 0.5
LINES_KEPT = 12
CLEAR = "\x1b[H\x1b[J"


class View:
    """Collect what happens, and show it; `is_live` redraws a table, else every event is a line."""

    def __init__(self, clock: Clock, homes: tuple[str, ...], out: TextIO, is_live: bool) -> None:
        self._clock = clock
        self._out = out
        self._is_live = is_live
        self._lock = threading.Lock()
        self._pictures: dict[str, dict[str, Any]] = {}
        self._homes = homes
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
            rows += [_row(home, self._pictures.get(home)) for home in self._homes]
            rows += ["", *self._events]
            print(CLEAR + "\n".join(row[:160] for row in rows), file=self._out, flush=True)

    def _time(self) -> str:
        return datetime.fromtimestamp(self._clock.calendar_s(), FONTANA_ZONE).strftime("%a %H:%M")


_HEAD = f"{'home':<8}{'SoC':>7}  {'feeds from':<14}{'credit':>10}{'tokens':>12}  what and why"


def is_terminal() -> bool:
    """Tell whether somebody watches."""
    return sys.stdout.isatty()


def _row(home: str, picture: dict[str, Any] | None) -> str:
    if picture is None:
        return f"{home:<8}  starting"
    soc = picture["soc_pct"]
    supply, delivery = picture.get("supply"), picture.get("delivery")
    part = supply or delivery or {"mode": "-", "reason": "-", "waiting": ""}
    fed = "a neighbour" if supply and supply["closed"] else "own source"
    credit = f"{supply['credit_milliwh'] / 1000:.2f} Wh" if supply else ""
    tokens = picture["tokens"]
    money = format_tokens(tokens) if tokens is not None else "?"
    text = part["waiting"] or part["reason"]
    shown_soc = f"{soc:5.1f} %" if soc is not None else "    ? "
    return f"{home:<8}{shown_soc}  {fed:<14}{credit:>10}{money:>12}  {part['mode']}: {text}"
