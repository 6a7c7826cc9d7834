"""Whatever the utility posts, a home orders within limits of its own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core import home
from node.core.auction.gate import TariffVersion
from node.core.auction.market import PostedTariff
from node.core.auction.settlement import Terms, deposit_up
from node.core.auction.tariff import Tariff
from node.core.faults import FaultName, Severity
from node.core.trading.limits import tariff_faults
from tests.factories.home import NOW_S, chain_view
from tests.factories.market import POSTED, RULES, TARIFF, market
from tests.factories.settings import fault_settings
from tests.factories.trading import (
    BID,
    MONEY,
    NEED,
    OFFER,
    SURPLUS,
    K,
    before_gate,
    outlook,
    place,
    placed,
    step,
    trading,
    trading_settings,
)

DEAR = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=100_000_000)
"""6300 tokens per kWh at retail: 15 Wh cost nearly all that a home of 100 tokens has."""
RICH = 100_000_000


def posted(tariff):
    return (POSTED, PostedTariff(version=TariffVersion(number=2, first_interval=K), tariff=tariff))


def seen(tariff, tokens=RICH, **changes):
    chain = replace(before_gate().chain, tokens=tokens)
    found = market(tariffs=posted(tariff), **changes.pop("market", {}))
    return before_gate(chain=chain, market=found, **changes)


@pytest.mark.parametrize("outcomes", [NEED, SURPLUS, (15_000,) * 12])
def test_a_retail_of_6300_a_kilowatt_hour_makes_no_home_deposit_anything(outcomes):
    state, commands = step(trading(), seen(DEAR, outlooks=(outlook(outcomes),)))

    assert commands == ()
    assert state.reason == (
        f"interval {K}: no order: the grid's tariff asks 6300.08/kWh, more than the 0.807"
        " of node.auction.most_retail"
    )


@pytest.mark.parametrize(
    ("times", "orders"), [(1, 1), (3, 1), (3.001, 0), (10, 0), (1_000, 0)], ids=str
)
def test_a_home_orders_under_three_times_the_first_retail_and_not_above(times, orders):
    retail = int(RULES.first_retail_per_kwh * times)
    ticks, feed_in = divmod(retail, 63)
    tariff = Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=ticks)

    _, commands = step(trading(), seen(tariff))

    assert tariff.retail_per_kwh == retail
    assert len(commands) == orders


def test_a_stated_limit_is_kept_instead():
    dearer = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=20_000)

    _, refused = step(trading(), seen(dearer))
    _, taken = step(trading(), seen(dearer), most_retail_per_kwh=dearer.retail_per_kwh)
    _, strict = step(trading(), seen(TARIFF), most_retail_per_kwh=TARIFF.retail_per_kwh - 1)

    assert (len(refused), len(taken), len(strict)) == (0, 1, 0)


@pytest.mark.parametrize("order", [BID, OFFER], ids=["bid", "offer"])
def test_an_order_that_stands_under_a_refused_tariff_is_cancelled(order):
    state, commands = step(trading(), seen(DEAR, market={"orders": (placed(order),)}))

    assert commands == (place(replace(order, energy_units=0), added=0),)
    assert "cancelled: the grid's tariff asks 6300.08/kWh" in state.reason


def test_a_refused_tariff_is_a_notice_of_its_own_name():
    (notice,) = tariff_faults(seen(DEAR), trading_settings())

    assert (notice.name, notice.severity) == (FaultName.TARIFF_REFUSED, Severity.NOTICE)
    assert notice.sentence == (
        "the grid's tariff asks 6300.08/kWh, more than the 0.807 of node.auction.most_retail:"
        " nothing is ordered under it (clears with another tariff)"
    )
    assert tariff_faults(seen(TARIFF), trading_settings()) == ()


def test_the_home_tells_the_notice_beside_its_other_faults():
    settings = home.HomeSettings(
        faults=fault_settings(), supply=None, delivery=None, trading=trading_settings()
    )
    began = replace(
        home.initial(settings, NOW_S, trading().spent, was_drawing=False), trading=trading()
    )

    state, _ = home.step(began, seen(DEAR, broker_problem="refused"), settings)

    assert [fault.name for fault in state.faults] == [
        FaultName.BROKER_LOST,
        FaultName.TARIFF_REFUSED,
    ]


def test_one_interval_takes_a_tenth_of_all_that_the_home_has():
    """27.6 of 100 base units a bid needs are more than a tenth of the home's."""
    needed = deposit_up(BID, MONEY)
    has = 5 * needed

    state, (command,) = step(trading(), seen(TARIFF, tokens=has), most_deposit=None)

    assert command.added <= has // 10 < deposit_up(replace(command.order, energy_units=51), MONEY)
    assert "because an interval's deposit may be 0.01614 at most" in state.reason


def test_a_stated_deposit_is_the_most_whatever_the_home_has():
    most = deposit_up(replace(BID, energy_units=40), MONEY)

    _, (command,) = step(trading(), seen(TARIFF), most_deposit=most)
    _, (whole,) = step(trading(), seen(TARIFF), most_deposit=RICH)

    assert (command.order.energy_units, command.added) == (40, most)
    assert whole.order == BID


def test_a_larger_order_in_the_place_of_one_is_bound_by_the_whole_deposit():
    standing = placed(replace(BID, energy_units=40))
    most = deposit_up(replace(BID, energy_units=60), MONEY)
    found = market(tariffs=posted(TARIFF), orders=(standing,))
    chain = replace(chain_view(NOW_S), tokens=RICH)
    near = before_gate(20, market=found, chain=replace(chain, block=before_gate(20).chain.block))

    _, (command,) = step(trading(), near, most_deposit=most)

    assert command.order.energy_units == 60
    assert command.added == most - standing.deposit


@given(
    feed_in=st.integers(0, 10**12),
    tick=st.integers(1, 10**12),
    tokens=st.integers(0, 10**12),
    needed=st.integers(0, 10**8),
)
def test_no_tariff_makes_a_home_deposit_more_than_a_tenth(feed_in, tick, tokens, needed):
    tariff = Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick)
    outlooks = (outlook((needed,) * 12),)

    chosen = {"least_gain": 1, "most_deposit": None}
    _, commands = step(trading(), seen(tariff, tokens=tokens, outlooks=outlooks), **chosen)

    terms = Terms(unit_milliwh=RULES.unit_milliwh, margin_percent=20, tariff=tariff)
    assert all(deposit_up(command.order, terms) <= tokens // 10 for command in commands)
    assert not commands or tariff.retail_per_kwh <= 3 * RULES.first_retail_per_kwh
