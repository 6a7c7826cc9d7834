"""The two clocks: `monotonic`, never scaled, and `calendar`, scaled by `clock.speed` alone.

Sampling, leases, dwell and ages are monotonic. Interval boundaries, tariffs, order expiry and
metered time are calendar. An origin (a real and a calendar instant, both in seconds since 1970)
anchors a scaled calendar, so that a restarted node is on the same calendar.
"""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Read both clocks; `speed` is calendar seconds per real second."""

    speed: float
    origin_real_s: float
    origin_calendar_s: float

    def monotonic_s(self) -> float:
        """Read the clock that no adjustment of the wall clock can touch."""
        return time.monotonic()

    def calendar_s(self) -> float:
        """Read the calendar, in seconds since 1970 (UTC)."""
        return self.origin_calendar_s + (time.time() - self.origin_real_s) * self.speed


def real_time_clock() -> Clock:
    """Give the clock whose calendar is the wall clock itself."""
    return Clock(speed=1.0, origin_real_s=0.0, origin_calendar_s=0.0)
