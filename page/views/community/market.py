"""The auction's day: prices, volumes, how much one seller sold, and what homes saved by it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from page.bands import Line, lines_band
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.views.community.orders import KINDS, largest_seller, sums_of, traded_in
from page.views.day import begins_s, problem_of, table_of
from page.views.frame import UNKNOWN, day_told, energy, instant, money, number_in
from page.views.names import Names, called
from page.words import Words

_BASE_UNITS = 1_000_000
_MILLIWH = 1_000


def market_view(day: date, span: Span, names: Names, words: Words) -> Html:
    """Show a day; what is not known is left out."""
    from_s, to_s = begins_s(day), begins_s(day + timedelta(days=1))
    ways = fill(
        '<p class="days"><a href="market?day={before}">{earlier}</a> <strong>{day}</strong>'
        ' <a href="market?day={after}">{later}</a></p>',
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat(),
        day=day_told(day),
        earlier=words("the day before"),
        later=words("the day after"),
    )
    rows = [row for row in span.rows if number_in(row, "starts_s") is not None]
    if not rows:
        none = fill("<p>{none}</p>", none=words("No interval of this day is kept."))
        return joined((ways, problem_of(span, words), none))
    return joined(
        (
            ways,
            problem_of(span, words),
            *_bands(rows, from_s, to_s, words),
            _homes(rows, names, words),
            _intervals(rows, names, words),
        )
    )


def _bands(rows: Sequence[Row], from_s: float, to_s: float, words: Words) -> list[Html]:
    def at(instant_s: float) -> float:
        return min(1.0, max(0.0, (instant_s - from_s) / (to_s - from_s)))

    def line(kind: str, name: str, value_of: Callable[[Row], float | None]) -> Line:
        points: list[tuple[float, float | None]] = []
        for row in rows:
            value = value_of(row)
            points += [(at(number_in(row, "starts_s") or 0), value), (at(at_s_of(row)), value)]
        return Line(kind=kind, name=name, points=points)

    def scaled(column: str, scale: float) -> Callable[[Row], float | None]:
        def value(row: Row) -> float | None:
            found = number_in(row, column)
            return None if found is None else found / scale

        return value

    def share(kind: str) -> Callable[[Row], float | None]:
        return lambda row: found[1] if (found := largest_seller(row, kind)) else None

    hours = [
        (at(mark), datetime.fromtimestamp(mark).strftime("%H:%M"))
        for mark in (from_s + hour * 3600 for hour in range(0, 25, 4))
        if mark <= to_s
    ]
    kinds = (("solar", "sun", words("Solar")), ("chp", "neighbour", words("CHP")))
    return [
        lines_band(
            words("Price"),
            words("tokens a kWh"),
            [
                *(
                    line(colour, name, scaled(f"{kind}_price_per_kwh", _BASE_UNITS))
                    for kind, colour, name in kinds
                ),
                line("grid", words("Grid's"), scaled("retail_per_kwh", _BASE_UNITS)),
                line("battery", words("Feed-in"), scaled("feed_in_per_kwh", _BASE_UNITS)),
            ],
            hours,
        ),
        lines_band(
            words("Traded in each interval"),
            "Wh",
            [
                line(colour, name, scaled(f"{kind}_milliwh", _MILLIWH))
                for kind, colour, name in kinds
            ],
            hours,
        ),
        lines_band(
            words("The largest seller's share"),
            "%",
            [line(colour, name, share(kind)) for kind, colour, name in kinds],
            hours,
        ),
    ]


def _homes(rows: Sequence[Row], names: Names, words: Words) -> Html:
    """Tell what each home bought, sold and saved, and its share of all that was sold."""
    found = sums_of(rows)
    whole = sum(sum(sums.sold.values()) for sums in found.values())
    saved = sum(sums.saving for sums in found.values())
    lines = [
        fill(
            '<tr><th scope="row" title="{account}">{name}</th><td>{bought}</td><td>{sold}</td>'
            "<td>{share}</td><td>{saved}</td></tr>",
            account=account,
            name=called(account, names),
            bought=energy(sums.bought),
            sold=energy(sold),
            share=f"{100 * sold / whole:.0f} %" if whole else UNKNOWN,
            saved=money(sums.saving),
        )
        for account, sums in sorted(found.items(), key=lambda one: -one[1].saving)
        for sold in (sum(sums.sold.values()),)
    ]
    if not lines:
        return Html("")
    told = words(
        "Together the homes saved {amount} tokens: bought below the grid's price, sold above its"
        " feed-in."
    ).format(amount=money(saved))
    heads = (
        words("Home"), words("Bought"), words("Sold"), words("Of all that was sold"),
        words("Saved, tokens"),
    )  # fmt: skip
    head = words("Savings and sellers")
    return fill(
        "<h2>{head}</h2><p>{told}</p>{table}",
        head=head,
        told=told,
        table=table_of(heads, lines, head),
    )


def _intervals(rows: Sequence[Row], names: Names, words: Words) -> Html:
    lines = [
        fill(
            '<tr><td><a href="interval?ended={ended}">{when}</a></td><td>{orders}</td>'
            "{kinds}<td>{saved}</td></tr>",
            ended=f"{at_s_of(row):.3f}",
            when=instant(number_in(row, "starts_s")),
            orders=len(traded_in(row)),
            kinds=[
                fill(
                    "<td>{energy}</td><td>{price}</td><td>{largest}</td>",
                    energy=energy(number_in(row, f"{kind}_milliwh")),
                    price=money(number_in(row, f"{kind}_price_per_kwh")),
                    largest=f"{called(found[0], names)} {found[1]:.0f} %" if found else UNKNOWN,
                )
                for kind in KINDS
                for found in (largest_seller(row, kind),)
            ],
            saved=money(sum(one.saving or 0 for one in traded_in(row))),
        )
        for row in reversed(rows)
    ]
    heads = (
        words("Began"), words("Orders"), words("Solar"), words("Price a kWh"),
        words("Largest seller"), words("CHP"), words("Price a kWh"), words("Largest seller"),
        words("Saved, tokens"),
    )  # fmt: skip
    head = words("Intervals, the newest first")
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, lines, head))
