"""A home's month: energy by its origin, money and self-sufficiency in one table, and as CSV."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from node.core.units import MILLIWH_PER_KWH, MILLIWH_PER_WH, format_tokens
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.views.day import begins_s, day_of, problem_of, table_of
from page.views.frame import UNKNOWN, day_told, energy, money, month_told, number_in
from page.views.names import Names, called
from page.words import Words, numeral

_COLUMNS = ("load", "own", "neighbours", "grid", "generation", "given")
_CSV_HEAD = (
    "day,load_kwh,own_kwh,neighbours_kwh,grid_kwh,generation_kwh,given_kwh,paid_tokens,earned_tokens,"
    "self_sufficiency_pct,tokens_at_end\n"
)


@dataclass(slots=True)
class Sums:
    """Add up rows: energies in milliwatt-hours, money in base units; None where none was known."""

    milliwh: dict[str, int] = field(default_factory=dict)
    by_neighbour: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: int = 0
    earned: int = 0
    tokens: int | None = None

    @property
    def self_sufficiency_pct(self) -> float | None:
        """Give the part of the load that was the home's own."""
        load, own = self.milliwh.get("load"), self.milliwh.get("own")
        if not load or own is None:
            return None
        return 100.0 * min(own, load) / load

    def add(self, row: Row) -> None:
        """Add one quarter hour."""
        neighbours = row.get("neighbours_milliwh")
        fed = neighbours if isinstance(neighbours, Mapping) else {}
        given = {name: whole for name, one in fed.items() if (whole := _whole(one)) is not None}
        for column, found in (
            ("load", row.get("load_imported_milliwh")),
            ("own", row.get("own_milliwh")),
            ("neighbours", sum(given.values())),
            ("grid", row.get("grid_milliwh")),
            ("generation", row.get("generation_imported_milliwh")),
            ("given", row.get("connection_exported_milliwh")),
        ):
            if (whole := _whole(found)) is not None:
                self.milliwh[column] = self.milliwh.get(column, 0) + whole
        for name, milliwh in given.items():
            self.by_neighbour[str(name)] += milliwh
        self.paid += _whole(row.get("paid")) or 0
        self.earned += _whole(row.get("earned")) or 0
        if (tokens := number_in(row, "tokens")) is not None:
            self.tokens = int(tokens)


def month_of(text: str, today: date) -> date | None:
    """Read a month, as in 2026-12, as its first day; this month where none is named."""
    return day_of(f"{text}-01" if text else "", today.replace(day=1))


def next_month(first: date) -> date:
    """Give the first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def days_of(rows: Iterable[Row]) -> dict[date, Sums]:
    """Add rows up by the day, here, that they belong to: that of the instant before their end."""
    days: dict[date, Sums] = defaultdict(Sums)
    for row in rows:
        days[datetime.fromtimestamp(at_s_of(row) - 1).date()].add(row)
    return dict(sorted(days.items()))


def span_of(first: date) -> tuple[float, float]:
    """Give a month's span: a row that ends as it begins is of the one before."""
    return begins_s(first) + 1, begins_s(next_month(first)) + 1


def month_view(first: date, span: Span, names: Names, words: Words) -> Html:
    """Show a month."""
    before = (first - timedelta(days=1)).replace(day=1)
    ways = fill(
        '<p class="days"><a href="month?month={before}">{earlier}</a> <strong>{month}</strong>'
        ' <a href="month?month={after}">{later}</a></p>',
        before=f"{before:%Y-%m}",
        after=f"{next_month(first):%Y-%m}",
        month=month_told(first),
        earlier=words("the month before"),
        later=words("the month after"),
    )
    days = days_of(span.rows)
    if not days:
        none = fill("<p>{none}</p>", none=words("Nothing is kept of this month."))
        return joined((ways, problem_of(span, words), none))
    whole = Sums()
    for row in span.rows:
        whole.add(row)
    is_small = max(whole.milliwh.values(), default=0) < MILLIWH_PER_KWH
    unit, scale = ("Wh", MILLIWH_PER_WH) if is_small else ("kWh", MILLIWH_PER_KWH)
    heads = (
        words("Day"), words("Load, {unit}").format(unit=unit), words("Own"), words("Neighbours"),
        words("Grid"), words("Sun"), words("Given away"), words("Paid"), words("Earned"),
        words("Self-sufficiency"), words("Tokens"),
    )  # fmt: skip
    rows = [_line(day_told(day), sums, scale) for day, sums in days.items()]
    table = table_of(heads, [*rows, _line(words("together"), whole, scale)], words("The month"))
    file = fill(
        '<p><a href="month.csv?month={month}" download>{words}</a></p>',
        month=f"{first:%Y-%m}",
        words=words("The same as CSV"),
    )
    return joined((ways, problem_of(span, words), table, file, _neighbours(whole, names, words)))


def month_csv(span: Span) -> str:
    """Write the days as CSV: kilowatt-hours and tokens, with a decimal point; empty if unknown."""
    lines = [
        ",".join(
            (
                day.isoformat(),
                *(_scaled(sums.milliwh.get(column), MILLIWH_PER_KWH) for column in _COLUMNS),
                format_tokens(sums.paid),
                format_tokens(sums.earned),
                "" if (own := sums.self_sufficiency_pct) is None else f"{own:.1f}",
                "" if sums.tokens is None else format_tokens(sums.tokens),
            )
        )
        for day, sums in days_of(span.rows).items()
    ]
    return _CSV_HEAD + "".join(f"{line}\n" for line in lines)


def _line(name: str, sums: Sums, scale: int) -> Html:
    own = sums.self_sufficiency_pct
    cells = [
        *(numeral(_scaled(sums.milliwh.get(column), scale)) or UNKNOWN for column in _COLUMNS),
        money(sums.paid),
        money(sums.earned),
        UNKNOWN if own is None else f"{own:.0f} %",
        money(sums.tokens),
    ]
    return fill(
        '<tr><th scope="row">{name}</th>{cells}</tr>',
        name=name,
        cells=[fill("<td>{cell}</td>", cell=cell) for cell in cells],
    )


def _neighbours(whole: Sums, names: Names, words: Words) -> Html:
    fed = sorted(whole.by_neighbour.items(), key=lambda one: -one[1])
    rows = [
        fill(
            '<tr><th scope="row" title="{account}">{name}</th><td>{energy}</td></tr>',
            account=account,
            name=called(account, names),
            energy=energy(milliwh),
        )
        for account, milliwh in fed
        if milliwh > 0
    ]
    if not rows:
        return Html("")
    head = words("Who fed me")
    heads = (words("Neighbour"), words("Energy"))
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, rows, head))


def _whole(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _scaled(milliwh: int | None, scale: int) -> str:
    return "" if milliwh is None else f"{milliwh / scale:.3f}"
