"""Say what shared energy costs in an interval: a record for each rule that a community may choose.

Prices are base units per kilowatt-hour. A community's own time decides hours and weekdays, so the
interval's local begin comes in, by whoever knows calendars; the grid's two prices come as those of
the interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """Hold a weekday (Monday is 0) and a minute of the day."""

    weekday: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Name one price for all hours."""

    price_per_kwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Name a price from one minute of the day until another, on some weekdays (Monday is 0).

    Midnight is minute 0; hours that end before they begin go on after midnight, and each of their
    parts belongs to the weekday on which it lies.
    """

    begin_minute: int
    end_minute: int
    weekdays: frozenset[int]
    price_per_kwh: int

    def hold(self, at: LocalTime) -> bool:
        """Say whether they hold at a local time."""
        if at.weekday not in self.weekdays:
            return False
        if self.begin_minute < self.end_minute:
            return self.begin_minute <= at.minute < self.end_minute
        return at.minute >= self.begin_minute or at.minute < self.end_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUse:
    """Name prices by hours, the first that hold, and one for all other times."""

    hours: Sequence[Hours]
    otherwise_per_kwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Middle:
    """Take the middle between the grid's two prices, rounded down to the base unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyOverDemand:
    """Take feed-in when there is as much to give as is needed, and retail when there is nothing."""


PriceRule = Fixed | TimeOfUse | Middle | SupplyOverDemand


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPrices:
    """Hold what the grid pays and asks in an interval."""

    feed_in_per_kwh: int
    retail_per_kwh: int


def price_per_kwh(
    rule: PriceRule, grid: GridPrices, at: LocalTime, *, need: int, surplus: int
) -> int:
    """Give the price of an interval that begins at a local time, with all members' sums (mWh).

    Supply over demand is `retail - floor((retail - feed-in) * min(need, surplus) / need)`, as on
    the chain.
    """
    match rule:
        case Fixed():
            return rule.price_per_kwh
        case TimeOfUse():
            holding = (hours.price_per_kwh for hours in rule.hours if hours.hold(at))
            return next(holding, rule.otherwise_per_kwh)
        case Middle():
            return (grid.feed_in_per_kwh + grid.retail_per_kwh) // 2
        case SupplyOverDemand():
            if need == 0:
                return grid.feed_in_per_kwh
            spread = grid.retail_per_kwh - grid.feed_in_per_kwh
            return grid.retail_per_kwh - spread * min(need, surplus) // need
        case _:
            assert_never(rule)
