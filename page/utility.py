"""The pages of the community, as its utility tells of it: now, the market, an interval, the gas."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta

from aiohttp import web

from node.core.errors import NodeError
from node.system.words import told
from page.follow import Followed, Said
from page.html import Html
from page.memory import Memory
from page.views.community.gas import SHOWN_DAYS, gas_view
from page.views.community.interval import Reworked, interval_view
from page.views.community.market import market_view
from page.views.day import begins_s, day_of
from page.views.frame import text_in
from page.views.names import names_in
from page.words import Words

Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_utility(said: Said) -> bool:
    """Say whether a program is the utility, by its own word."""
    return text_in(said.picture, "role") == "utility"


class UtilityPages:
    """Show them; `find` gives the program and its memory, `draw` the whole page."""

    def __init__(
        self,
        find: Callable[[web.Request], Awaitable[tuple[Followed, Memory]]],
        draw: Callable[[web.Request, str, Html], web.Response],
    ) -> None:
        self._find = find
        self._draw = draw

    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Give what is answered at which address."""
        return {
            ("GET", "/{program}/market"): self._market,
            ("GET", "/{program}/interval"): self._interval,
            ("GET", "/{program}/gas"): self._gas,
        }

    async def _market(self, request: web.Request) -> web.StreamResponse:
        (program, memory), words = await self._find(request), Words.of(request)
        day = day_of(request.query.get("day", ""), date.fromtimestamp(program.calendar_s()))
        if day is None:
            raise web.HTTPBadRequest(text="day is one like 2026-12-01\n")
        # What ends as a day begins is of the day before.
        from_s, to_s = begins_s(day) + 1, begins_s(day + timedelta(days=1)) + 1
        intervals = await memory.span("intervals", from_s, to_s)
        names = names_in(program.said.picture)
        return self._draw(request, "market", market_view(day, intervals, names, words))

    async def _interval(self, request: web.Request) -> web.StreamResponse:
        (program, memory), words = await self._find(request), Words.of(request)
        ended_s = _instant(request.query.get("ended", ""))
        intervals = await memory.span("intervals", ended_s, ended_s + 0.001)
        reworked = None
        if "again" in request.query and intervals.rows:
            reworked = await _worked_out(program, ended_s)
        parts = await memory.span("trades", ended_s, ended_s + 60.0)
        names = names_in(program.said.picture)
        body = interval_view(intervals, parts, reworked, names, words)
        return self._draw(request, "", body)

    async def _gas(self, request: web.Request) -> web.StreamResponse:
        program, memory = await self._find(request)
        now_s = program.calendar_s()
        since_s = now_s - SHOWN_DAYS * 86_400
        events = await memory.span("events", since_s, now_s + 1.0)
        body = gas_view(events, since_s, now_s, Words.of(request))
        return self._draw(request, "gas", body)


async def _worked_out(program: Followed, ended_s: float) -> Reworked:
    try:
        answer = await program.put({"do": "work_out", "ended_s": ended_s})
    except NodeError as error:
        return Reworked(problem=told(error))
    return Reworked(answer=answer)


def _instant(text: str) -> float:
    """Read the end of an interval, calendar seconds."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 2**40:
        raise web.HTTPBadRequest(text="ended is the end of an interval, in seconds since 1970\n")
    return found
