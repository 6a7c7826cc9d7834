"""Say how fast a day was really played, what it waited for, and what was late all the same."""

from dataclasses import dataclass

from village.households import FULL_SPEED
from village.plant.homes_data import HOUR_S
from village.time.timekeeper import Waits

SHOWN_S = 0.5
"""Real seconds; a part that was waited for less is not worth a word."""
MOST_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Count what came late in the village's own time, though whoever owed it was well."""

    samples: int
    leases: int
    consents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Hold a day's length in calendar and in real seconds; `most` is the speed asked for."""

    calendar_s: float
    real_s: float
    most: float
    blocks: int
    waits: Waits
    late: Late

    @property
    def speed(self) -> float:
        """Give the calendar seconds that were played in a real one."""
        return self.calendar_s / self.real_s if self.real_s else 0.0

    @property
    def blocks_per_hour(self) -> float:
        """Give the blocks of a played hour."""
        return self.blocks * HOUR_S / self.calendar_s if self.calendar_s else 0.0

    def lines(self) -> list[str]:
        """Write it for people."""
        waited = [one for one in self.waits.seconds if one[1] >= SHOWN_S]
        names = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in waited[:MOST_SHOWN])
        late = self.late
        return [
            f"Time: {self.calendar_s / HOUR_S:.1f} hours in {self.real_s:.0f} s, at speed"
            f" {self.speed:.0f} of {self.most:.0f}; {self.blocks_per_hour:.1f} blocks an hour",
            f"  stood still for {names}" if names else "  stood still for nobody",
            f"  late in its own time: {late.samples} samples, {late.leases} leases,"
            f" {late.consents} consents; went on without a part {self.waits.given_up} times",
        ]

    def as_plain(self) -> dict[str, object]:
        """Give it for programs."""
        return {
            "speed": self.speed,
            "full_speed": FULL_SPEED,
            "blocks_per_hour": self.blocks_per_hour,
            "waited_s": dict(self.waits.seconds),
            "given_up": self.waits.given_up,
            "late": {
                "samples": self.late.samples,
                "leases": self.late.leases,
                "consents": self.late.consents,
            },
        }
