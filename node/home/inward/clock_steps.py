"""Notice that the calendar jumps: network time has arrived, or somebody set the clock."""

CLOCK_STEP_S = 2.0
CLOCK_STEP_SHOWN_S = 60.0


class ClockSteps:
    """Compare the calendar with the monotonic clock, from look to look."""

    def __init__(self, speed: float, now_s: float, calendar_s: float) -> None:
        self._speed = speed
        self._clocks = (now_s, calendar_s)
        self._stepped: tuple[float, str] | None = None

    def look(self, now_s: float, calendar_s: float) -> str | None:
        """Take both clocks; give how far the calendar jumped, for a minute."""
        real_s = now_s - self._clocks[0]
        shown_s = (calendar_s - self._clocks[1]) / self._speed
        self._clocks = (now_s, calendar_s)
        if abs(shown_s - real_s) > CLOCK_STEP_S:
            self._stepped = (now_s, f"by {shown_s - real_s:+.0f} s")
        elif self._stepped is not None and now_s - self._stepped[0] > CLOCK_STEP_SHOWN_S:
            self._stepped = None
        return self._stepped[1] if self._stepped is not None else None
