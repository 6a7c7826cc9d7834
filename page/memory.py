"""What the page holds of each program's history: the last days, so that they outlast an outage.

What is older is asked for at each look, and not kept.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from node.core.errors import NodeError
from node.system.words import told
from page.follow import Followed

Row = Mapping[str, object]

KINDS = ("intervals", "events", "trades")
HELD_S = 3 * 86_400.0
MOST_HELD = 5_000
LATE_S = 3_600.0
"""So long after its end a row may still come, or come again with what was missing."""
TOP_UP_S = 600.0
MOST_PIECES = 8
"""Of 2,000 rows each: more than five months of quarter hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hold the rows of a span, oldest first; with a `problem` there may be more of them."""

    rows: tuple[Row, ...]
    problem: str | None = None


@dataclass(slots=True)
class _Held:
    """Hold the last days' rows of a kind, as of `until_s`."""

    rows: list[Row] = field(default_factory=list)
    until_s: float = 0.0


class Memory:
    """Hold one program's last days."""

    def __init__(self, program: Followed) -> None:
        self._program = program
        self._held = {kind: _Held() for kind in KINDS}
        self._topped_up_s = float("-inf")

    @property
    def is_due(self) -> bool:
        """Say whether it is time to take what is new, though nobody looks."""
        return time.monotonic() - self._topped_up_s >= TOP_UP_S

    async def top_up(self) -> None:
        """Take what is new of every kind, so that it is here when the program is away."""
        self._topped_up_s = time.monotonic()
        for kind in KINDS:
            try:
                await self._take(self._held[kind], kind)
            except NodeError:
                continue

    async def span(self, kind: str, from_s: float, to_s: float) -> Span:
        """Give the rows of a kind that ended in [from_s, to_s), calendar seconds."""
        held, problem = self._held[kind], None
        try:
            if from_s < self._program.calendar_s() - HELD_S:
                return Span(rows=tuple(await self._ask(kind, from_s, to_s)))
            await self._take(held, kind)
        except NodeError as error:
            problem = told(error)
        rows = tuple(row for row in held.rows if from_s <= at_s_of(row) < to_s)
        return Span(rows=rows, problem=problem)

    async def _take(self, held: _Held, kind: str) -> None:
        now_s = self._program.calendar_s()
        since_s = now_s - HELD_S
        # Where the calendar has gone back, what was taken is of another one.
        from_s = max(since_s, held.until_s - LATE_S) if held.until_s <= now_s else since_s
        new = await self._ask(kind, from_s, now_s + 1.0)
        kept = [row for row in held.rows if since_s <= at_s_of(row) < from_s]
        held.rows = [*kept, *new][-MOST_HELD:]
        held.until_s = now_s

    async def _ask(self, kind: str, from_s: float, to_s: float) -> list[Row]:
        """Ask piece by piece, newest first; give them oldest first.

        Raises:
            NodeError: the program does not answer, or keeps no such history.
        """
        found: list[Row] = []
        for _ in range(MOST_PIECES):
            request = {"do": "history", "what": kind, "from": from_s, "to": to_s}
            answer = await self._program.put(request)
            told = answer if isinstance(answer, dict) else {}
            rows = told.get("rows")
            piece = [row for row in rows if at_s_of(row)] if isinstance(rows, list) else []
            found += piece
            if not piece or told.get("more") is not True:
                break
            to_s = at_s_of(piece[-1])
        return found[::-1]


def at_s_of(row: object) -> float:
    """Give when a row ended (calendar); 0 of what is no row."""
    found = row.get("at_s") if isinstance(row, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0.0
