"""The parts of the village for which time waits, each with the sign that it is there."""

from collections.abc import Callable
from dataclasses import dataclass

from village.chain import Miner
from village.chips.bus import PlayedBus
from village.contacts import ContactFollower
from village.households import SAMPLE_PERIOD_S

LATE_S = SAMPLE_PERIOD_S / 2
"""Seconds of handed-out time; what comes so late would be late on a real street, too."""

BLUR_S = 0.001
"""More than what is cut off of an instant that is worked out."""

IsRunning = Callable[[], bool]
"""Tell whether a process is there and not stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePart:
    """Wait for a home: it has its chips sampled once in each period.

    The sign is of the sample's last line, and one in a sample: whoever is slow at reading two dozen
    registers is waited for in the midst of them, too.
    """

    name: str
    bus: PlayedBus
    is_running: IsRunning

    def may_run_to_s(self) -> float:
        """Give when the next sample is late."""
        return self.bus.sampled_at_s + SAMPLE_PERIOD_S + LATE_S

    def is_waited_for(self) -> bool:
        """Tell whether the home runs, and its bus answers."""
        return not self.bus.hung and not self.bus.stretch_s and self.is_running()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPart:
    """Wait for the relay, and for what it has told of its contacts until now."""

    name: str
    follower: ContactFollower
    is_running: IsRunning

    def may_run_to_s(self) -> float:
        """Give when the relay's next answer is late."""
        return self.follower.answered_at_s + SAMPLE_PERIOD_S + LATE_S

    def is_waited_for(self) -> bool:
        """Tell whether the relay runs."""
        return self.is_running()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPart:
    """Wait for the block that is due."""

    name: str
    miner: Miner
    is_running: IsRunning

    def may_run_to_s(self) -> float:
        """Give when the next block is late."""
        return self.miner.due_at_s + LATE_S

    def is_waited_for(self) -> bool:
        """Tell whether the chain runs."""
        return self.is_running()
