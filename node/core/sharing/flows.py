"""Say whose energy reached whom in an interval, where a key tells only what each got and gave."""

from collections.abc import Iterator
from dataclasses import dataclass

from node.core.sharing.keys import Shared
from node.core.sharing.split import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Hold an energy above 0 from one member to another, by their places."""

    giver: int
    taker: int
    energy_milliwh: int


def flows(shared: Shared) -> Iterator[Flow]:
    """Give everybody's energy from each giver: in proportion to what givers have left to give.

    Electricity has no owner in a grid, so any such answer is one of bookkeeping. This one adds up
    exactly, by giver and by taker, and differs from the proportion by rounding alone.
    """
    left = list(shared.given)
    for taker, energy in enumerate(shared.got):
        for giver, part in enumerate(split(energy, left)):
            if part:
                left[giver] -= part
                yield Flow(giver=giver, taker=taker, energy_milliwh=part)
