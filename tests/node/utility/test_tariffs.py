"""The grid's prices by local time, over weekdays and over the days that have 23 and 25 hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from node.core.auction.tariff import Tariff
from node.utility.tariffs import Band, Tariffs

BERLIN = "Europe/Berlin"
NIGHT = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=1_000)
DAY = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
EVENING = Tariff(feed_in_per_kwh=90_000, tick_size_per_kwh=4_000)
ALL, WORKDAYS = frozenset(range(7)), frozenset(range(5))
TARIFFS = Tariffs(
    BERLIN,
    [
        Band(begins_min=17 * 60, weekdays=WORKDAYS, tariff=EVENING),
        Band(begins_min=2 * 60 + 30, weekdays=ALL, tariff=DAY),
        Band(begins_min=22 * 60, weekdays=ALL, tariff=NIGHT),
    ],
)


def at(year: int, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> float:
    zone = ZoneInfo(BERLIN)
    return datetime(year, month, day, hour, minute, tzinfo=zone, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("instant_s", "tariff"),
    [
        # A Friday in summer.
        (at(2026, 7, 3, 2, 29), NIGHT),
        (at(2026, 7, 3, 2, 30), DAY),
        (at(2026, 7, 3, 16, 59), DAY),
        (at(2026, 7, 3, 17), EVENING),
        (at(2026, 7, 3, 22), NIGHT),
        # The day after has no evening of its own, and the night goes on over midnight.
        (at(2026, 7, 4, 0), NIGHT),
        (at(2026, 7, 4, 17), DAY),
    ],
)
def test_a_band_holds_until_another_one_begins(instant_s: float, tariff: Tariff) -> None:
    assert TARIFFS.at(instant_s) == tariff


def test_on_the_day_of_23_hours_a_band_that_begins_in_the_gap_begins_after_it() -> None:
    # At 2 o'clock it is 3 o'clock.
    gap_s = at(2026, 3, 29, 3)
    found = [TARIFFS.at(gap_s + hours * 3600) for hours in range(-4, 24)]

    # Midnight comes two hours before the gap, and 22 o'clock 19 hours after it.
    assert found == [NIGHT] * 4 + [DAY] * 19 + [NIGHT] * 5


def test_on_the_day_of_25_hours_the_hour_that_comes_twice_has_the_same_prices_twice() -> None:
    first_s, second_s = at(2026, 10, 25, 2, 45), at(2026, 10, 25, 2, 45, fold=1)
    between_s = at(2026, 10, 25, 2, 15, fold=1)

    assert second_s - first_s == 3600
    assert TARIFFS.at(first_s) == TARIFFS.at(second_s) == DAY
    assert TARIFFS.at(between_s) == NIGHT


def test_a_band_of_one_weekday_holds_for_the_week() -> None:
    weekly = Tariffs("UTC", [Band(begins_min=600, weekdays=frozenset({2}), tariff=DAY)])

    assert {weekly.at(hours * 3600) for hours in range(0, 24 * 14)} == {DAY}


def test_without_bands_nothing_is_wanted() -> None:
    assert Tariffs("UTC", []).at(0) is None
