from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from node.core.auction.clearing import Bid, Kind, Offer, clear, fills
from node.core.auction.settlement import (
    Terms,
    deposit_up,
    settle,
)
from node.core.auction.tariff import Tariff
from tests.factories.auction_markets import markets

TERMS = Terms(
    unit_milliwh=1_000,
    margin_percent=20,
    tariff=Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000),
)
SELLER = Offer(kind=Kind.SOLAR, tick=10, energy_units=500)
BUYER = Bid(solar_tick=40, chp_tick=0, energy_units=500)
CLEARED = clear([SELLER, BUYER])

terms = st.builds(
    Terms,
    unit_milliwh=st.sampled_from([1, 1_000]),
    margin_percent=st.integers(1, 100),
    tariff=st.builds(
        Tariff,
        feed_in_per_kwh=st.integers(0, 200_000),
        tick_size_per_kwh=st.integers(1, 10_000),
    ),
)
readings = st.lists(st.one_of(st.none(), st.integers(0, 10**7)), min_size=14, max_size=14)


def money(order, metered):
    found = settle(order, CLEARED, metered, TERMS)
    return found.trade, found.grid


def test_a_buyers_deposit_is_its_energy_and_the_margin_at_retail():
    assert deposit_up(BUYER, TERMS) == 352_000 * 500 * 120 // 100 // 1_000


def test_a_sellers_deposit_is_the_ladders_height():
    assert deposit_up(SELLER, TERMS) == (352_000 - 100_000) // 2


def test_a_fill_as_metered_moves_the_trade_alone():
    assert (money(SELLER, 500_000), money(BUYER, 500_000)) == ((70_000, 0), (-70_000, 0))


def test_a_seller_that_delivered_less_pays_retail_for_the_difference():
    assert money(SELLER, 400_000) == (70_000, -35_200)


def test_a_seller_that_delivered_nothing_loses_its_deposit_and_its_proceeds_at_most():
    found = settle(SELLER, CLEARED, 0, TERMS)

    assert (found.grid, found.returned) == (-176_000, 20_000)


def test_a_seller_beyond_its_fill_is_paid_the_feed_in_price():
    assert money(SELLER, 600_000) == (70_000, 10_000)


def test_a_lying_meter_is_paid_for_twice_its_order_at_most():
    assert money(SELLER, 10**12) == (70_000, 50_000)


def test_a_buyer_that_drew_less_sells_the_difference_for_a_tick_below_the_feed_in_price():
    assert money(BUYER, 400_000) == (-70_000, 9_600)


def test_what_is_undrawn_is_never_worth_less_than_nothing():
    """At a feed-in price below a tick."""
    cheap = replace(TERMS, tariff=Tariff(feed_in_per_kwh=3_000, tick_size_per_kwh=4_000))

    found = settle(BUYER, CLEARED, 400_000, cheap)

    assert found.grid == 0


def test_a_buyer_that_drew_more_pays_retail_for_the_difference():
    assert money(BUYER, 600_000) == (-70_000, -35_200)


def test_a_buyer_never_pays_more_than_its_deposit():
    found = settle(BUYER, CLEARED, 10**12, TERMS)

    assert found.returned == 0


def test_an_order_that_was_not_matched_is_not_traded():
    """What its meter shows is the grid's; what it did not draw costs it nothing."""
    alone = clear([BUYER])

    assert settle(BUYER, alone, 0, TERMS).returned == deposit_up(BUYER, TERMS)
    assert settle(BUYER, alone, 100_000, TERMS).grid == -35_200


def test_silence_never_pays():
    """A missing reading is taken as nothing delivered, and takes all that is left of a deposit."""
    assert money(SELLER, None) == money(SELLER, 0)
    assert money(BUYER, None) == money(BUYER, 10**12)


def test_a_buyer_that_drew_far_more_than_its_order_gains_nothing_by_silence():
    """It paid 0.17 instead of 0.42."""
    drew = settle(BUYER, CLEARED, 1_200_000, TERMS)
    silent = settle(BUYER, CLEARED, None, TERMS)

    assert silent.returned == 0 <= drew.returned


@settings(deadline=None)
@given(markets(least=1, most=8), terms, st.integers(0, 10**8))
def test_nobody_is_better_off_silent_for_any_reading(orders, terms, reading):
    cleared = clear(orders)
    for order in orders:
        told, silent = (settle(order, cleared, told, terms) for told in (reading, None))

        assert silent.trade == told.trade
        assert silent.grid <= told.grid


@settings(deadline=None)
@given(markets(least=1, most=8), terms, readings)
def test_no_order_owes_more_than_it_deposited(orders, terms, metered):
    """A buyer marginal in both kinds at the top tick owed its deposit and one more."""
    cleared = clear(orders)
    for order, reading in zip(orders, metered, strict=False):
        assert settle(order, cleared, reading, terms).returned >= 0


def test_a_seller_at_the_margin_is_held_to_milliwatt_hours_and_not_to_whole_units():
    """Three sellers of a kilowatt-hour share two: each sells 666 Wh, and not nothing."""
    kilowatt_hours = replace(TERMS, unit_milliwh=1_000_000)
    offer = Offer(kind=Kind.SOLAR, tick=10, energy_units=1)
    cleared = clear([offer, offer, offer, Bid(solar_tick=40, chp_tick=0, energy_units=2)])

    found = settle(offer, cleared, 666_666, kilowatt_hours)

    assert (found.fills.solar_units, found.trade, found.grid) == (0, 93_333, 0)


def test_a_marginal_buyer_pays_its_share_and_the_grid_takes_the_part_of_a_unit_between():
    """Two buyers share one unit: neither can have a whole one, and the seller is paid."""
    orders = [Offer(kind=Kind.SOLAR, tick=10, energy_units=1), *[
        Bid(solar_tick=40, chp_tick=0, energy_units=1) for _ in range(2)
    ]]  # fmt: skip
    cleared = clear(orders)

    seller, *buyers = [settle(order, cleared, 0, TERMS) for order in orders]

    assert [buyer.fills.solar_units for buyer in buyers] == [0, 0]
    assert [(buyer.trade, buyer.grid) for buyer in buyers] == [(-71, 70), (-71, 70)]
    assert seller.trade == 140


@settings(deadline=None)
@given(markets(), terms, readings)
def test_buyers_payments_cover_sellers_and_nobody_falls_below_nothing(orders, found, metered):
    cleared = clear(orders)
    ends = [settle(o, cleared, x, found) for o, x in zip(orders, metered, strict=False)]

    a_unit = 1 + found.unit_milliwh * found.tariff.retail_per_kwh // 10**6
    assert all(end.returned >= 0 for end in ends)
    assert -len(orders) * 3 * a_unit <= sum(end.trade for end in ends) <= 0


@settings(deadline=None)
@given(markets(), terms)
def test_a_buyer_that_draws_its_fill_pays_for_it_and_no_more(orders, found):
    """But for rounding: a base unit for the trade, and one for the part of a unit between."""
    cleared = clear(orders)

    for order in (order for order in orders if isinstance(order, Bid)):
        drawn = fills(cleared, order)
        energy = (drawn.solar_units + drawn.chp_units) * found.unit_milliwh
        end = settle(order, cleared, energy, found)
        worth = sum(
            drawn.units(kind) * found.tariff.price_per_kwh(cleared.step(kind).price_tick)
            for kind in Kind
        )
        assert 0 <= -(end.trade + end.grid) - worth * found.unit_milliwh // 10**6 <= 2


@settings(deadline=None)
@given(markets(least=1), terms, st.integers(0, 10**7))
def test_delivering_more_never_pays_less(orders, found, metered):
    cleared = clear(orders)
    more, less = (settle(orders[0], cleared, metered + rise, found) for rise in (1_000, 0))

    if isinstance(orders[0], Offer):
        assert more.grid >= less.grid
    else:
        assert more.grid <= less.grid
