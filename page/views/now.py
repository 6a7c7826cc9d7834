"""What happens now: where the power flows, why, what is waited for, what is wrong."""

from collections.abc import Mapping

from page.flow import Arrow, Flow, Place, flow_of
from page.follow import Said
from page.html import Html, fill, joined
from page.remedies import remedy_of
from page.states import state_of
from page.views.frame import energy, facts, instant, money, number_in, soc, text_in, whole
from page.views.names import Names, called, names_in
from page.words import Words

_ROW = 52
_LEAST_STROKE, _MOST_STROKE = 2, 14
_FIGURE = """<figure class="flow">
<svg viewBox="0 0 360 {height}" role="img" aria-label="{told}">
{arrows}
<rect class="house" x="165" y="8" width="30" height="{house}" rx="6"/>
</svg>
<figcaption>{sums}</figcaption>
</figure>
"""
_ARROW = """<g class="{kind}">
<rect class="place" x="{box_x}" y="{top}" width="96" height="40" rx="8"/>
<text x="{text_x}" y="{name_y}">{name}</text>
<text class="more" x="{text_x}" y="{more_y}">{more}</text>
<path d="M{start} {middle}H{end}" stroke-width="{stroke}"/>\
<path class="head" d="M{tip} {middle}l-8 -7v14z"/>\
<text class="watts" x="{watts_x}" y="{watts_y}">{watts} W</text></g>
"""


def now(said: Said, words: Words) -> Html:
    """Show a home's picture; what is live stands in one section, and is sent again as it is."""
    picture = said.picture
    if said.at_s is None:
        return away(said, words)
    return joined(
        (
            away(said, words) if said.problem else Html(""),
            _flow(flow_of(picture), picture, words),
            _why(picture, words),
            _faults(picture, words),
            _facts(picture, words),
            fill(
                '<p class="when">{as_of} {when}</p>', as_of=words("As of"), when=instant(said.at_s)
            ),
        )
    )


def away(said: Said, words: Words) -> Html:
    """Say that a program does not answer, and why; that it is asked, before it first did."""
    if said.problem is None:
        return fill('<p class="notice" role="status">{wait}</p>', wait=words("It is being asked."))
    what = words("It does not answer. What is shown below, if anything, is what it said last.")
    return fill(
        '<div class="notice away" role="status"><p>{what}</p><p>{why}</p></div>',
        what=what,
        why=said.problem,
    )


def _flow(flow: Flow | None, picture: Mapping[str, object], words: Words) -> Html:
    if flow is None:
        return fill("<p>{none}</p>", none=words("The load's power is not measured now."))
    names = names_in(picture)
    more = {Place.BATTERY: soc(number_in(picture, "soc_pct"))}
    most = max((arrow.watts for arrow in (*flow.sources, *flow.sinks)), default=1)
    drawn = [
        _arrow(arrow, row, most, more, names, words, is_source=is_source)
        for arrows, is_source in ((flow.sources, True), (flow.sinks, False))
        for row, arrow in enumerate(arrows)
    ]
    rows = max(len(flow.sources), len(flow.sinks), 1)
    told = "; ".join(
        f"{what}: " + (", ".join(_told(one, names, words) for one in arrows) or "0 W")
        for what, arrows in ((words("in"), flow.sources), (words("out"), flow.sinks))
    )
    sums = fill(
        "{given} <strong>{watts} W</strong> = <strong>{again} W</strong> {taken}",
        given=words("in"),
        taken=words("out"),
        watts=flow.watts,
        again=sum(arrow.watts for arrow in flow.sinks),
    )
    return fill(
        _FIGURE, height=rows * _ROW + 4, house=rows * _ROW - 12, arrows=drawn, told=told, sums=sums
    )


def _arrow(
    arrow: Arrow,
    row: int,
    most: int,
    more: Mapping[Place, str],
    names: Names,
    words: Words,
    *,
    is_source: bool,
) -> Html:
    top, left = row * _ROW + 8, 0 if is_source else 264
    start, end = (98, 155) if is_source else (197, 254)
    stroke = _LEAST_STROKE + (_MOST_STROKE - _LEAST_STROKE) * arrow.watts / max(most, 1)
    return fill(
        _ARROW,
        kind=arrow.place.value,
        box_x=left,
        text_x=left + 48,
        top=top,
        name_y=top + 17,
        more_y=top + 33,
        name=_place(arrow.place, words),
        more=more.get(arrow.place) or called(arrow.name, names),
        start=start,
        end=end - 6,
        tip=end + 6,
        middle=top + 24,
        stroke=f"{stroke:.1f}",
        watts_x=(start + end) // 2,
        watts_y=top + 11,
        watts=arrow.watts,
    )


def _place(place: Place, words: Words) -> str:
    return {
        Place.SUN: words("Sun"),
        Place.NEIGHBOUR: words("Neighbour"),
        Place.GRID: words("Grid"),
        Place.BATTERY: words("Battery"),
        Place.LOAD: words("Load"),
    }[place]


def _told(arrow: Arrow, names: Names, words: Words) -> str:
    parts = (_place(arrow.place, words), called(arrow.name, names), f"{arrow.watts} W")
    return " ".join(part for part in parts if part)


def _why(picture: Mapping[str, object], words: Words) -> Html:
    if picture.get("starting") is True:
        starting = words("It is starting: sensors, relay, chain and broker are asked.")
        return fill('<p class="why" role="status">{starting}</p>', starting=starting)
    parts = []
    for name, told in (
        ("supply", words("Supply")),
        ("delivery", words("Delivery")),
        ("auction", words("Auction")),
    ):
        reason, waiting = text_in(picture, name, "reason"), text_in(picture, name, "waiting")
        if reason:
            mode = state_of(text_in(picture, name, "mode"), words)
            parts.append(
                fill(
                    "<dt>{told}{mode}</dt><dd>{reason}</dd>",
                    told=told,
                    mode=fill(" <b>{mode}</b>", mode=mode) if mode else Html(""),
                    reason=reason,
                )
            )
        if waiting:
            parts.append(
                fill(
                    '<dd class="waits">{waits} {waiting}</dd>',
                    waits=words("Waits for:"),
                    waiting=waiting,
                )
            )
    reason = text_in(picture, "reason")
    if reason:
        parts.append(fill("<dt>{told}</dt><dd>{reason}</dd>", told=words("Now"), reason=reason))
    return fill('<dl class="why">{parts}</dl>', parts=parts) if parts else Html("")


def _faults(picture: Mapping[str, object], words: Words) -> Html:
    faults, names = picture.get("faults"), picture.get("fault_names")
    if picture.get("starting") is True or not isinstance(faults, list) or not faults:
        return Html("")
    known = names if isinstance(names, list) and len(names) == len(faults) else [""] * len(faults)
    rows = [
        fill(
            "<li><strong>{fault}</strong> {remedy}</li>",
            fault=str(fault),
            remedy=remedy_of(str(name), words),
        )
        for fault, name in zip(faults, known, strict=True)
    ]
    heading = words("What is wrong, and what to do")
    return fill(
        '<section class="faults"><h2>{heading}</h2><ul>{rows}</ul></section>',
        heading=heading,
        rows=rows,
    )


def _facts(picture: Mapping[str, object], words: Words) -> Html:
    rows = [
        (words("State of charge"), soc(number_in(picture, "soc_pct"))),
        (words("Tokens"), money(number_in(picture, "tokens"))),
        (words("Bought and not drawn yet"), energy(number_in(picture, "supply", "credit_milliwh"))),
        (words("Spent today"), money(number_in(picture, "supply", "spent_today"))),
        (words("Delivered"), energy(number_in(picture, "delivery", "delivered_milliwh"))),
        (words("Free at the auction"), money(number_in(picture, "auction", "balance"))),
        (words("Block"), whole(number_in(picture, "block"))),
    ]
    return facts(rows)
