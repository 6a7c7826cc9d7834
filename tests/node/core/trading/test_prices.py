from hypothesis import given
from hypothesis import strategies as st

from node.core.auction.clearing import WHOLE, Bid, Kind, Offer, Step, clear
from node.core.trading.prices import (
    HIGHEST_EXPECTED,
    LOWEST_EXPECTED,
    STEP_TICKS,
    absorb_step,
    expected_tick,
    new_memory,
)
from tests.factories.auction_markets import markets

FRESH = new_memory(24)
NOON = 24_000_012


def learned(memory, interval, orders):
    """Learn from an interval with these orders, of solar."""
    found = clear(orders)
    return absorb_step(memory, interval, found.solar, found.unsold_units, found.unserved_units)


def offer(tick, units):
    return Offer(kind=Kind.SOLAR, tick=tick, energy_units=units)


def bid(tick, units):
    return Bid(solar_tick=tick, chp_tick=0, energy_units=units)


def test_the_middle_is_expected_before_anything_is_known():
    assert expected_tick(FRESH, NOON) == 31


def test_a_surplus_lowers_the_price_of_that_time_of_day_alone():
    after = learned(FRESH, NOON, [offer(40, 300), bid(60, 100)])

    assert expected_tick(after, NOON + 24) == 40 - STEP_TICKS
    assert expected_tick(after, NOON + 1) == 31


def test_a_shortage_raises_it():
    after = learned(FRESH, NOON, [offer(40, 100), bid(60, 300)])

    assert expected_tick(after, NOON + 24) == 40 + STEP_TICKS


def test_where_all_is_traded_the_price_is_expected_again():
    after = learned(FRESH, NOON, [offer(40, 100), bid(60, 100)])

    assert expected_tick(after, NOON + 24) == 40


def test_a_side_that_stood_alone_moves_the_price_that_was_expected():
    assert expected_tick(learned(FRESH, NOON, [offer(63, 10)]), NOON) == 31 - STEP_TICKS
    assert expected_tick(learned(FRESH, NOON, [bid(1, 10)]), NOON) == 31 + STEP_TICKS
    assert learned(FRESH, NOON, []) == FRESH


def test_homes_that_expected_apart_expect_alike_after_one_trade():
    other = absorb_step(
        FRESH,
        NOON,
        Step(
            volume_units=1,
            price_tick=9,
            marginal_tick=9,
            seller_fraction=WHOLE,
            buyer_fraction=WHOLE,
        ),
        0,
        0,
    )

    market = [offer(40, 100), bid(60, 300)]

    assert learned(other, NOON + 24, market) == learned(FRESH, NOON + 24, market)


@given(st.lists(markets(), max_size=8))
def test_an_expected_price_keeps_off_the_ladders_ends(days):
    memory = FRESH
    for day, orders in enumerate(days):
        memory = learned(memory, NOON + 24 * day, orders)

    assert LOWEST_EXPECTED <= expected_tick(memory, NOON) <= HIGHEST_EXPECTED
