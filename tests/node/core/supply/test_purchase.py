"""What is bought, from whom, for how much; and why not."""

from dataclasses import replace

import pytest

from node.core.budget import Spent, give_back, spend, spent_today
from node.core.holdoff import HoldOff
from node.core.supply.purchase import BuyerMemory, Obstacle, merit_order, order_from, reachable
from node.core.units import cost_up
from tests.factories.home import (
    CALENDAR_S,
    DAY,
    NOW_S,
    chain_view,
    connection,
    draw,
    observation,
    offer,
    open_order,
    order,
    pending,
    relay_view,
)
from tests.factories.settings import (
    HOME,
    NEIGHBOUR,
    SELLER1,
    SELLER2,
    purchase_settings,
    seller_settings,
)

SELLER = seller_settings("seller1")


def memory(**changes):
    plain = BuyerMemory(draws=(), hold_offs=(), spent=Spent(day=DAY, amount=0), pending=())
    return replace(plain, **changes)


def choose(*, offered=None, soc_pct=19.4, chain=None, remembered=None, seller=SELLER, **limits):
    view = chain or chain_view()
    return order_from(
        seller,
        offered or offer(),
        observation(soc_pct=soc_pct, chain=view),
        purchase_settings(**limits),
        remembered or memory(),
    )


def test_an_order_is_what_the_battery_lacks_and_the_margin():
    assert open_order() == choose()


def test_without_a_known_capacity_only_the_margin_is_bought():
    assert choose(battery_milliwh=0).energy_milliwh == 200_000


def test_above_the_limit_only_the_margin_is_bought():
    """So a successor is sized while the battery recovers on the seller."""
    assert choose(soc_pct=25.0).energy_milliwh == 200_000


def test_an_order_is_never_below_the_sellers_least():
    assert choose(offered=offer(least_milliwh=500_000)).energy_milliwh == 500_000


def test_an_order_is_never_above_what_is_on_offer():
    assert choose(offered=offer(available_milliwh=90_000)).energy_milliwh == 90_000


def test_an_order_is_rounded_to_what_costs_whole_base_units():
    bought = choose(margin_milliwh=199_999)

    assert (bought.energy_milliwh, bought.max_cost) == (206_000, 37_080)


def test_the_days_budget_bounds_an_order():
    bought = choose(remembered=memory(spent=Spent(day=DAY, amount=4_982_000)))

    assert (bought.energy_milliwh, bought.max_cost) == (100_000, 18_000)


def test_the_tokens_in_hand_bound_an_order():
    assert choose(chain=chain_view(tokens=18_000)).max_cost == 18_000


def test_what_the_sale_may_take_bounds_an_order():
    assert choose(chain=replace(chain_view(), allowed=18_000)).max_cost == 18_000


def test_yesterdays_spending_does_not_count():
    assert open_order() == choose(remembered=memory(spent=Spent(day=DAY - 1, amount=5_000_000)))


@pytest.mark.parametrize(
    ("why", "case"),
    [
        ("seller1: no offer", {"offered": offer(available_milliwh=0)}),
        ("seller1: its offer has run out", {"offered": offer(until_s=CALENDAR_S)}),
        (
            "seller1: 0.18/kWh is above the limit 0.17/kWh",
            {"seller": replace(SELLER, max_price_per_kwh=170_000)},
        ),
        (
            "seller1: the day's budget 5 is spent",
            {"remembered": memory(spent=Spent(day=DAY, amount=5_000_000))},
        ),
        (
            "seller1: 0.001 tokens do not buy the least order 10 Wh",
            {"chain": chain_view(tokens=1_000)},
        ),
        (
            "seller1: the sale may take 0.001 tokens, which do not buy the least order 10 Wh"
            " (`node allow` lets it take more)",
            {"chain": replace(chain_view(), allowed=1_000)},
        ),
        (
            "seller1: 9 Wh on offer is below the least order 10 Wh",
            {"offered": offer(available_milliwh=9_000)},
        ),
        (
            "seller1: no number is free, for its places hold open orders",
            {"remembered": memory(draws=(draw(5), draw(6)))},
        ),
    ],
)
def test_what_forbids_an_order_is_named(why, case):
    assert Obstacle(sentence=why, held_off=False) == choose(**case)


def test_a_seller_without_an_offer_on_chain_is_passed_over():
    found = order_from(SELLER, None, observation(), purchase_settings(), memory())

    assert Obstacle(sentence="seller1: no offer", held_off=False) == found


def test_without_a_view_of_the_chain_nothing_is_bought():
    found = order_from(SELLER, offer(), observation(chain=None), purchase_settings(), memory())

    assert Obstacle(sentence="seller1: no offer", held_off=False) == found


def test_a_held_off_seller_is_passed_over_until_its_pause_ends():
    held = memory(hold_offs=(HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30),))
    ended = memory(hold_offs=(HoldOff(seller=SELLER1, failures=1, until_s=NOW_S),))

    assert Obstacle(sentence="seller1: held off for 30 s", held_off=True) == choose(remembered=held)
    assert open_order() == choose(remembered=ended)


def test_an_offer_ends_by_the_chains_time_estimated_between_blocks():
    view = chain_view(observed_at_s=NOW_S - 30)

    assert isinstance(
        choose(chain=view, offered=offer(until_s=CALENDAR_S + 31)), type(open_order())
    )
    assert isinstance(choose(chain=view, offered=offer(until_s=CALENDAR_S + 30)), Obstacle)


@pytest.mark.parametrize(
    ("taken", "chain", "number"),
    [
        ((), chain_view(), 7),
        ((draw(6),), chain_view(), 7),
        ((draw(5),), chain_view(), 8),
        ((draw(5, seller=SELLER2),), chain_view(), 7),
        ((), chain_view(orders=(order(5),)), 8),
        ((), chain_view(last_number=40), 41),
    ],
)
def test_a_number_follows_the_newest_and_takes_a_free_place(taken, chain, number):
    assert number == choose(chain=chain, remembered=memory(draws=taken)).number


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ((), 7),
        ((open_order(7, seller=SELLER2),), 8),
        ((open_order(8, seller=SELLER2),), 7),
        ((open_order(7),), 8),
        ((open_order(8),), 7),
    ],
)
def test_a_number_is_one_of_two_and_not_that_of_an_own_order_under_way(asked, number):
    under_way = tuple(pending(order) for order in asked)

    assert choose(remembered=memory(pending=under_way)).number == number


def test_with_two_orders_under_way_no_number_is_left():
    seven, eight = open_order(7, seller=SELLER2), open_order(8, seller=SELLER2)
    both = memory(pending=(pending(seven), pending(eight)))

    assert "no number is free" in choose(remembered=both).sentence


def test_an_order_that_is_confirmed_before_its_block_is_seen_keeps_its_number():
    assert choose(remembered=memory(draws=(draw(7, seller=SELLER2),))).number == 8


@pytest.mark.parametrize(("last", "number"), [(2**32 - 3, 2**32 - 2), (2**32 - 2, 2**32 - 1)])
def test_numbers_end_where_the_sale_counts_no_further(last, number):
    assert choose(chain=chain_view(last_number=last)).number == number
    assert isinstance(choose(chain=chain_view(last_number=2**32 - 1)), Obstacle)


def test_sellers_come_by_price_and_then_as_in_the_file():
    equal = chain_view(offers=(offer(SELLER2), offer(SELLER1, price_per_kwh=250_000)))
    cheaper = chain_view(offers=(offer(SELLER1), offer(SELLER2, price_per_kwh=100_000)))
    missing = chain_view(offers=(offer(SELLER2),))

    def names(view):
        return [seller.name for seller, _ in merit_order(purchase_settings(), view)]

    assert names(equal) == ["seller1", "seller2"]
    assert names(cheaper) == ["seller2", "seller1"]
    assert names(missing) == ["seller2", "seller1"]


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("the relay is away", {"relay_lost_at_s": NOW_S}),
        ("the relay has no connection to it for this home", {"relay": None}),
        (
            "the relay has no connection to it for this home",
            {"relay": relay_view(connection(0, holder=NEIGHBOUR))},
        ),
        ("no consent stands at the relay", {"relay": relay_view(connection(consents_stand=False))}),
        (
            "a contact at the relay is stuck, channel 3",
            {"relay": relay_view(connection(barred_by=(3,)))},
        ),
        (
            "its source feeds another home",
            {"relay": relay_view(busy_sources=frozenset({"seller1"}))},
        ),
    ],
)
def test_what_keeps_a_seller_out_of_reach_is_named(why, changes):
    found = reachable(SELLER, observation(**changes), purchase_settings())

    assert Obstacle(sentence=f"seller1: {why}", held_off=False) == found


def test_a_source_that_feeds_this_home_is_not_busy_for_it():
    own = connection(closed=True)
    relay = relay_view(own, busy_sources=frozenset({"seller1"}))

    assert own == reachable(SELLER, observation(relay=relay), purchase_settings())


@pytest.mark.parametrize("wired", [{"channels": (3, 2)}, {"connection": 1}, {"account": SELLER2}])
def test_a_connection_is_found_by_channels_by_number_or_by_account(wired):
    found = reachable(replace(SELLER, **wired), observation(), purchase_settings())

    assert connection(1) == found


def test_spending_adds_up_over_a_day_and_begins_again_with_the_next():
    spent = spend(Spent(day=DAY, amount=100), CALENDAR_S, 50)

    assert Spent(day=DAY, amount=150) == spent
    assert spent_today(spent, CALENDAR_S) == 150
    assert spent_today(spent, CALENDAR_S + 86_400) == 0
    assert Spent(day=DAY + 1, amount=7) == spend(spent, CALENDAR_S + 86_400, 7)


@pytest.mark.failure(
    part="readings",
    failure="the clock goes back a day",
    money="what was spent on the later day still counts",
)
def test_a_clock_that_goes_back_does_not_spend_a_days_budget_again():
    spent = Spent(day=DAY, amount=100)

    assert spent_today(spent, CALENDAR_S - 86_400) == 100
    assert spend(spent, CALENDAR_S - 86_400, 50) == Spent(day=DAY, amount=150)
    assert spent_today(spend(spent, CALENDAR_S - 86_400, 50), CALENDAR_S) == 150


def test_what_is_given_back_counts_for_its_own_day_alone():
    spent = Spent(day=DAY, amount=100)

    assert Spent(day=DAY, amount=60) == give_back(spent, DAY, 40)
    assert spent == give_back(spent, DAY - 1, 40)
    assert Spent(day=DAY, amount=0) == give_back(spent, DAY, 400)


def test_no_order_costs_more_than_is_left_of_the_budget():
    for price in range(1, 1_000_000, 7_919):
        for amount in (0, 4_999_000, 4_999_999):
            spent = memory(spent=Spent(day=DAY, amount=amount))
            found = choose(offered=offer(price_per_kwh=price, least_milliwh=1), remembered=spent)
            if not isinstance(found, Obstacle):
                assert amount + found.max_cost <= 5_000_000
                assert found.max_cost == cost_up(found.energy_milliwh, price)
                assert found.seller != HOME
