"""Draw who feeds whom: sellers left, buyers right, a line for each connection of the boards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from page.html import Html, fill
from page.views.frame import energy, number_in, text_in
from page.views.names import Names, called
from page.words import Words

_ROW, _BOX = 52, 110
_FIGURE = """<figure class="flow feeding">
<svg viewBox="0 0 360 {height}" role="img" aria-label="{told}">
{lines}{boxes}
</svg>
<figcaption>{told}</figcaption>
</figure>
"""
_BOX_OF = """<g class="{kind}">
<rect class="place" x="{x}" y="{top}" width="110" height="40" rx="8"/>
<text x="{middle}" y="{base}">{name}</text></g>
"""
_CLOSED = """<g class="neighbour"><path d="M112 {from_y}L242 {to_y}" stroke-width="6"/>\
<path class="head" d="M250 {to_y}l-12 -7v14z"/>{energy}</g>
"""
_OPEN = '<path class="wire" d="M112 {from_y}L248 {to_y}"/>\n'
_ENERGY = '<text class="watts" x="180" y="{y}">{energy}</text>'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wire:
    """Hold one connection by the names at its ends, and what is paired over it (mWh)."""

    source: str
    load: str
    is_closed: bool
    paired_milliwh: int


def feeding(community: Mapping[str, object], names: Names, words: Words) -> Html:
    """Draw it from the utility's picture of the community; nothing is drawn without wires."""
    wires = _wires(community, names)
    if not wires:
        return fill("<p>{none}</p>", none=words("No relay has told its wires yet."))
    sources = list(dict.fromkeys(wire.source for wire in wires))
    loads = list(dict.fromkeys(wire.load for wire in wires))
    fed = [wire for wire in wires if wire.is_closed]
    told = "; ".join(
        words("{source} feeds {load}").format(source=wire.source, load=wire.load) for wire in fed
    ) or words("Nobody is fed by a neighbour now.")
    # What conducts lies over what only might.
    lines = [
        _line(wire, sources.index(wire.source), loads.index(wire.load))
        for wire in sorted(wires, key=lambda one: one.is_closed)
    ]
    boxes = [
        _box("sun" if is_fed else "grid", 0, row, name)
        for row, name in enumerate(sources)
        for is_fed in (any(wire.source == name for wire in fed),)
    ] + [
        _box("load" if is_fed else "grid", 250, row, name)
        for row, name in enumerate(loads)
        for is_fed in (any(wire.load == name for wire in fed),)
    ]
    height = max(len(sources), len(loads)) * _ROW + 4
    return fill(_FIGURE, height=height, told=told, lines=lines, boxes=boxes)


def _wires(community: Mapping[str, object], names: Names) -> list[_Wire]:
    paired: dict[tuple[str, str], int] = {}
    for part in _listed(community, "parts"):
        ends = tuple(called(text_in(part, side), names) for side in ("seller", "buyer"))
        found = int(number_in(part, "energy_milliwh") or 0)
        paired[ends[0], ends[1]] = paired.get((ends[0], ends[1]), 0) + found
    return [
        _Wire(
            source=source,
            load=load,
            is_closed=isinstance(one, Mapping) and one.get("closed") is True,
            paired_milliwh=paired.get((source, load), 0),
        )
        for one in _listed(community, "connections")
        for source, load in ((text_in(one, "source"), text_in(one, "load")),)
        if source and load
    ]


def _listed(community: Mapping[str, object], name: str) -> Iterable[object]:
    found = community.get(name)
    return found if isinstance(found, list) else ()


def _line(wire: _Wire, source: int, load: int) -> Html:
    from_y, to_y = (row * _ROW + 28 for row in (source, load))
    if not wire.is_closed:
        return fill(_OPEN, from_y=from_y, to_y=to_y)
    told = Html("")
    if wire.paired_milliwh:
        middle = (from_y + to_y) // 2 - 8
        told = fill(_ENERGY, y=middle, energy=energy(wire.paired_milliwh))
    return fill(_CLOSED, from_y=from_y, to_y=to_y, energy=told)


def _box(kind: str, x: int, row: int, name: str) -> Html:
    top = row * _ROW + 8
    return fill(
        _BOX_OF, kind=kind, x=x, top=top, middle=x + _BOX // 2, base=top + 25, name=name[:14]
    )
