"""A home's day: state of charge, power, prices and states as bands over one time axis."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from page.bands import Bar, Line, bars_band, lines_band
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.states import state_of
from page.views.frame import day_told, energy, instant, money, number_in, soc, text_in
from page.words import Words

_FIRST, _LAST = date(2020, 1, 1), date(2100, 1, 1)
_W_OF = 3_600 / 1_000
"""Watts that a milliwatt-hour a second stands for."""
_BASE_UNITS = 1_000_000
_COLOURS = {
    "own_source": "battery",
    "on_seller": "neighbour",
    "on_pairing": "neighbour",
    "purchasing": "sun",
    "hold_off": "grid",
    "safe": "bad",
}


def day_of(text: str, today: date) -> date | None:
    """Read a day, as in 2026-12-01; today where none is named, None where it is no day."""
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST <= found < _LAST else None


def begins_s(day: date) -> float:
    """Give when a day begins here, in calendar seconds."""
    return datetime(day.year, day.month, day.day).astimezone().timestamp()


def day_view(day: date, now_s: float, intervals: Span, events: Span, words: Words) -> Html:
    """Show a day, as of an instant; what is not known is left out."""
    from_s, to_s = begins_s(day), begins_s(day + timedelta(days=1))
    ways = fill(
        '<p class="days"><a href="day?day={before}">{earlier}</a> <strong>{day}</strong>'
        ' <a href="day?day={after}">{later}</a></p>',
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat(),
        day=day_told(day),
        earlier=words("the day before"),
        later=words("the day after"),
    )
    parts = [ways, problem_of(intervals, words)]
    if not intervals.rows and not events.rows:
        parts.append(fill("<p>{none}</p>", none=words("Nothing is kept of this day.")))
    else:
        parts += [
            *_bands(intervals.rows, events.rows, from_s, to_s, now_s, words),
            _events(events.rows, words),
            _table(intervals.rows, words),
        ]
    return joined(parts)


def problem_of(span: Span, words: Words) -> Html:
    """Say why not all may be here; nothing where it is."""
    if span.problem is None:
        return Html("")
    if "ask for one of" in span.problem:
        told = words("This program is older than the page: it keeps no such history.")
        return fill('<p class="notice">{told}</p>', told=told)
    what = words("It does not answer; this is what the page still holds.")
    return fill('<p class="notice">{what} {why}</p>', what=what, why=span.problem)


def _bands(
    intervals: Sequence[Row],
    events: Sequence[Row],
    from_s: float,
    to_s: float,
    now_s: float,
    words: Words,
) -> list[Html]:
    def at(instant_s: float) -> float:
        return min(1.0, max(0.0, (instant_s - from_s) / (to_s - from_s)))

    def line(kind: str, name: str, *path: str, scale: float = 1.0) -> Line:
        points: list[tuple[float, float | None]] = []
        for row in intervals:
            found = number_in(row, *path)
            points.append((at(at_s_of(row)), None if found is None else found / scale))
        return Line(kind=kind, name=name, points=points)

    def power(kind: str, name: str, column: str, sign: int = 1) -> Line:
        """Draw an energy as the mean power of its row, which is a step."""
        points: list[tuple[float, float | None]] = []
        for row in intervals:
            ends_s, starts_s = at_s_of(row), number_in(row, "starts_s")
            found = number_in(row, column)
            if found is None or starts_s is None or ends_s <= starts_s:
                points.append((at(ends_s), None))
                continue
            watts = sign * found * _W_OF / (ends_s - starts_s)
            points += [(at(starts_s), watts), (at(ends_s), watts)]
        return Line(kind=kind, name=name, points=points)

    hours = [
        (at(mark), datetime.fromtimestamp(mark).strftime("%H:%M"))
        for mark in (from_s + hour * 3600 for hour in range(0, 25, 4))
        if mark <= to_s
    ]
    return [
        lines_band(
            words("State of charge"), "%", [line("battery", words("Battery"), "soc_pct")], hours
        ),
        lines_band(
            words("Power"),
            "W",
            [
                power("load", words("Load"), "load_imported_milliwh"),
                power("sun", words("Sun"), "generation_imported_milliwh"),
                power("neighbour", words("Taken in"), "connection_imported_milliwh"),
                power("grid", words("Given away"), "connection_exported_milliwh"),
            ],
            hours,
        ),
        lines_band(
            words("Price"),
            words("tokens a kWh"),
            [
                line("neighbour", words("Neighbour's"), "price_per_kwh", scale=_BASE_UNITS),
                line("sun", words("Own offer"), "own_price_per_kwh", scale=_BASE_UNITS),
                line("grid", words("Grid's"), "retail_per_kwh", scale=_BASE_UNITS),
                line("battery", words("Feed-in"), "feed_in_per_kwh", scale=_BASE_UNITS),
            ],
            hours,
        ),
        bars_band(words("Supply"), _bars(events, at, min(to_s, now_s), words), hours),
    ]


def _bars(
    events: Sequence[Row], at: Callable[[float], float], until_s: float, words: Words
) -> list[Bar]:
    changes = [
        (at_s_of(row), text_in(row, "state")) for row in events if text_in(row, "part") == "supply"
    ]
    ends = [instant_s for instant_s, _ in changes[1:]] + [until_s]
    return [
        Bar(
            kind=_COLOURS.get(mode, "grid"),
            name=state_of(mode, words),
            begins=at(begins),
            ends=at(end),
        )
        for (begins, mode), end in zip(changes, ends, strict=False)
    ]


def _events(events: Sequence[Row], words: Words) -> Html:
    rows = [
        fill(
            "<tr><td>{when}</td><td>{part} {state}</td><td>{sentence}</td></tr>",
            when=instant(at_s_of(row)),
            part=state_of(text_in(row, "part"), words),
            state=state_of(text_in(row, "state"), words),
            sentence=text_in(row, "sentence"),
        )
        for row in reversed(events[-200:])
    ]
    if not rows:
        return Html("")
    head = words("What happened, and why")
    heads = (words("When"), words("What"), words("Why"))
    return fill(
        "<h2>{head}</h2>{table}", head=head, table=table_of(heads, rows, words("What happened"))
    )


def _table(intervals: Sequence[Row], words: Words) -> Html:
    rows = [
        fill(
            "<tr><td>{when}</td><td>{soc}</td><td>{load}</td><td>{sun}</td><td>{taken}</td>"
            "<td>{given}</td><td>{price}</td></tr>",
            when=instant(at_s_of(row)),
            soc=soc(number_in(row, "soc_pct")),
            load=energy(number_in(row, "load_imported_milliwh")),
            sun=energy(number_in(row, "generation_imported_milliwh")),
            taken=energy(number_in(row, "connection_imported_milliwh")),
            given=energy(number_in(row, "connection_exported_milliwh")),
            price=money(number_in(row, "price_per_kwh")),
        )
        for row in intervals
    ]
    heads = (
        words("Ended"), words("State of charge"), words("Load"), words("Sun"), words("Taken in"),
        words("Given away"), words("Neighbour's price"),
    )  # fmt: skip
    return fill(
        "<details><summary>{head}</summary>{table}</details>",
        head=words("The same as a table"),
        table=table_of(heads, rows, words("The day")),
    )


def table_of(heads: Sequence[str], rows: Sequence[Html], caption: str) -> Html:
    """Draw a table that scrolls by itself where it is too wide, also by the keyboard."""
    return fill(
        '<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table><thead><tr>'
        "{heads}</tr></thead><tbody>{rows}</tbody></table></div>",
        caption=caption,
        heads=[fill('<th scope="col">{head}</th>', head=head) for head in heads],
        rows=list(rows),
    )
