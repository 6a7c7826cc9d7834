"""What keeps a home from ordering: faults, its person, battery and lane, and what is unknown."""

from dataclasses import replace

import pytest

from node.core.faults import Fault, FaultName, Severity
from tests.factories.home import battery, fault
from tests.factories.market import market
from tests.factories.trading import (
    BID,
    NEED,
    OFFER,
    SURPLUS,
    K,
    before_gate,
    cleared,
    outlook,
    place,
    placed,
    step,
)
from tests.factories.trading import trading as begun


@pytest.mark.parametrize("severity", [Severity.NO_PURCHASE, Severity.REST])
@pytest.mark.parametrize("outcomes", [NEED, SURPLUS])
def test_nothing_is_ordered_while_a_fault_forbids_buying(severity, outcomes):
    seen = before_gate(outlooks=(outlook(outcomes),))

    state, commands = step(begun(), seen, (fault(severity),))

    assert (commands, state.waiting) == ((), "a sensor failed")


def test_low_gas_is_kept_for_the_sale():
    low = Fault(name=FaultName.GAS_LOW, severity=Severity.NOTICE, sentence="gas lasts 2 days")

    state, commands = step(begun(), before_gate(), (low,))

    assert (commands, state.waiting) == ((), "gas lasts 2 days")


def test_a_home_on_its_own_source_does_not_bid_and_takes_its_bid_back():
    wish = {"wants_own_source": True}

    state, none = step(begun(), before_gate(**wish))
    stands = market(orders=(placed(),))
    after, back = step(begun(), before_gate(200, market=stands, **wish))

    assert none == ()
    assert "its person wishes the own source" in state.reason
    assert back == (place(replace(BID, energy_units=0), added=0),)
    assert after.reason == f"interval {K}: cancelled: its person wishes the own source"


def test_a_home_on_its_own_source_still_sells():
    seen = before_gate(wants_own_source=True, outlooks=(outlook(SURPLUS),))

    assert step(begun(), seen)[1] == (place(OFFER),)


@pytest.mark.parametrize("soc_pct", [90.0, 100.0])
def test_a_nearly_full_battery_buys_nothing(soc_pct):
    state, commands = step(begun(), before_gate(battery=battery(soc_pct)))

    assert commands == ()
    assert "nearly full, nothing is bought" in state.reason


@pytest.mark.parametrize(
    ("soc_pct", "stands", "sold"),
    [(31.9, False, 0), (32.0, False, 20), (45.0, False, 100), (31.5, True, 15), (29.9, True, 0)],
)
def test_a_home_sells_only_what_its_battery_holds_above_the_floor(soc_pct, stands, sold):
    """1 kWh, floor 30 %, offered again from 32 % on."""
    orders = (placed(OFFER),) if stands else ()
    seen = before_gate(
        30,
        battery=battery(soc_pct),
        market=market(orders=orders),
        outlooks=(outlook(SURPLUS),),
    )

    _, commands = step(begun(), seen)

    after = commands[0].order.energy_units if commands else (100 if stands else 0)
    assert after == sold


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"market": None}, "the auction has not been seen yet"),
        ({"outlooks": ()}, f"no forecast for interval {K} yet"),
        ({"market": market(tariffs=())}, f"no tariff is in force in interval {K}"),
    ],
)
def test_what_is_not_known_is_waited_for(changes, sentence):
    state, commands = step(begun(), before_gate(**changes))

    assert (commands, state.waiting) == ((), sentence)


def test_an_order_waits_for_the_lane_that_its_former_one_holds():
    """The contract settles the former order on the way, once its readings are there."""
    former = placed(interval=K - 2)
    result = cleared(interval=K - 2)
    unread = before_gate(market=market(orders=(former,), cleared=(result,)))
    unread = replace(unread, chain=replace(unread.chain, meter=None))

    waiting, none = step(begun(), unread)
    early = before_gate(500, market=market(orders=(former,)))
    uncleared, not_yet = step(begun(), early, place_lead_s=800.0)
    _, commands = step(begun(), before_gate(market=market(orders=(former,), cleared=(result,))))

    assert (none, waiting.waiting) == (
        (),
        f"the order of interval {K - 2} waits for the meter's reading",
    )
    assert (not_yet, uncleared.waiting) == ((), f"interval {K - 2} has to be cleared first")
    assert commands == (place(BID),)


def test_a_home_that_may_only_sell_never_bids():
    state, commands = step(begun(), before_gate(), buys=())

    assert (commands, "it does not buy" in state.reason) == ((), True)
