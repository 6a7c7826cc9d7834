"""Accept a reduction's cheapest blocks per kilowatt-hour until the target is met.

The same rule as the contract's, to the unit: sums by tick, and never a sorted list. A tick is a
price for a kilowatt-hour, one of 64 up to the most that the utility pays, so no block is compared
by its price alone. Blocks below the marginal tick are taken whole, those at it each by the same
part, rounded down: so what is accepted never exceeds the target, and the deposit is enough.
Energy is in units (the contract's `UNIT` milliwatt-hours).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from node.core.auction.clearing import MOST_CELL_UNITS, WHOLE, TickFull
from node.core.auction.tariff import TICKS
from node.core.units import MILLIWH_PER_KWH, cost_up

MOST_BLOCKS = 4
"""Of one offer."""
MOST_BLOCK_UNITS = 2**24 - 1


class PricingRule(Enum):
    """Name what a kilowatt-hour is paid with; the number is the contract's."""

    UNIFORM = 0
    PAY_AS_BID = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Hold what a utility asks for: so much less, at so much per kWh at most, in base units."""

    target_units: int
    unit_milliwh: int
    most_price_per_kwh: int
    rule: PricingRule

    @property
    def deposit_up(self) -> int:
        """Give what the utility sets aside: the whole target at the most that it pays."""
        return cost_up(self.target_units * self.unit_milliwh, self.most_price_per_kwh)

    def price_per_kwh(self, tick: int) -> int:
        """Give what a block at a tick asks, rounded down; the highest tick asks the most."""
        return self.most_price_per_kwh * (tick + 1) // TICKS

    def offer_tick(self, limit_per_kwh: int) -> int:
        """Round a home's limit up to a tick, so that it is never paid less.

        Raises:
            ValueError: the limit is above the most that the utility pays.
        """
        for tick in range(TICKS):
            if self.price_per_kwh(tick) >= limit_per_kwh:
                return tick
        raise ValueError(f"a limit of {limit_per_kwh} is above {self.most_price_per_kwh}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Hold a part of an offer: what an appliance can do without, and the tick that it asks."""

    tick: int
    energy_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Hold what was accepted: all below `marginal_tick`, and `fraction` / `WHOLE` of it there."""

    accepted_units: int
    marginal_tick: int
    fraction: int


NOTHING = Result(accepted_units=0, marginal_tick=0, fraction=0)


def target_units(power_w: int, length: int, interval_s: int, unit_milliwh: int) -> int:
    """Give the energy of so much power less over a window, in units, rounded down."""
    return power_w * length * interval_s * 1_000 // 3_600 // unit_milliwh


def clear(target_units: int, blocks: Iterable[Block]) -> Result:
    """Accept the cheapest blocks; too few of them are all accepted, at the dearest one's tick.

    Raises:
        TickFull: the blocks of one tick add up to more than it holds.
    """
    sums = _sums(blocks)
    accepted = min(target_units, sum(sums))
    if accepted == 0:
        return NOTHING
    below = 0
    for tick in range(TICKS):
        if below + sums[tick] >= accepted:
            break
        below += sums[tick]
    return Result(
        accepted_units=accepted,
        marginal_tick=tick,
        fraction=(accepted - below) * WHOLE // sums[tick],
    )


def awards(result: Result, blocks: Sequence[Block]) -> tuple[int, ...]:
    """Give what is accepted of each block, in units, rounded down."""
    return tuple(_award(result, block) for block in blocks)


def reserved_up(result: Result, ask: Ask, units: int) -> int:
    """Give what so many accepted units can cost the utility at most."""
    return cost_up(units * ask.unit_milliwh, ask.price_per_kwh(result.marginal_tick))


def money_down(result: Result, ask: Ask, blocks: Sequence[Block], paid_milliwh: int) -> int:
    """Give what a metered reduction is paid, its cheapest blocks first, rounded down."""
    if ask.rule is PricingRule.UNIFORM:
        return paid_milliwh * ask.price_per_kwh(result.marginal_tick) // MILLIWH_PER_KWH
    worth = 0
    for block, award in zip(blocks, awards(result, blocks), strict=True):
        part = min(paid_milliwh, award * ask.unit_milliwh)
        worth += part * ask.price_per_kwh(block.tick)
        paid_milliwh -= part
    return worth // MILLIWH_PER_KWH


def _award(result: Result, block: Block) -> int:
    if result.accepted_units == 0 or block.tick > result.marginal_tick:
        return 0
    if block.tick < result.marginal_tick:
        return block.energy_units
    return block.energy_units * result.fraction // WHOLE


def _sums(blocks: Iterable[Block]) -> list[int]:
    sums = [0] * TICKS
    for block in blocks:
        sums[block.tick] += block.energy_units
    for tick, energy_units in enumerate(sums):
        if energy_units > MOST_CELL_UNITS:
            raise TickFull(f"{energy_units} units at tick {tick} are more than {MOST_CELL_UNITS}")
    return sums
