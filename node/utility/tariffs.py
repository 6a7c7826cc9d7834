"""Tell the grid's prices by local time: each band holds from its time of day until another begins.

An interval has the prices of the instant at which it begins. Days of 23 and 25 hours come out
right because only the clock on the wall is looked at, never a count of hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from node.core.auction.tariff import Tariff

_DAYS_OF_A_WEEK = 7
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Hold prices, the minute of the day at which they begin, and on which weekdays (Monday 0)."""

    begins_min: int
    weekdays: frozenset[int]
    tariff: Tariff


class Tariffs:
    """Hold the bands of one time zone."""

    def __init__(self, zone: str, bands: Sequence[Band]) -> None:
        self._zone = ZoneInfo(zone)
        self._bands = sorted(bands, key=lambda band: band.begins_min)

    def at(self, instant_s: float) -> Tariff | None:
        """Give the prices at an instant (seconds since 1970); None without bands, or beyond
        the calendar."""
        try:
            local = datetime.fromtimestamp(instant_s, self._zone)
        except (ValueError, OverflowError, OSError):
            # The instant is a chain's, which may tell any.
            return None
        minute = local.hour * _MINUTES_PER_HOUR + local.minute
        for days_ago in range(_DAYS_OF_A_WEEK + 1):
            weekday = (local.weekday() - days_ago) % _DAYS_OF_A_WEEK
            for band in reversed(self._bands):
                if weekday in band.weekdays and (days_ago or band.begins_min <= minute):
                    return band.tariff
        return None
