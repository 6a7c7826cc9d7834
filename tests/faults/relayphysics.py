"""The contacts of a played relay board as a meter would see them, at each single change.

Knows coils, welds and time; neither leases nor the interlock's state. A contact conducts while its
coil is energised or it is welded; a connection feeds while all its contacts conduct.
"""

import math
import random
from collections import Counter
from dataclasses import dataclass, field

from node.core.relay.board import Wiring

HELD_UP_S = (0.001, 0.02, 0.3)


class DriverFault(OSError):
    """Stand for a chip that does not answer any more."""


@dataclass
class Tally:
    """Count what happened; `least_dead_time_s` is infinite where nothing ever closed again."""

    events: int = 0
    closes: int = 0
    refusals: int = 0
    welds: int = 0
    dead_times: int = 0
    least_dead_time_s: float = math.inf
    starts: Counter[str] = field(default_factory=Counter)
    overlaps: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take another one's counts in."""
        self.events += other.events
        self.closes += other.closes
        self.refusals += other.refusals
        self.welds += other.welds
        self.dead_times += other.dead_times
        self.least_dead_time_s = min(self.least_dead_time_s, other.least_dead_time_s)
        self.starts += other.starts
        self.overlaps += other.overlaps


class Physics:
    """Hold coils, welds and the time, and judge each change."""

    def __init__(self, wiring: Wiring, tally: Tally, chance: random.Random) -> None:
        self._wiring = wiring
        self._tally = tally
        self._chance = chance
        self._welded: set[int] = set()
        self._feeding: frozenset[int] = frozenset()
        self._ended_s: dict[int, float] = {}
        self.now_s = 100.0
        self.coils: set[int] = set()
        self.fails_next = False

    def clock(self) -> float:
        """Give the monotonic time, in seconds."""
        return self.now_s

    def stuck(self, channel: int) -> bool | None:
        """Say whether a contact is held."""
        return True if channel in self._welded else None

    def moved(self, channel: int, closed: bool) -> None:
        """Change a coil; the process may be held up just before, and its driver fail just after."""
        if self._chance.random() < 0.05:
            self.now_s += self._chance.choice(HELD_UP_S)
        (self.coils.add if closed else self.coils.discard)(channel)
        self._tally.closes += closed
        self._judge()
        if self.fails_next:
            self.fails_next = False
            raise DriverFault("the chip does not answer")

    def fall(self) -> None:
        """Let every coil go at once, as without a process."""
        self.coils.clear()
        self._judge()

    def weld_or_free(self) -> None:
        """Weld a contact that conducts, or let one go that was welded."""
        if self._welded and self._chance.random() < 0.6:
            self._welded.discard(self._chance.choice(sorted(self._welded)))
        elif self.coils:
            self._welded.add(self._chance.choice(sorted(self.coils)))
            self._tally.welds += 1
        self._judge()

    def _judge(self) -> None:
        conducting = self.coils | self._welded
        feeding = frozenset(
            number
            for number, connection in enumerate(self._wiring.connections)
            if conducting.issuperset(connection.channels)
        )
        self._ended_s |= dict.fromkeys(self._feeding - feeding, self.now_s)
        for number in sorted(feeding - self._feeding):
            self._measure_dead_time(number)
        if feeding != self._feeding:
            self._feeding = feeding
            self._look_for_overlaps()

    def _measure_dead_time(self, number: int) -> None:
        own = self._wiring.connections[number]
        around = (
            other
            for other, connection in enumerate(self._wiring.connections)
            if {own.load, own.source} & {connection.load, connection.source}
        )
        ended_s = [self._ended_s[other] for other in around if other in self._ended_s]
        if ended_s:
            self._tally.dead_times += 1
            waited_s = self.now_s - max(ended_s)
            self._tally.least_dead_time_s = min(self._tally.least_dead_time_s, waited_s)

    def _look_for_overlaps(self) -> None:
        pairs = [
            (self._wiring.connections[number].load, self._wiring.connections[number].source)
            for number in sorted(self._feeding)
        ]
        loads = Counter(load for load, _ in pairs)
        sources = Counter(source for _, source in pairs)
        most = {source.name: source.max_loads for source in self._wiring.sources}
        wrong = [f"{load} has {count} sources" for load, count in loads.items() if count > 1]
        wrong += [f"{name} draws and delivers" for name in loads.keys() & sources.keys()]
        wrong += [
            f"{source} feeds {count} loads"
            for source, count in sources.items()
            if count > most.get(source, 1)
        ]
        self._tally.overlaps += [f"{self.now_s:.3f} s: {one}" for one in wrong]
