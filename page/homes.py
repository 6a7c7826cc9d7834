"""The pages of each home here: now, the day, the month; and the way to the utility's.

Who may see them is decided before.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from aiohttp import web

from page.controls import Controls
from page.events import Events
from page.follow import Followed, Programs, Said
from page.html import Html, fill
from page.memory import Memory
from page.utility import Route, UtilityPages, is_utility
from page.views.community.now import community_now
from page.views.day import begins_s, day_of, day_view
from page.views.frame import page
from page.views.month import month_csv, month_of, month_view, span_of
from page.views.names import names_in
from page.views.now import now
from page.views.trades import SHOWN_DAYS, trades_view
from page.words import Words


class Homes:
    """Show what the programs say and what they remember."""

    def __init__(
        self, programs: Programs, events: Events, is_known: Callable[[web.Request], bool]
    ) -> None:
        self._programs = programs.all
        self._events = events
        self._is_known = is_known
        self._memories = {name: Memory(program) for name, program in programs.all.items()}
        self._controls = Controls(
            self._home,
            lambda request, body, status: self._page(request, "controls", body, status),
        )
        self._utility = UtilityPages(self._of_utility, self._page)
        self._topping_up: asyncio.Task[None] | None = None

    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Give what is answered at which address."""
        return {
            ("GET", "/"): self._all,
            ("GET", "/{program}"): self._with_slash,
            ("GET", "/{program}/"): self._now,
            ("GET", "/{program}/events"): self.live,
            ("GET", "/{program}/day"): self._day,
            ("GET", "/{program}/trades"): self._trades,
            ("GET", "/{program}/month"): self._month,
            ("GET", "/{program}/month.csv"): self._csv,
            ("GET", "/{program}/controls"): self._controls.show,
            ("POST", "/{program}/controls"): self._controls.take,
            **self._utility.routes(),
        }

    def go_on(self) -> None:
        """Take what is new of the last days, one program at a time; called at every turn."""
        if self._topping_up is None or self._topping_up.done():
            due = next((one for one in self._memories.values() if one.is_due), None)
            self._topping_up = asyncio.create_task(due.top_up()) if due is not None else None

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Send what is live on the page of now, again and again."""
        words = Words.of(request)

        def draw(said: Said) -> Html:
            return _now(said, words)

        return await self._events.serve(
            request, self._program(request), draw, lambda: self._is_known(request)
        )

    async def _all(self, request: web.Request) -> web.StreamResponse:
        """Show all programs, or lead to the only one."""
        names, words = tuple(self._programs), Words.of(request)
        if len(names) == 1:
            raise web.HTTPSeeOther(f"{names[0]}/")
        rows = [fill('<li><a href="{name}/">{name}</a></li>', name=name) for name in names]
        return page(request, words("Homes"), fill('<ul class="all">{rows}</ul>', rows=rows))

    async def _with_slash(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther(f"{self._program(request).name}/")

    async def _now(self, request: web.Request) -> web.StreamResponse:
        said = await self._program(request).now()
        body = fill(
            '<section id="live" data-events="events">{now}</section>\n',
            now=_now(said, Words.of(request)),
        )
        return self._page(request, "", body)

    async def _day(self, request: web.Request) -> web.StreamResponse:
        program, memory = await self._of_home(request)
        now_s = program.calendar_s()
        day = day_of(request.query.get("day", ""), date.fromtimestamp(now_s))
        if day is None:
            raise web.HTTPBadRequest(text="day is one like 2026-12-01\n")
        from_s, to_s = begins_s(day), begins_s(day + timedelta(days=1))
        # What ends as a day begins is of the day before.
        intervals = await memory.span("intervals", from_s + 1, to_s + 1)
        events = await memory.span("events", from_s, to_s)
        body = day_view(day, now_s, intervals, events, Words.of(request))
        return self._page(request, "day", body)

    async def _trades(self, request: web.Request) -> web.StreamResponse:
        program, memory = await self._of_home(request)
        now_s = program.calendar_s()
        span = await memory.span("trades", now_s - SHOWN_DAYS * 86_400, now_s + 1.0)
        names = names_in(program.said.picture)
        return self._page(request, "trades", trades_view(span, names, Words.of(request)))

    async def _month(self, request: web.Request) -> web.StreamResponse:
        program, memory = await self._of_home(request)
        first = _month_in(request, program)
        span = await memory.span("intervals", *span_of(first))
        names = names_in(program.said.picture)
        return self._page(request, "month", month_view(first, span, names, Words.of(request)))

    async def _csv(self, request: web.Request) -> web.StreamResponse:
        program, memory = await self._of_home(request)
        first = _month_in(request, program)
        span = await memory.span("intervals", *span_of(first))
        if span.problem is not None:
            # A part of a month would be taken for all of it.
            raise web.HTTPServiceUnavailable(text=f"{span.problem}\n")
        name = f"{program.name}-{first:%Y-%m}.csv"
        return web.Response(
            text=month_csv(span),
            content_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _page(self, request: web.Request, here: str, body: Html, status: int = 200) -> web.Response:
        program, words = self._program(request), Words.of(request)
        name = program.said.picture.get("node")
        others = _utility_ways(words) if is_utility(program.said) else _home_ways(words)
        ways = (
            ("./", words("Now"), here == ""),
            *((address, name, here == address) for address, name in others.items()),
        )
        title = name if isinstance(name, str) else program.name
        return page(request, title, body, ways=ways, status=status)

    def _program(self, request: web.Request) -> Followed:
        found = self._programs.get(request.match_info["program"])
        if found is None:
            raise web.HTTPNotFound(text="no such home\n")
        return found

    async def _home(self, request: web.Request) -> Followed:
        program, _ = await self._of_home(request)
        return program

    async def _of_home(self, request: web.Request) -> tuple[Followed, Memory]:
        return await self._of(request, utility=False)

    async def _of_utility(self, request: web.Request) -> tuple[Followed, Memory]:
        return await self._of(request, utility=True)

    async def _of(self, request: web.Request, *, utility: bool) -> tuple[Followed, Memory]:
        """Give a program and what is held of it; it has no page that is of the other kind."""
        program = self._program(request)
        await program.now()
        if program.said.at_s is not None and is_utility(program.said) is not utility:
            raise web.HTTPNotFound(text="it has no such page\n")
        return program, self._memories[program.name]


def _home_ways(words: Words) -> Mapping[str, str]:
    return {
        "day": words("Day"),
        "trades": words("Trades"),
        "month": words("Month"),
        "controls": words("Controls"),
    }


def _utility_ways(words: Words) -> Mapping[str, str]:
    return {"market": words("Market"), "gas": words("Gas")}


def _now(said: Said, words: Words) -> Html:
    return community_now(said, words) if is_utility(said) else now(said, words)


def _month_in(request: web.Request, program: Followed) -> date:
    today = date.fromtimestamp(program.calendar_s())
    first = month_of(request.query.get("month", ""), today)
    if first is None:
        raise web.HTTPBadRequest(text="month is one like 2026-12\n")
    return first
