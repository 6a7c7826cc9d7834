"""The two clocks: `monotonic`, never scaled, and `calendar`, scaled by `clock.speed` alone.

Sampling, leases, dwell and ages are monotonic. Interval boundaries, tariffs, order expiry and
metered time are calendar. An origin (a real and a calendar instant, both in seconds since 1970)
anchors a scaled calendar, so that a restarted node is on the same calendar. Where the parameters
name a file of handed-out time (`clock.follow`, a village's alone), both clocks are read from it.
"""

import time
from dataclasses import dataclass

from node.system.followed_time import FollowedTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Read both clocks; `speed` is calendar seconds per real second.

    With `followed`, seconds of that time stand for real ones, in the origin, too.
    """

    speed: float
    origin_real_s: float
    origin_calendar_s: float
    followed: FollowedTime | None = None

    def monotonic_s(self) -> float:
        """Read the clock that no adjustment of the wall clock can touch."""
        return time.monotonic() if self.followed is None else self.followed.seconds()

    def calendar_s(self) -> float:
        """Read the calendar, in seconds since 1970 (UTC)."""
        real_s = time.time() if self.followed is None else self.followed.seconds()
        return self.origin_calendar_s + (real_s - self.origin_real_s) * self.speed


def real_time_clock() -> Clock:
    """Give the clock whose calendar is the wall clock itself."""
    return Clock(speed=1.0, origin_real_s=0.0, origin_calendar_s=0.0)
