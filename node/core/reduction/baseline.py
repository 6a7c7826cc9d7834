"""Say what a home would have drawn in a window, by what its meter told of like days before.

The same rule as the contract's, to the milliwatt-hour. Like days are working days or weekends, the
newest first, of some calendar days back; days on which the meter won a reduction and days whose
window the meter did not tell are left out. Their mean counts, never their highest. What counts of a
day is import less export, and not below 0: who exports more reduces nothing.

The adjustment moves the mean by what the same day was unlike those days before, by some per cent at
most. Its hours end before the request was made: hours that a home knows to count can be gamed.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass

DAY_S = 86_400
LEAST_DAYS = 3
"""Fewer say nothing: then the baseline is what the utility posted before, or 0."""
_WORKING_DAYS = 5
_DAYS_TO_MONDAY = 3
"""The year 1970 began with a Thursday."""

Rise = Callable[[int, int], int | None]
"""What a meter drew from a boundary on over so many intervals, in milliwatt-hours: import less
export, and not below 0. None where it has not told both ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRules:
    """Hold what the contract fixed for ever; `utc_offset_s` is added to find a day's begin."""

    interval_s: int
    days: int
    back_days: int
    adjust_percent: int
    adjust_intervals: int
    utc_offset_s: int

    @property
    def step(self) -> int:
        """Give a day's boundaries."""
        return DAY_S // self.interval_s

    def day_of(self, boundary: int) -> int:
        """Give the local day that a boundary lies in, counted since 1970."""
        return (boundary * self.interval_s + self.utc_offset_s) // DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hold when less is asked for: from a boundary on, so many intervals.

    `requested` is the last boundary before the request was made.
    """

    first: int
    length: int
    requested: int

    @property
    def end(self) -> int:
        """Give the boundary that it ends at."""
        return self.first + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Hold what a home would have drawn, and how many days say so (0: nobody has)."""

    milliwh: int
    days: int


def is_working_day(day: int) -> bool:
    """Tell whether a local day is one of Monday to Friday."""
    return (day + _DAYS_TO_MONDAY) % 7 < _WORKING_DAYS


def like_days(day: int, event_days: Set[int], back_days: int) -> list[int]:
    """Give how many days back each like day lies, the newest first."""
    return [
        back
        for back in range(1, back_days + 1)
        if is_working_day(day - back) == is_working_day(day) and day - back not in event_days
    ]


def baseline(
    window: Window, event_days: Set[int], rise: Rise, posted_milliwh: int, rules: BaselineRules
) -> Baseline:
    """Give a window's baseline; `posted_milliwh` is the utility's for one interval, 0 for none."""
    like = like_days(rules.day_of(window.first), event_days, rules.back_days)
    told: list[int] = []
    looked_at: list[int] = []
    for back in like:
        if len(told) == rules.days:
            break
        looked_at.append(back)
        drawn = rise(window.first - back * rules.step, window.length)
        if drawn is not None:
            told.append(drawn)
    if len(told) < LEAST_DAYS:
        return Baseline(milliwh=posted_milliwh * window.length, days=0)
    mean = sum(told) // len(told)
    return Baseline(
        milliwh=mean + _adjustment(window, looked_at, mean, rise, rules), days=len(told)
    )


def _adjustment(
    window: Window, looked_at: list[int], mean: int, rise: Rise, rules: BaselineRules
) -> int:
    """Give what the same day moves a mean by; untold, it is taken for the lowest."""
    first = window.requested - rules.adjust_intervals
    most = mean * rules.adjust_percent // 100
    if most == 0 or rules.day_of(first) != rules.day_of(window.first):
        return 0
    today = rise(first, rules.adjust_intervals)
    drawn = [rise(first - back * rules.step, rules.adjust_intervals) for back in looked_at]
    told = [energy for energy in drawn if energy is not None]
    if today is None or not told:
        return -most
    more = (today * len(told) - sum(told)) * window.length
    return max(-most, min(most, more // (len(told) * rules.adjust_intervals)))
