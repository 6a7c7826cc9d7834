"""One interval of the auction: its curves, its orders, who was paired, and all of it once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from page.bands import Line, lines_band
from page.html import Html, fill, joined
from page.memory import Row, Span, at_s_of
from page.views.community.orders import KINDS, curve_in, price_at, traded_in
from page.views.day import problem_of, table_of
from page.views.frame import UNKNOWN, energy, instant, money, number_in, text_in
from page.views.names import Names, called
from page.words import Words

_BASE_UNITS = 1_000_000
_MARKS = 4
_AGAIN = """<form method="get" action="interval">
<input type="hidden" name="ended" value="{ended}"><input type="hidden" name="again" value="1">
<button>{word}</button></form>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworked:
    """Hold what the utility has worked out again, or why it has not."""

    answer: object = None
    problem: str = ""


def interval_view(
    intervals: Span, parts: Span, reworked: Reworked | None, names: Names, words: Words
) -> Html:
    """Show the interval that is in a span; `reworked` is None until somebody asks."""
    if not intervals.rows:
        none = fill("<p>{none}</p>", none=words("No interval is kept that ended then."))
        return joined((problem_of(intervals, words), none))
    row = intervals.rows[0]
    told = [one for one in parts.rows if number_in(one, "interval") == number_in(row, "interval")]
    return joined(
        (
            fill(
                '<p><a href="market">{back}</a></p><h2>{begins} – {ends}</h2>',
                back=words("All intervals"),
                begins=instant(number_in(row, "starts_s")),
                ends=instant(at_s_of(row)),
            ),
            problem_of(intervals, words),
            *(_curves(row, kind, words) for kind in KINDS),
            _again(row, reworked, names, words),
            _orders(row, names, words),
            _parts(told, names, words),
        )
    )


def _curves(row: Row, kind: str, words: Words) -> Html:
    """Draw price over energy: supply rises, demand falls, and one price holds for the volume."""
    supply, demand = (curve_in(row, kind, side) for side in ("supply", "demand"))
    most = max(sum(one for _, one in side) for side in (supply, demand))
    if not most:
        return Html("")
    volume = number_in(row, f"{kind}_milliwh") or 0
    price = number_in(row, f"{kind}_price_per_kwh")
    lines = [
        Line(kind="sun", name=words("Offered"), points=_steps(row, supply, most)),
        Line(kind="load", name=words("Wanted"), points=_steps(row, demand[::-1], most)),
    ]
    if volume and price is not None:
        at_price = price / _BASE_UNITS
        ends = volume / most
        lines.append(
            Line(
                kind="neighbour",
                name=words("Price and volume"),
                points=[(0.0, at_price), (ends, at_price), (ends, 0.0)],
            )
        )
    marks = [(part / _MARKS, energy(most * part // _MARKS)) for part in range(_MARKS + 1)]
    title = {"solar": words("Solar"), "chp": words("CHP")}[kind]
    cleared = (
        words("{energy} at {price} a kWh").format(energy=energy(volume), price=money(price))
        if volume
        else words("nothing was traded")
    )
    return lines_band(f"{title}: {cleared}", words("tokens a kWh"), lines, marks)


def _steps(
    row: Row, side: Sequence[tuple[int, int]], most: int
) -> list[tuple[float, float | None]]:
    points: list[tuple[float, float | None]] = []
    so_far = 0
    for tick, milliwh in side:
        price = price_at(row, tick) / _BASE_UNITS
        points += [(so_far / most, price), ((so_far + milliwh) / most, price)]
        so_far += milliwh
    return points


def _again(row: Row, reworked: Reworked | None, names: Names, words: Words) -> Html:
    form = fill(_AGAIN, ended=f"{at_s_of(row):.3f}", word=words("Work it out again"))
    head = words("Does it follow from the orders?")
    if reworked is None:
        told = words(
            "The utility keeps all orders of an interval. Result, fills and pairing can be worked"
            " out from them once more, by the rules that every home has."
        )
        return fill("<h2>{head}</h2><p>{told}</p>{form}", head=head, told=told, form=form)
    return fill(
        "<h2>{head}</h2>{verdict}{form}",
        head=head,
        verdict=_verdict(reworked, names, words),
        form=form,
    )


def _verdict(reworked: Reworked, names: Names, words: Words) -> Html:
    answer = reworked.answer
    if reworked.problem or not isinstance(answer, Mapping):
        return fill('<p role="alert">{problem}</p>', problem=reworked.problem)
    if answer.get("agrees") is True:
        fills, parts = answer.get("fills"), answer.get("parts")
        told = words("It agrees: {fills} fills and {parts} parts come out as they were told.")
        if not isinstance(parts, list):
            told = words("It agrees: {fills} fills come out as they were told; nobody was paired.")
        counts = {
            name: len(found) if isinstance(found, list) else 0
            for name, found in (("fills", fills), ("parts", parts))
        }
        return fill('<p class="agrees" role="status">{told}</p>', told=told.format(**counts))
    found = answer.get("differences")
    sentences = [str(one) for one in found] if isinstance(found, list) else []
    for account, name in names.items():
        sentences = [_with_name(one, account, name) for one in sentences]
    return fill(
        '<div class="notice" role="alert"><p>{told}</p><ul>{rows}</ul></div>',
        told=words("It does not agree with what was told:"),
        rows=[fill("<li>{one}</li>", one=one) for one in sentences],
    )


def _with_name(sentence: str, account: str, name: str) -> str:
    at = sentence.lower().find(account)
    return sentence if at < 0 else f"{sentence[:at]}{name}{sentence[at + len(account) :]}"


def _orders(row: Row, names: Names, words: Words) -> Html:
    kinds = {"solar": words("solar"), "chp": words("CHP")}
    lines = [
        fill(
            '<tr><th scope="row" title="{account}">{name}</th><td>{side}</td><td>{energy}</td>'
            "<td>{limits}</td><td>{got}</td><td>{saved}</td></tr>",
            account=one.account,
            name=called(one.account, names),
            side=words("buys") if one.is_bid else words("sells"),
            energy=energy(one.energy_milliwh),
            limits=", ".join(
                f"{kinds[kind]} {money(limit)}" for kind, limit in one.limits_per_kwh.items()
            ),
            got=UNKNOWN if one.got_milliwh is None else energy(sum(one.got_milliwh.values())),
            saved=money(one.saving),
        )
        for one in traded_in(row)
    ]
    heads = (
        words("Home"), words("Side"), words("Ordered"), words("Limit a kWh"), words("Got"),
        words("Saved, tokens"),
    )  # fmt: skip
    head = words("Orders")
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, lines, head))


def _parts(parts: Sequence[Row], names: Names, words: Words) -> Html:
    lines = [
        fill(
            "<tr><td>{seller}</td><td>{buyer}</td><td>{energy}</td><td>{price}</td></tr>",
            seller=called(text_in(one, "seller"), names),
            buyer=called(text_in(one, "buyer"), names),
            energy=energy(number_in(one, "energy_milliwh")),
            price=money(number_in(one, "price_per_kwh")),
        )
        for one in parts
    ]
    if not lines:
        return Html("")
    heads = (words("From"), words("To"), words("Energy"), words("Price a kWh"))
    head = words("Paired over the wires")
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, lines, head))
