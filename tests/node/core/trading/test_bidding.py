"""The order is the newsvendor's, its limits are truthful, and a change must be worth its gas."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.auction.settlement import Terms, settle
from node.core.auction.tariff import Tariff
from node.core.trading.bidding import BiddingTerms, Change, decide, expected_gain, revise
from node.core.units import cost_up, proceeds_down

TARIFF = Tariff(feed_in_per_kwh=40_000, tick_size_per_kwh=2_000)
TERMS = BiddingTerms(
    unit_milliwh=1_000,
    least_units=10,
    least_gain=1,
    buy_limits_per_kwh={Kind.SOLAR: None, Kind.CHP: None},
    sells=Kind.SOLAR,
    sell_limit_per_kwh=None,
)
EXPECTED = {Kind.SOLAR: 21, Kind.CHP: 21}
"""A third of the ladder: a buyer's best quantile is two thirds, a seller's one third."""
NEEDS = tuple(range(1_000_000, 1_900_001, 100_000))

outcomes = st.lists(st.integers(-3_000_000, 3_000_000), min_size=1, max_size=30).map(
    lambda found: tuple(sorted(found))
)
ticks = st.integers(7, 56)
tariffs = st.builds(
    Tariff, feed_in_per_kwh=st.integers(0, 200_000), tick_size_per_kwh=st.integers(1, 10_000)
)


def decided(found, terms=TERMS, expected=EXPECTED):
    return decide(found, expected, TARIFF, terms)


def test_a_certain_need_is_bid_for_whole_at_the_expected_price():
    assert Bid(solar_tick=21, chp_tick=21, energy_units=700) == decided((700_000,)).order


def test_a_certain_surplus_is_offered_whole_at_the_expected_price():
    assert Offer(kind=Kind.SOLAR, tick=21, energy_units=700) == decided((-700_000,)).order


def test_a_buyers_energy_is_the_quantile_that_the_prices_give():
    assert decided(NEEDS).order.energy_units == 1_600


def test_a_sellers_energy_is_the_quantile_that_the_prices_give():
    surpluses = tuple(-need for need in reversed(NEEDS))

    assert decided(surpluses).order.energy_units == 1_300


def test_a_seller_that_may_have_far_more_offers_more_lest_it_is_not_paid():
    """Beyond twice its order a seller gets nothing, so an order far too small costs it feed-in."""
    outcomes_ = (-2_000_000,) * 6 + (-600_000,) * 4

    order = decided(outcomes_).order

    assert order.energy_units == 1_000


def test_a_limit_is_what_the_last_watt_hour_is_worth():
    """The energy is the best at the expected price, so the limit is that price."""
    surpluses = tuple(-need for need in reversed(NEEDS))
    for found in (NEEDS, surpluses):
        for tick in range(13, 51):
            order = decided(found, expected={Kind.SOLAR: tick, Kind.CHP: tick}).order
            assert tick == (order.solar_tick if isinstance(order, Bid) else order.tick)


def test_own_limits_round_so_that_nobody_trades_past_them():
    terms = replace(
        TERMS,
        buy_limits_per_kwh={Kind.SOLAR: 79_999, Kind.CHP: 41_999},
        sell_limit_per_kwh=100_001,
    )

    assert Bid(solar_tick=19, chp_tick=0, energy_units=700) == decided((700_000,), terms).order
    assert Offer(kind=Kind.SOLAR, tick=31, energy_units=700) == decided((-700_000,), terms).order


def test_a_sell_limit_above_retail_sells_nothing():
    terms = replace(TERMS, sell_limit_per_kwh=TARIFF.retail_per_kwh + 1)

    assert decided((-700_000,), terms).order is None


@pytest.mark.parametrize(
    ("found", "terms"),
    [
        ((), TERMS),
        ((0,), TERMS),
        ((9_999,), TERMS),
        ((-700_000,), replace(TERMS, sells=None)),
        ((700_000,), replace(TERMS, buy_limits_per_kwh={})),
        ((700_000,), replace(TERMS, buy_limits_per_kwh={Kind.SOLAR: 41_999})),
        ((700_000,), replace(TERMS, least_gain=1_000_000)),
    ],
)
def test_where_an_order_is_not_worth_it_there_is_none_and_it_says_so(found, terms):
    decision = decided(found, terms)

    assert decision.order is None
    assert decision.gain == 0
    assert decision.reason.startswith("no order: ")


def test_the_reason_has_the_numbers():
    assert decided((700_000,)).reason == (
        "bids for 700 Wh, solar up to 0.082/kWh or chp up to 0.082/kWh: "
        "expected to bring 0.0588 more than the grid alone"
    )
    assert decided((-700_000,)).reason == (
        "offers 700 Wh of solar at 0.082/kWh or more: "
        "expected to bring 0.0294 more than the grid alone"
    )


def revised(standing, found, terms):
    return revise(standing, found, EXPECTED, TARIFF, terms)


DEAR = replace(TERMS, least_gain=5_000)


def test_a_first_order_is_placed():
    found = revised(None, (700_000,), DEAR)

    assert (Change.PLACE, decided((700_000,)).order) == (found.change, found.order)
    assert revised(None, (10_000,), DEAR).change is Change.KEEP


def test_a_small_change_of_the_forecast_keeps_the_order():
    standing = decided((700_000,)).order

    found = revised(standing, (750_000,), DEAR)

    assert (Change.KEEP, standing) == (found.change, found.order)
    assert "too little" in found.reason


def test_a_large_change_of_the_forecast_replaces_the_order():
    found = revised(decided((700_000,)).order, (1_000_000,), DEAR)

    assert (Change.REPLACE, decided((1_000_000,)).order) == (found.change, found.order)


def test_an_order_on_the_wrong_side_is_cancelled_and_not_turned_round():
    found = revised(decided((700_000,)).order, (-700_000,), DEAR)

    assert (found.change, found.order) == (Change.CANCEL, None)
    assert "cancelled" in found.reason


@given(outcomes, ticks, tariffs)
def test_the_energy_is_the_best_among_all_kinks(found, tick, tariff):
    """The gain is concave with its kinks at the outcomes and half of them: none is better."""
    expected = {Kind.SOLAR: tick, Kind.CHP: tick}
    terms = replace(TERMS, unit_milliwh=1, least_units=1)

    decision = decide(found, expected, tariff, terms)

    for outcome in found:
        for energy in {abs(outcome), abs(outcome) // 2} - {0}:
            for order in (
                Bid(solar_tick=63, chp_tick=63, energy_units=energy),
                Offer(kind=Kind.SOLAR, tick=tick, energy_units=energy),
            ):
                gain = expected_gain(order, found, expected, tariff, terms)
                assert gain <= decision.gain + 1


@given(outcomes, ticks)
def test_an_order_gains_and_keeps_within_the_outcomes(found, tick):
    decision = decide(found, {Kind.SOLAR: tick, Kind.CHP: tick}, TARIFF, TERMS)

    if isinstance(decision.order, Bid):
        assert 10_000 <= decision.order.energy_units * 1_000 <= found[-1]
        assert tick == decision.order.solar_tick
    elif decision.order is not None:
        assert 10_000 <= decision.order.energy_units * 1_000 <= -found[0]
        assert tick == decision.order.tick
    assert decision.gain >= (decision.order is not None)


@given(outcomes, ticks)
def test_the_expected_gain_is_the_mean_of_what_settlement_would_bring(found, tick):
    expected = {Kind.SOLAR: tick, Kind.CHP: tick}
    order = decide(found, expected, TARIFF, TERMS).order
    if order is None:
        return
    other = (
        Offer(kind=Kind.SOLAR, tick=tick, energy_units=order.energy_units)
        if isinstance(order, Bid)
        else Bid(solar_tick=63, chp_tick=0, energy_units=order.energy_units)
    )
    clearing = clear([order, other])
    # A deposit that covers all, so that nothing is billed beside the settlement.
    terms = Terms(unit_milliwh=1_000, margin_percent=1_000_000, tariff=TARIFF)

    gains = []
    for outcome in found:
        metered = max(0, outcome if isinstance(order, Bid) else -outcome)
        alone = (
            -cost_up(metered, TARIFF.retail_per_kwh)
            if isinstance(order, Bid)
            else proceeds_down(metered, TARIFF.feed_in_per_kwh)
        )
        settled = settle(order, clearing, metered, terms)
        gains.append(settled.trade + settled.grid - alone)

    assert expected_gain(order, found, expected, TARIFF, TERMS) == pytest.approx(
        sum(gains) / len(gains), abs=5
    )
