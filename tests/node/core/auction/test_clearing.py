import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.market.exact import clear_exactly, off_ticks
from node.core.auction.clearing import (
    NO_TRADE,
    WHOLE,
    Bid,
    Fills,
    Kind,
    Offer,
    Step,
    clear,
    fills,
    preferred_kind,
)
from node.core.auction.tariff import Tariff
from tests.factories.auction_markets import markets

TARIFF = Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000)


def bid(energy, solar, chp=0):
    return Bid(solar_tick=solar, chp_tick=chp, energy_units=energy)


def offer(energy, tick, kind=Kind.SOLAR):
    return Offer(kind=kind, tick=tick, energy_units=energy)


def test_the_ladder_runs_from_feed_in_to_retail():
    assert (TARIFF.price_per_kwh(0), TARIFF.retail_per_kwh) == (100_000, 352_000)


@pytest.mark.parametrize(
    ("limit", "tick"), [(0, 0), (100_000, 0), (100_001, 1), (104_000, 1), (352_000, 63)]
)
def test_a_sellers_limit_rounds_up(limit, tick):
    assert tick == TARIFF.offer_tick(limit)


def test_a_sellers_limit_above_retail_is_refused():
    with pytest.raises(ValueError, match="above retail"):
        TARIFF.offer_tick(352_001)


@pytest.mark.parametrize(
    ("limit", "tick"), [(0, 0), (103_999, 0), (104_000, 1), (107_999, 1), (10**6, 63)]
)
def test_a_buyers_limit_rounds_down(limit, tick):
    assert tick == TARIFF.bid_tick(limit)


def test_nothing_offered_is_no_trade():
    cleared = clear([bid(10, 63)])

    assert (cleared.solar, cleared.chp) == (NO_TRADE, NO_TRADE)
    assert (cleared.unsold_units, cleared.unserved_units) == (0, 10)


def test_the_price_is_the_highest_matched_sellers_on_a_gap():
    cleared = clear([offer(10, 5), bid(10, 60)])

    assert cleared.solar == Step(
        volume_units=10,
        price_tick=5,
        marginal_tick=60,
        seller_fraction=WHOLE,
        buyer_fraction=WHOLE,
    )


def test_the_long_side_shares_the_marginal_tick_in_proportion():
    orders = [offer(7, 20), offer(14, 20), bid(9, 20), bid(3, 20)]

    cleared = clear(orders)

    assert cleared.solar.volume_units == 12
    assert [fills(cleared, order).solar_units for order in orders] == [3, 7, 9, 3]


def test_the_kind_that_more_buyers_prefer_clears_first():
    assert preferred_kind([bid(1, 5, 9), bid(1, 5, 9), bid(10**6, 9, 5)]) is Kind.CHP


def test_an_even_preference_clears_solar_first():
    assert preferred_kind([bid(1, 5, 9), bid(1, 9, 5), bid(1, 7, 7)]) is Kind.SOLAR


def test_what_solar_leaves_of_a_need_is_bought_from_chp():
    orders = [offer(10, 10), offer(10, 10, Kind.CHP), bid(8, 40, 20), bid(8, 30, 25)]

    cleared = clear(orders)

    assert fills(cleared, orders[2]) == Fills(solar_units=8, chp_units=0)
    assert fills(cleared, orders[3]) == Fills(solar_units=2, chp_units=6)
    assert (cleared.unsold_units, cleared.unserved_units) == (4, 0)


def test_three_buyers_of_a_unit_never_get_more_than_two():
    """Their rests, each floored by itself, fit the cell's floored rest; one unit is nobody's."""
    orders = [offer(2, 10), offer(9, 10, Kind.CHP), *(bid(1, 40, 20) for _ in range(3))]

    cleared = clear(orders)

    bought = [fills(cleared, order) for order in orders[2:]]
    assert sum(f.solar_units for f in bought) <= cleared.solar.volume_units == 2
    assert sum(f.chp_units for f in bought) <= cleared.chp.volume_units == 1


@settings(deadline=None)
@given(markets())
def test_fills_never_exceed_the_volume_nor_the_order(orders):
    cleared = clear(orders)
    found = [(order, fills(cleared, order)) for order in orders]

    for kind in Kind:
        volume = cleared.step(kind).volume_units
        for side in (Bid, Offer):
            sums = sum(f.units(kind) for order, f in found if isinstance(order, side))
            assert volume - len(orders) - 4 <= sums <= volume
    for order, f in found:
        assert 0 <= f.solar_units + f.chp_units <= order.energy_units


@settings(deadline=None)
@given(markets())
def test_nobody_trades_past_its_limit(orders):
    cleared = clear(orders)

    for order in orders:
        f = fills(cleared, order)
        for kind in Kind:
            price = cleared.step(kind).price_tick
            if isinstance(order, Offer):
                assert not f.units(kind) or (order.kind is kind and order.tick <= price)
            else:
                assert not f.units(kind) or price <= order.tick(kind) > 0


@settings(deadline=None)
@given(markets())
def test_the_price_lies_between_the_marginal_limits(orders):
    cleared = clear(orders)

    for kind in Kind:
        step = cleared.step(kind)
        if step.volume_units:
            assert step.price_tick <= step.marginal_tick
            assert WHOLE in (step.seller_fraction, step.buyer_fraction)


@settings(deadline=None)
@given(markets())
def test_walking_ticks_is_the_exact_rule_on_limits_rounded_to_ticks(orders):
    cleared = clear(orders)
    exact = clear_exactly(off_ticks(orders))

    for kind in Kind:
        step = cleared.step(kind)
        assert step.volume_units == exact[kind].volume
        if step.volume_units:
            assert step.price_tick == exact[kind].price
            assert step.marginal_tick == exact[kind].marginal
            assert step.buyer_fraction == int(exact[kind].share * WHOLE)


@settings(deadline=None)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_orders_does_not_matter(orders, random):
    shuffled = random.sample(orders, len(orders))

    assert clear(orders) == clear(shuffled)
