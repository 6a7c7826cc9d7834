"""Work a cleared interval out again from its orders and wires, and say where another word differs.

Fills follow from the result alone, so where the results are the same the fills are; the pairing
follows from the fills and the wires.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import zip_longest

from node.core.auction.clearing import Clearing, Fills, Step, clear, fills
from node.core.auction.market import ClearedInterval, PlacedOrder, pair_orders
from node.core.auction.pairing import Part, Wires


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Hold what came out: the result, each order's fills, the parts, and each difference.

    Without wires it was not paired, and `parts` is None.
    """

    clearing: Clearing
    fills: tuple[Fills, ...]
    parts: tuple[Part, ...] | None
    differences: tuple[str, ...]


def work_out(
    told: ClearedInterval,
    orders: Sequence[PlacedOrder],
    unit_milliwh: int,
    wires: Wires | None,
    parts: Sequence[Part],
) -> Again:
    """Clear, fill and pair again, and compare with the result and the parts that were told.

    Raises:
        ValueError: these orders cannot be cleared, or a wired account is none.
    """
    clearing = clear([placed.order for placed in orders])
    pairing = None
    if wires is not None:
        traded = [(placed.account, placed.order) for placed in orders]
        pairing = pair_orders(replace(told, clearing=clearing), traded, unit_milliwh, wires)
    found = None if pairing is None else pairing.parts
    return Again(
        clearing=clearing,
        fills=tuple(fills(clearing, placed.order) for placed in orders),
        parts=found,
        differences=(
            *_in_results(told.clearing, clearing),
            *_in_parts(parts, found if found is not None else ()),
        ),
    )


def _in_results(told: Clearing, again: Clearing) -> Iterator[str]:
    for field in fields(Clearing):
        one, other = getattr(told, field.name), getattr(again, field.name)
        if isinstance(one, Step):
            for part in fields(Step):
                yield from _named(f"{field.name}'s {part.name}", one, other, part.name)
        else:
            yield from _named(field.name, told, again, field.name)


def _named(what: str, told: object, again: object, name: str) -> Iterator[str]:
    one, other = getattr(told, name), getattr(again, name)
    if one != other:
        yield f"{what} is {one}, and must be {other}".replace("_", " ")


def _in_parts(told: Sequence[Part], again: Sequence[Part]) -> Iterator[str]:
    for turn, (one, other) in enumerate(zip_longest(told, again), 1):
        if one != other:
            yield f"part {turn} is {_written(one)}, and must be {_written(other)}"


def _written(part: Part | None) -> str:
    if part is None:
        return "nothing"
    return f"{part.energy_milliwh} mWh of {part.kind} from {part.seller} to {part.buyer}"
