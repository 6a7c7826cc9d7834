import pytest

from node.core.sharing.prices import (
    Fixed,
    GridPrices,
    Hours,
    LocalTime,
    Middle,
    SupplyOverDemand,
    TimeOfUse,
    price_per_kwh,
)

GRID = GridPrices(feed_in_per_kwh=80_000, retail_per_kwh=269_001)
MONDAY, SUNDAY = 0, 6
EVERY_DAY = frozenset(range(7))


def at_time(hour, minute=0, weekday=MONDAY):
    return LocalTime(weekday=weekday, minute=60 * hour + minute)


NOON = at_time(12)


def price(rule, at=NOON, need=1, surplus=1):
    return price_per_kwh(rule, GRID, at, need=need, surplus=surplus)


def hours(begin, end, weekdays, price_per_kwh):
    return Hours(
        begin_minute=60 * begin,
        end_minute=60 * end,
        weekdays=weekdays,
        price_per_kwh=price_per_kwh,
    )


def test_a_fixed_price_holds_always():
    assert price(Fixed(price_per_kwh=170_000)) == 170_000


def test_the_middle_lies_between_the_tariffs_rounded_down():
    assert price(Middle()) == 174_500


@pytest.mark.parametrize(
    ("need", "surplus", "asked"),
    [
        (100, 0, 269_001),
        (100, 50, 174_501),  # 189,001 * 50 / 100 = 94,500.5, rounded down
        (100, 100, 80_000),
        (100, 500, 80_000),
        (0, 10, 80_000),
    ],
)
def test_supply_over_demand_falls_from_retail_to_feed_in(need, surplus, asked):
    assert price(SupplyOverDemand(), need=need, surplus=surplus) == asked


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        (at_time(16, 59), 150_000),
        (at_time(17), 200_000),
        (at_time(20, 59), 200_000),
        (at_time(21), 150_000),
        (at_time(23), 100_000),
        (at_time(5, 59), 100_000),
        (at_time(6), 150_000),
        (at_time(17, weekday=SUNDAY), 150_000),
    ],
)
def test_hours_of_use_hold_from_their_begin_until_their_end(at, asked):
    rule = TimeOfUse(
        hours=(
            hours(17, 21, frozenset(range(5)), 200_000),
            hours(22, 6, EVERY_DAY, 100_000),
        ),
        otherwise_per_kwh=150_000,
    )

    assert price(rule, at) == asked


def test_hours_until_midnight_hold_to_the_days_end():
    evening = hours(20, 0, EVERY_DAY, 1)

    assert evening.hold(at_time(23, 45))
    assert not evening.hold(at_time(0))
