"""What the forecast bench plays: one rule for every belief, bills that add up, no look-ahead."""

from random import Random

import pytest

from bench.market import forecast as bench
from bench.market.forecast import HOURS_PER_DAY, TARIFF, VILLAGE
from community.study.looks import STREET, measured, quarters
from community.study.market import TERMS, Market, bill, ended
from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.forecast.need import forecast
from node.core.forecast.records import thinned
from node.core.units import cost_up, proceeds_down

BUYER = Bid(solar_tick=63, chp_tick=0, energy_units=500)
SELLER = Offer(kind=Kind.SOLAR, tick=20, energy_units=500)
CLEARED = clear([BUYER, SELLER])
PRICE = TARIFF.price_per_kwh(20)
FEED_IN, RETAIL = TARIFF.feed_in_per_kwh, TARIFF.retail_per_kwh
UNDRAWN = TARIFF.undrawn_per_kwh
HOURS = 12 * HOURS_PER_DAY
SEED = 1


def saving(order, cleared, net_milliwh):
    return ended(order, cleared, net_milliwh, TARIFF).saving


def unpaid(order, net_milliwh):
    return ended(order, CLEARED, net_milliwh, TARIFF).unpaid


@pytest.fixture(scope="module")
def homes():
    """The year of the twelve homes."""
    return bench.read_homes(SEED)


def test_a_pair_that_keeps_its_word_saves_the_ladder_between_them():
    bought = saving(BUYER, CLEARED, 500_000)
    sold = saving(SELLER, CLEARED, -500_000)

    assert bought == pytest.approx((RETAIL - PRICE) / 2, abs=2)
    assert sold == pytest.approx((PRICE - FEED_IN) / 2, abs=2)


def test_without_an_order_nothing_is_saved():
    assert saving(None, CLEARED, 500_000) == 0


def test_a_seller_that_needs_energy_itself_loses_its_fill_at_retail():
    assert saving(SELLER, CLEARED, 700_000) == pytest.approx((PRICE - RETAIL) / 2, abs=2)


def test_a_buyer_that_has_a_surplus_gets_a_tick_below_feed_in_for_its_fill():
    assert saving(BUYER, CLEARED, -700_000) == pytest.approx((UNDRAWN - PRICE) / 2, abs=2)


def test_a_need_beyond_the_deposit_is_billed_as_without_a_market():
    beyond = saving(BUYER, CLEARED, 5_000_000)

    assert beyond == pytest.approx(saving(BUYER, CLEARED, 500_000), abs=2)


def test_a_surplus_beyond_twice_the_order_is_not_paid():
    lost = proceeds_down(1_000_000, FEED_IN)

    assert saving(SELLER, CLEARED, -2_000_000) == saving(SELLER, CLEARED, -500_000) - lost
    assert lost == unpaid(SELLER, -2_000_000)
    assert (unpaid(SELLER, -1_000_000), unpaid(BUYER, -9_000_000), unpaid(None, -1)) == (0, 0, 0)


def test_a_bill_is_at_the_grids_two_prices():
    assert bill(500_000, TARIFF) == cost_up(500_000, RETAIL)
    assert bill(-500_000, TARIFF) == -proceeds_down(500_000, FEED_IN)


def test_nothing_is_believed_from_hours_that_have_not_ended():
    """Two homes alike up to an hour believe the same of it, whatever comes then.

    Of the hour before, which is running as the order is placed, only what was measured counts.
    """
    loads = [300_000 + 100_000 * (hour % 7) for hour in range(HOURS)]
    solar = [max(0, 1_000_000 * (6 - abs(hour % 24 - 12))) for hour in range(HOURS)]
    parts = HOURS - 30
    one = bench.Home(loads, solar, "one", SEED)
    other = bench.Home(loads[:parts] + [9] * 30, solar[:parts] + [7_777] * 30, "one", SEED)

    for hour in range(parts + 1):
        believed, by_other = one.beliefs(hour), other.beliefs(hour)
        # The perfect belief alone knows the hour itself.
        if hour == parts:
            assert believed.pop(bench.PERFECT) != by_other.pop(bench.PERFECT)
        assert believed == by_other
        if hour:
            one.learn(hour - 1)
            other.learn(hour - 1)
    assert believed["in a street"][1] != believed["in the village"][1] != believed[bench.OLD][0]


def test_a_belief_at_the_gate_knows_the_hours_that_have_ended_and_what_has_run(homes):
    """What is learned before an hour is ordered ends an hour before it: that one is running."""
    home = homes[0]
    for hour in range(9 * HOURS_PER_DAY):
        before, found = home.state, home.beliefs(hour)
        assert before.next_interval == max(0, hour - 1)
        if hour:
            home.learn(hour - 1)

    looks = [
        forecast(before, hour, home._running(hour - 1, part))
        for part in (VILLAGE.first, VILLAGE.last)
    ]
    assert found["in the village"] == tuple(thinned(told.outcomes_milliwh) for told in looks)


def test_the_looks_follow_from_the_shipped_gates_and_leads():
    assert (STREET.first, STREET.last) == pytest.approx((390 / 900, 750 / 900))
    assert (VILLAGE.first, VILLAGE.last) == pytest.approx((300 / 3600, 1740 / 3600))


def test_four_uneven_quarters_are_their_hour():
    parts = quarters(1_000_000, Random(5))

    assert sum(parts) == pytest.approx(1_000_000)
    assert len({round(part) for part in parts}) == 4
    assert [measured(parts, part) for part in (0.0, 0.25, 0.5, 1.0)] == [
        0,
        round(parts[0]),
        round(parts[0] + parts[1]),
        1_000_000,
    ]
    assert measured(parts, 0.375) == round(parts[0] + parts[1] / 2)


def test_another_seed_plays_other_quarters_of_the_same_hours():
    one, same, other = (bench.read_homes(seed)[0]._running(19, 0.4) for seed in (1, 1, 2))

    assert one == same != other


def test_an_order_changes_at_the_last_look_and_is_never_turned_round():
    def order(*looks):
        return Market([TERMS], TARIFF, HOURS_PER_DAY).order(0, [looks])[0]

    assert order((500_000,), (700_000,)).energy_units == 700
    assert order((), (700_000,)).energy_units == 700
    assert order((500_000,), (-700_000,)) is None
    assert order((500_000,), (5,)) is None


def test_the_data_is_a_year_of_twelve_homes(homes):
    assert len(homes) == 12
    assert homes[0].net(0) == (851 - 0) * 1_000
    week = bench.HOURS_PER_WEEK
    assert [homes[6].net(hour) for hour in range(24)] == [
        homes[0].net(hour + week) for hour in range(24)
    ]
    homes[11].net(bench.DAYS * HOURS_PER_DAY - 1)


def test_with_perfect_forecasts_no_home_loses_on_any_day(homes):
    market = Market([TERMS] * 12, TARIFF, HOURS_PER_DAY)
    for hour in range(14 * HOURS_PER_DAY):
        nets = [home.net(hour) for home in homes]
        market.order(hour, [((net,),) for net in nets])
        market.settle(hour, nets)

    days = market.days(7)

    assert len(days) == 7
    assert all(saved >= -HOURS_PER_DAY for day in days for saved in day.savings)
    assert all(sum(day.savings) > 0 for day in days)


def test_the_bench_reports_every_street_belief_and_home(monkeypatch):
    monkeypatch.setattr(bench, "QUICK_DAYS", 9)

    rows = list(bench.rows(quick=True, seed=1))

    found = {(row["case"], row["metric"]): row["value"] for row in rows}
    assert bench.BARS.keys() <= found.keys()
    assert found["6 homes, perfect", bench.CAPTURED] == 1
    assert 0 <= found["12 homes, plain mean", bench.TOGETHER] <= 1
    assert ("home 12, in a street", "mean absolute error") in found
