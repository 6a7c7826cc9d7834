"""A home's trades: each with its sentence, its money and its curve; who was fed, and who fed."""

from collections.abc import Sequence
from datetime import datetime

from page.bands import Line, lines_band
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.views.day import problem_of, table_of
from page.views.frame import UNKNOWN, energy, instant, money, number_in, text_in
from page.views.names import Names, called
from page.words import Words

SHOWN_DAYS = 31
MOST_SHOWN = 200
_MARKS = 4
_TRADE = """<details class="trade"><summary>{sentence}</summary>
<dl><dt>{from_word}</dt><dd>{begins} – {ends}</dd>
<dt>{block_word}</dt><dd>{block}</dd>{facts}</dl>{curve}</details>
"""
_FACT = "<dt>{name}</dt><dd>{value}</dd>"


def trades_view(span: Span, names: Names, words: Words) -> Html:
    """Show the newest trades of a span, newest first, and the sums by neighbour."""
    if not span.rows:
        none = fill("<p>{none}</p>", none=words("No trade has ended in these days."))
        return joined((problem_of(span, words), none))
    newest = span.rows[-MOST_SHOWN:]
    return joined(
        (
            problem_of(span, words),
            _sums(span.rows, "bought", words("Who fed me"), names, words),
            _sums(span.rows, "sold", words("Whom I fed"), names, words),
            fill("<h2>{head}</h2>", head=words("Trades, the newest first")),
            *(_trade(row, names, words) for row in reversed(newest)),
        )
    )


def _trade(row: Row, names: Names, words: Words) -> Html:
    facts = [
        (words("Ordered"), energy(number_in(row, "energy_milliwh"))),
        (words("Drawn"), energy(number_in(row, "drawn_milliwh"))),
        (words("Returned"), energy(number_in(row, "returned_milliwh"))),
        (words("Price a kWh"), money(number_in(row, "price_per_kwh"))),
        (words("Paid"), money(number_in(row, "paid"))),
        (words("Earned"), money(number_in(row, "earned"))),
        (words("Of that by the grid"), money(number_in(row, "from_grid"))),
    ]
    block = number_in(row, "block")
    return fill(
        _TRADE,
        sentence=_sentence(row, names, words),
        from_word=words("From and to"),
        begins=instant(number_in(row, "began_s")),
        ends=instant(at_s_of(row)),
        block_word=words("Ended in block"),
        block=UNKNOWN if block is None else int(block),
        facts=[fill(_FACT, name=name, value=value) for name, value in facts if value != UNKNOWN],
        curve=_curve(row, words),
    )


def _sentence(row: Row, names: Names, words: Words) -> str:
    sold = text_in(row, "side") == "sold"
    amount = money(number_in(row, "earned" if sold else "paid"))
    neighbour = text_in(row, "neighbour")
    if neighbour and sold:
        told = words("{energy} sold to {neighbour} for {amount} tokens, order {number}")
    elif neighbour:
        told = words("{energy} bought of {neighbour} for {amount} tokens, order {number}")
    elif sold:
        told = words("{energy} sold at the auction for {amount} tokens, interval {number}")
    else:
        told = words("{energy} bought at the auction for {amount} tokens, interval {number}")
    number = number_in(row, "number")
    return told.format(
        energy=energy(number_in(row, "drawn_milliwh")),
        neighbour=called(neighbour, names),
        amount=amount,
        number=UNKNOWN if number is None else int(number),
    )


def _curve(row: Row, words: Words) -> Html:
    found, began_s = row.get("curve_w"), number_in(row, "began_s")
    points = [
        (float(point[0]), float(point[1]))
        for point in (found if isinstance(found, list) else ())
        if isinstance(point, list)
        and len(point) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in point)
    ]
    if len(points) < 2 or began_s is None:
        return Html("")
    least, most = points[0][0], points[-1][0]
    span = (most - least) or 1.0
    drawn = [((at - least) / span, watts) for at, watts in points]
    hours = [
        (part / _MARKS, datetime.fromtimestamp(began_s + least + span * part / _MARKS))
        for part in range(_MARKS + 1)
    ]
    line = Line(kind="neighbour", name=words("Power"), points=drawn)
    return lines_band(
        words("Its curve"), "W", [line], [(at, f"{moment:%H:%M:%S}") for at, moment in hours]
    )


def _sums(rows: Sequence[Row], side: str, head: str, names: Names, words: Words) -> Html:
    """Add up by neighbour: energy in milliwatt-hours, money in base units."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        if text_in(row, "side") != side:
            continue
        name = text_in(row, "neighbour") or words("the auction")
        milliwh, amount = sums.get(name, (0, 0))
        milliwh += int(number_in(row, "drawn_milliwh") or 0)
        amount += int(number_in(row, "earned" if side == "sold" else "paid") or 0)
        sums[name] = milliwh, amount
    lines = [
        fill(
            '<tr><th scope="row" title="{account}">{name}</th><td>{energy}</td>'
            "<td>{amount}</td></tr>",
            account=name,
            name=called(name, names),
            energy=energy(milliwh),
            amount=money(amount),
        )
        for name, (milliwh, amount) in sorted(sums.items(), key=lambda one: -one[1][0])
    ]
    if not lines:
        return Html("")
    heads = (words("Neighbour"), words("Energy"), words("Tokens"))
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, lines, head))
