"""Say what a pairing licenses, and what is wrong with one: by the own fill on the chain alone.

A published part that goes beyond the fill, or is not ours, licenses nothing.
"""

from dataclasses import dataclass, field

from node.core.auction.clearing import Bid, Kind, fills
from node.core.auction.market import ClearedInterval, HomeMarket, PlacedOrder
from node.core.auction.pairing import Pairing
from node.core.units import format_wh


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Let energy of one part flow from its seller to its buyer, from `starts_s` until `ends_s`.

    Energy in milliwatt-hours, instants in chain time. The order of licences is the turn.
    """

    interval: int
    kind: str
    buyer: str
    seller: str
    energy_milliwh: int
    starts_s: int
    ends_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDraw:
    """Hold one licence as the buyer, what was drawn on it, and whether it still stands.

    One that a reorganisation or a newer pairing took away keeps its count to the interval's end,
    in case that it comes back.
    """

    licence: Licence
    drawn_milliwh: int
    stands: bool

    @property
    def left_milliwh(self) -> int:
        """Give what may still be drawn on it."""
        return max(0, self.licence.energy_milliwh - self.drawn_milliwh) if self.stands else 0


PartDraws = tuple[PartDraw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Hold what the auction says about the contacts of a home in the interval now.

    `draws` are the licences as the buyer, `serves` as the seller. `bars_sale` says why nothing of
    the sale is drawn, bought or delivered in this interval, or is empty. `problem` says why the
    published pairing licenses nothing, or is empty. `settles_meter` says that an own order stands
    in the interval now, so that the auction settles whatever the meter tells of it.
    """

    draws: tuple[Licence, ...]
    serves: tuple[Licence, ...]
    bars_sale: str
    problem: str
    settles_meter: bool = field(default=False, compare=False)


NO_RIGHTS = Rights(draws=(), serves=(), bars_sale="", problem="")


def filled_milliwh(
    market: HomeMarket, placed: PlacedOrder, result: ClearedInterval
) -> dict[str, int]:
    """Give what an order trades of each kind, by the kind's name in a pairing."""
    traded = fills(result.clearing, placed.order)
    unit = market.rules.unit_milliwh
    return {kind.name.lower(): traded.units(kind) * unit for kind in Kind}


def problem_of(
    pairing: Pairing, placed: PlacedOrder, market: HomeMarket, result: ClearedInterval
) -> str:
    """Say why a pairing does not fit the own fill on the chain; empty where it does."""
    left = filled_milliwh(market, placed, result)
    bought = isinstance(placed.order, Bid)
    seen: set[tuple[str, str]] = set()
    for part in pairing.parts:
        own, other = (part.buyer, part.seller) if bought else (part.seller, part.buyer)
        if own != placed.account or other == placed.account:
            return f"a part from {part.seller} to {part.buyer} is not this home's side"
        if part.kind not in left:
            return f"{part.kind} is no kind of energy"
        if (part.kind, other) in seen:
            return f"it names {other} twice for {part.kind}"
        if part.energy_milliwh <= 0:
            return f"a part of {format_wh(part.energy_milliwh)}"
        seen.add((part.kind, other))
        left[part.kind] -= part.energy_milliwh
        if left[part.kind] < 0:
            over = format_wh(-left[part.kind])
            return f"its {part.kind} parts are {over} more than the fill on the chain"
    return ""


def key_of(licence: Licence) -> tuple[int, str, str]:
    """Name a part as the buyer; its energy may be published anew."""
    return licence.interval, licence.kind, licence.seller
