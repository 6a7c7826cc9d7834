"""What a bid counts for against the day's budget, from its sending to its settlement."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.auction.settlement import deposit_up
from node.core.budget import Spent
from node.core.trading.money import Room, budget_left, count, most_cost, recount, within
from node.core.trading.state import Counted
from tests.factories.auction_markets import orders
from tests.factories.home import CALENDAR_S, DAY
from tests.factories.market import market
from tests.factories.trading import BID, MONEY, OFFER, K, cleared, place, placed, trading

COST = 17_300
"""100 Wh at tick 31, 0.173 a kWh."""
COUNTED = trading(
    spent=Spent(day=DAY, amount=20_000 + COST),
    counted=(Counted(interval=K, day=DAY, amount=COST),),
)


def recounted(**found):
    after = recount(COUNTED, market(**found), CALENDAR_S)
    return after.spent.amount - 20_000, len(after.counted)


def test_a_bid_counts_its_energy_at_its_higher_limit_and_an_offer_nothing():
    dear = replace(BID, chp_tick=40)

    assert (most_cost(BID, MONEY), most_cost(dear, MONEY), most_cost(OFFER, MONEY)) == (
        COST,
        20_000,
        0,
    )


def test_a_bid_is_counted_once_and_one_that_replaces_it_adds_the_difference():
    began = trading(spent=Spent(day=DAY, amount=20_000))

    first = count(began, place(BID), MONEY, CALENDAR_S)
    more = count(first, place(replace(BID, energy_units=200)), MONEY, CALENDAR_S)
    less = count(more, place(replace(BID, energy_units=50)), MONEY, CALENDAR_S)

    assert first == COUNTED
    assert more.spent.amount == less.spent.amount == 20_000 + 2 * COST


def test_an_offer_is_not_counted():
    assert count(trading(), place(OFFER), MONEY, CALENDAR_S) == trading()


@pytest.mark.parametrize(
    ("found", "amount", "entries"),
    [
        ({"orders": (placed(),)}, COST, 1),
        ({"orders": (placed(replace(BID, energy_units=50)),)}, COST // 2, 1),
        ({"orders": (placed(replace(BID, energy_units=0)),)}, 0, 1),
        ({}, 0, 0),
        ({"orders": (placed(),), "cleared": (cleared(),)}, 0, 0),
        ({"orders": (placed(),), "cleared": (cleared(OFFER),)}, COST, 0),
        ({"orders": (placed(),), "cleared": (cleared(replace(OFFER, tick=0)),)}, 8_000, 0),
        ({"cleared": (cleared(OFFER),)}, COST, 0),
        ({"tariffs": ()}, COST, 1),
    ],
    ids=[
        "stands",
        "smaller",
        "cancelled",
        "gone",
        "not filled",
        "filled",
        "filled for less",
        "settled",
        "no tariff",
    ],
)
def test_a_counted_bid_is_made_to_agree_with_the_chain(found, amount, entries):
    assert recounted(**found) == (amount, entries)


def test_what_comes_back_on_a_later_day_is_not_that_days():
    tomorrow = replace(COUNTED, spent=Spent(day=DAY + 1, amount=5_000))

    later = recount(tomorrow, market(), CALENDAR_S + 86_400)

    assert (later.spent, later.counted) == (tomorrow.spent, ())


def test_the_budget_that_is_left_has_the_bid_that_would_be_replaced():
    assert budget_left(COUNTED, CALENDAR_S, K, 50_000) == 50_000 - 20_000
    assert budget_left(COUNTED, CALENDAR_S, K + 1, 50_000) == 50_000 - 20_000 - COST


ORDERS = orders(0, 10_000)


@given(order=ORDERS, deposit=st.integers(-5, 10**7), budget=st.integers(-5, 10**7))
def test_a_cut_order_has_room_and_one_unit_more_would_not(order, deposit, budget):
    room = Room(deposit=max(0, deposit), capped=False, budget=budget)

    found, bound = within(order, MONEY, room)

    assert found.energy_units <= order.energy_units
    assert bool(bound) == (found != order)
    assert deposit_up(found, MONEY) <= room.deposit
    assert most_cost(found, MONEY) <= max(0, budget)
    if bound:
        more = replace(found, energy_units=found.energy_units + 1)
        fits = deposit_up(more, MONEY) <= room.deposit and most_cost(more, MONEY) <= budget
        assert not fits
