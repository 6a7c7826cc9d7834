"""Clear one interval's orders: two local kinds, 64 ticks, one uniform price for each kind.

The same rule as the contract's, to the unit: it walks the ticks and never sorts the orders. Energy
here is in units (the contract's `UNIT` milliwatt-hours), a limit is a tick from 0 to 63. Decides
prices and fills; moves no money (see `settlement`) and knows no time (see `gate`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from node.core.auction.tariff import TICKS

WHOLE = 2**32
"""The fraction that stands for all of it."""
FINEST = WHOLE * WHOLE
"""Parts of a unit that a share is told in."""
MOST_CELL_UNITS = 2**28 - 1
"""What the orders of one cell may add up to."""


class Kind(Enum):
    """Name a local kind of energy; the number is the contract's."""

    SOLAR = 0
    CHP = 1

    @property
    def other(self) -> "Kind":
        """Give the other kind."""
        return Kind.CHP if self is Kind.SOLAR else Kind.SOLAR


class TickFull(ValueError):
    """Say that a cell cannot take so much energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """Hold a buyer's order: one need, and a limit for each kind (tick 0: not this kind)."""

    solar_tick: int
    chp_tick: int
    energy_units: int

    def tick(self, kind: Kind) -> int:
        """Give the limit for a kind."""
        return self.solar_tick if kind is Kind.SOLAR else self.chp_tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Hold a seller's order: one kind, and the tick below which it does not sell."""

    kind: Kind
    tick: int
    energy_units: int


Order = Bid | Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold how one kind cleared.

    Sellers below `price_tick` sell all, those at it `seller_fraction` / `WHOLE` of it; buyers
    above `marginal_tick` get all, those at it `buyer_fraction` / `WHOLE`.
    """

    volume_units: int
    price_tick: int
    marginal_tick: int
    seller_fraction: int
    buyer_fraction: int


NO_TRADE = Step(
    volume_units=0, price_tick=0, marginal_tick=TICKS, seller_fraction=0, buyer_fraction=0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """Hold an interval's result, and what was offered and wanted beyond it."""

    first: Kind
    solar: Step
    chp: Step
    unsold_units: int
    unserved_units: int

    def step(self, kind: Kind) -> Step:
        """Give a kind's part."""
        return self.solar if kind is Kind.SOLAR else self.chp


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """Hold what an order trades of each kind, in units."""

    solar_units: int
    chp_units: int

    def units(self, kind: Kind) -> int:
        """Give a kind's part."""
        return self.solar_units if kind is Kind.SOLAR else self.chp_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Hold what was offered and wanted of a kind, in units by tick."""

    supply: tuple[int, ...]
    demand: tuple[int, ...]


def clear(orders: Sequence[Order]) -> Clearing:
    """Clear the kind that more buyers prefer, then the other one with what is left.

    Raises:
        TickFull: the orders of one cell add up to more than it holds.
    """
    cells = _cells(orders)
    supply = {kind: _supply(orders, kind) for kind in Kind}
    first = preferred_kind(orders)
    steps = {first: step(supply[first], _wanted(cells, first))}
    rest = _rest(cells, first, steps[first])
    steps[first.other] = step(supply[first.other], _wanted(rest, first.other))
    traded = sum(found.volume_units for found in steps.values())
    return Clearing(
        first=first,
        solar=steps[Kind.SOLAR],
        chp=steps[Kind.CHP],
        unsold_units=sum(map(sum, supply.values())) - traded,
        unserved_units=sum(cells.values()) - traded,
    )


def curves(orders: Sequence[Order], clearing: Clearing) -> dict[Kind, Curves]:
    """Give what each kind was cleared from: for the second one what the first has left."""
    first, cells = clearing.first, _cells(orders)
    wanted = {
        first: _wanted(cells, first),
        first.other: _wanted(_rest(cells, first, clearing.step(first)), first.other),
    }
    return {
        # Demand at tick 0 is no wish.
        kind: Curves(supply=tuple(_supply(orders, kind)), demand=(0, *wanted[kind][1:]))
        for kind in Kind
    }


def preferred_kind(orders: Sequence[Order]) -> Kind:
    """Give the kind that more buyers put the higher limit on; solar where they are even."""
    bids = [order for order in orders if isinstance(order, Bid)]
    solar = sum(bid.solar_tick > bid.chp_tick for bid in bids)
    chp = sum(bid.chp_tick > bid.solar_tick for bid in bids)
    return Kind.CHP if chp > solar else Kind.SOLAR


def step(supply: Sequence[int], demand: Sequence[int]) -> Step:
    """Clear one kind from its sums by tick; demand at tick 0 does not count.

    The price is the highest matched seller's tick, on a gap and on a plateau too.
    """
    wanted = (0, *demand[1:])
    below = [sum(supply[: tick + 1]) for tick in range(TICKS)]
    above = [sum(wanted[tick:]) for tick in range(TICKS + 1)]
    volume = max(min(below[tick], above[tick]) for tick in range(TICKS))
    if volume == 0:
        return NO_TRADE
    price = min(tick for tick in range(TICKS) if below[tick] >= volume)
    marginal = max(tick for tick in range(TICKS) if above[tick] >= volume)
    whole_sellers = below[price] - supply[price]
    return Step(
        volume_units=volume,
        price_tick=price,
        marginal_tick=marginal,
        seller_fraction=(volume - whole_sellers) * WHOLE // supply[price],
        buyer_fraction=(volume - above[marginal + 1]) * WHOLE // wanted[marginal],
    )


def fills(clearing: Clearing, order: Order) -> Fills:
    """Give what one order trades: every division rounds down, so no sum exceeds a volume."""
    if isinstance(order, Offer):
        units = sold(clearing, order, order.energy_units)
        is_solar = order.kind is Kind.SOLAR
        return Fills(solar_units=units if is_solar else 0, chp_units=0 if is_solar else units)
    first, second = clearing.first, clearing.first.other
    step_one = clearing.step(first)
    bought = {first: _bought(step_one, order.tick(first), order.energy_units)}
    rest = _left(step_one, order.tick(first), order.energy_units)
    bought[second] = _bought(clearing.step(second), order.tick(second), rest)
    return Fills(solar_units=bought[Kind.SOLAR], chp_units=bought[Kind.CHP])


def sold(clearing: Clearing, offer: Offer, energy: int) -> int:
    """Give an offer's part of an energy, in that energy's unit, rounded down."""
    step = clearing.step(offer.kind)
    if offer.tick > step.price_tick:
        return 0
    if offer.tick < step.price_tick:
        return energy
    return energy * step.seller_fraction // WHOLE


def shares(clearing: Clearing, bid: Bid) -> dict[Kind, int]:
    """Give a bid's exact part of each volume, in `FINEST` parts of a unit, rounded up.

    Fills round down, so buyers' fills may add up to less than sellers'; shares never do. They are
    what a buyer must be able to pay, and the units between are the grid's (see `settlement`).
    """
    first, second = clearing.first, clearing.first.other
    one, tick = clearing.step(first), bid.tick(first)
    left = WHOLE if tick < one.marginal_tick else 0
    if tick == one.marginal_tick:
        left = WHOLE - one.buyer_fraction
    return {
        first: bid.energy_units * WHOLE * _fraction_up(one, tick),
        second: bid.energy_units * left * _fraction_up(clearing.step(second), bid.tick(second)),
    }


def _fraction_up(step: Step, tick: int) -> int:
    if tick == 0 or tick < step.marginal_tick:
        return 0
    if tick > step.marginal_tick:
        return WHOLE
    return min(step.buyer_fraction + 1, WHOLE)


def _bought(step: Step, tick: int, energy_units: int) -> int:
    if tick == 0 or tick < step.marginal_tick:
        return 0
    if tick > step.marginal_tick:
        return energy_units
    return energy_units * step.buyer_fraction // WHOLE


def _left(step: Step, tick: int, energy_units: int) -> int:
    """Give what is left for the second kind; floored by itself, so that cells bound their orders.

    Energy less fill would add up to more than a cell's own floor, and the second kind would be
    overfilled. The unit between is nobody's trade.
    """
    if tick < step.marginal_tick:
        return energy_units
    if tick > step.marginal_tick:
        return 0
    return energy_units * (WHOLE - step.buyer_fraction) // WHOLE


Cells = Mapping[tuple[int, int], int]
"""Buyers' energy by solar and CHP tick."""


def _cells(orders: Sequence[Order]) -> Cells:
    cells: defaultdict[tuple[int, int], int] = defaultdict(int)
    for order in orders:
        if isinstance(order, Bid):
            cells[order.solar_tick, order.chp_tick] += order.energy_units
    for ticks, energy_units in cells.items():
        _require_room(energy_units, f"ticks {ticks}")
    return cells


def _supply(orders: Sequence[Order], kind: Kind) -> list[int]:
    sums = [0] * TICKS
    for order in orders:
        if isinstance(order, Offer) and order.kind is kind:
            sums[order.tick] += order.energy_units
    for tick, energy_units in enumerate(sums):
        _require_room(energy_units, f"{kind.name.lower()} tick {tick}")
    return sums


def _require_room(energy_units: int, where: str) -> None:
    if energy_units > MOST_CELL_UNITS:
        raise TickFull(f"{energy_units} units at {where} are more than {MOST_CELL_UNITS}")


def _wanted(cells: Cells, kind: Kind) -> list[int]:
    sums = [0] * TICKS
    for (solar_tick, chp_tick), energy_units in cells.items():
        sums[solar_tick if kind is Kind.SOLAR else chp_tick] += energy_units
    return sums


def _rest(cells: Cells, first: Kind, step: Step) -> Cells:
    return {
        ticks: _left(step, ticks[first.value], energy_units)
        for ticks, energy_units in cells.items()
    }
