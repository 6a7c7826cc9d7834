"""List the scenes of the market: what the utility or the chain does to a street's day.

Each is the honest day played again, of the same homes and date. What is different in it, and what
may still be expected of it, stands here and nowhere else.
"""

from dataclasses import dataclass
from enum import Enum


class Lie(Enum):
    """Say what a utility does falsely; `village.market.dishonest` does it."""

    SILENT = "silent"
    FALSE_PAIRINGS = "false-pairings"
    UNCLEARED = "uncleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Hold one scene; `told` says it in a sentence.

    The utility asks `prices` times the honest prices, and the chain stands still for so many hours
    of the calendar. The rest is what is expected: that somebody clears each interval before its
    delivery, that something is published of it by then, that this is true, and that homes trade.
    """

    name: str
    told: str
    lie: Lie | None = None
    prices: int = 1
    stands_hours: int = 0
    clears: bool = True
    publishes: bool = True
    is_true: bool = True
    trades: bool = True


HONEST = Scene(name="honest", told="utility and chain do what they should")
SCENES = {
    scene.name: scene
    for scene in (
        Scene(
            name="silent",
            told="the utility clears and settles, and publishes nothing",
            lie=Lie.SILENT,
            publishes=False,
        ),
        Scene(
            name="false-pairings",
            told="the utility publishes the opposite: who is paired is left out, who is not is"
            " paired",
            lie=Lie.FALSE_PAIRINGS,
            is_true=False,
        ),
        Scene(
            name="dear",
            told="the utility posts a tariff that is ten times too high",
            prices=10,
            trades=False,
        ),
        Scene(
            name="uncleared",
            told="the utility publishes, and clears and settles nothing",
            lie=Lie.UNCLEARED,
        ),
        Scene(
            name="standstill",
            told="the chain stands still for 25 hours from the midst of the day on, longer than"
            " any deadline",
            stands_hours=25,
            clears=False,
            publishes=False,
        ),
    )
}
