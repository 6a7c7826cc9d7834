"""Expect the next clearing price from the last one at the same time of day.

The published result of each interval tells which side was left with part of its orders. Where
sellers were, their price falls by a step on the next day; where buyers were, it rises (tatonnement:
Walras, Elements of Pure Economics, 1874). Every home works it out from the same results, so all
expect the same, and a home that was away for a day needs only the last day's results. One memory
is for one kind of local energy. Prices are ticks of the tariff's ladder.
"""

from dataclasses import dataclass

from node.core.auction.clearing import WHOLE, Step
from node.core.auction.tariff import HIGHEST_TICK

STEP_TICKS = 6
LOWEST_EXPECTED = 13
HIGHEST_EXPECTED = HIGHEST_TICK - LOWEST_EXPECTED
"""A fifth of the ladder from its ends: at an end one side would have no reason to trade."""
_MIDDLE = HIGHEST_TICK // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMemory:
    """Hold the tick that is expected at each time of day, by interval number modulo the length."""

    ticks: tuple[int, ...]


def new_memory(intervals_per_day: int) -> PriceMemory:
    """Expect the middle of the ladder all day long."""
    return PriceMemory(ticks=(_MIDDLE,) * intervals_per_day)


def expected_tick(memory: PriceMemory, interval: int) -> int:
    """Give the tick that is expected in an interval."""
    return memory.ticks[interval % len(memory.ticks)]


def absorb_step(
    memory: PriceMemory, interval: int, step: Step, unsold_units: int, unserved_units: int
) -> PriceMemory:
    """Learn from an interval's published result of this kind, and what both kinds left over.

    Without a trade the price that was expected moves, by the side that stood alone.
    """
    at = interval % len(memory.ticks)
    if step.volume_units:
        was = step.price_tick
        rise = (step.buyer_fraction < WHOLE) - (step.seller_fraction < WHOLE)
    else:
        was = memory.ticks[at]
        rise = (unserved_units > unsold_units) - (unserved_units < unsold_units)
    tick = max(LOWEST_EXPECTED, min(HIGHEST_EXPECTED, was + rise * STEP_TICKS))
    return PriceMemory(ticks=(*memory.ticks[:at], tick, *memory.ticks[at + 1 :]))
