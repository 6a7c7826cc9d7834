"""Buying: from a settled low state of charge to an order."""

from dataclasses import replace

import pytest

from node.core.budget import Spent
from node.core.faults import Severity
from node.core.holdoff import HoldOff
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, REST, step
from tests.factories.home import (
    DAY,
    NOW_S,
    battery,
    chain_view,
    connection,
    fault,
    observation,
    offer,
    on_seller1,
    open_order,
    order,
    pending,
    relay_view,
    supply_state_at_rest,
)
from tests.factories.settings import SELLER1, SELLER2

BOUGHT = chain_view(orders=(order(energy_milliwh=206_000),), last_number=7)


def test_below_the_limit_the_cheapest_seller_is_bought_from():
    state, commands = step(supply_state_at_rest(), observation(soc_pct=19.4))

    assert (open_order(),) == commands
    assert state.mode is Mode.PURCHASING
    assert state.reason == (
        "SoC 19.4 % < limit 20 %: buying 206 Wh from seller1 at 0.18/kWh, order 7"
    )
    assert (pending(),) == state.pending
    assert state.spent == Spent(day=DAY, amount=37_080)


@pytest.mark.parametrize("soc_pct", [20.0, 25.0, 100.0])
def test_at_the_limit_or_above_nothing_is_bought(soc_pct):
    state, commands = step(supply_state_at_rest(), observation(soc_pct=soc_pct))

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert state.waiting == f"SoC {soc_pct:.1f} % >= 20 %"


@pytest.mark.failure(
    part="sensors",
    failure="the state of charge is missing or not settled, on own source",
    contacts="no command",
    person="`state of charge not settled`",
    money="nothing is bought",
)
@pytest.mark.parametrize("judged", [battery(None), battery(5.0, settled=False)])
def test_an_unsettled_stale_or_missing_state_of_charge_never_buys(judged):
    before = supply_state_at_rest(import_milliwh=0, own_voltage_v=12.8)

    state, commands = step(before, observation(battery=judged))

    assert commands == ()
    assert replace(before, waiting="state of charge not settled") == state


@pytest.mark.failure(
    part="file",
    failure="no sensor sees the load",
    contacts="no command",
    person="own source: `no sensor sees its load`",
    money="nothing is bought",
)
def test_a_home_that_may_not_buy_says_why():
    before = supply_state_at_rest()

    state, commands = step(
        before,
        observation(soc_pct=5.0),
        may_buy=False,
        may_not_buy_because="no sensor sees its load",
    )

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert state.waiting == "no sensor sees its load"


@pytest.mark.parametrize("missing", ["chain", "relay"])
def test_without_chain_or_relay_nothing_is_bought(missing):
    state, commands = step(supply_state_at_rest(), observation(soc_pct=5.0, **{missing: None}))

    assert (commands, state.waiting) == ((), "chain or relay not seen yet")


@pytest.mark.failure(
    part="chain",
    failure="any fault that forbids purchases",
    contacts="no command",
    person="own source, with the fault's sentence",
    money="nothing is bought",
)
def test_a_fault_that_forbids_purchases_forbids_them_and_is_the_reason_for_waiting():
    state, commands = step(
        supply_state_at_rest(), observation(soc_pct=5.0), (fault(Severity.NO_PURCHASE),)
    )

    assert (commands, state.mode, state.waiting) == ((), Mode.OWN_SOURCE, "a sensor failed")
    assert state.pending == ()


@pytest.mark.parametrize(
    "seen",
    [
        {"relay": relay_view(connection(0, consents_stand=False), connection(1))},
        {"relay": relay_view(busy_sources=frozenset({"seller1"}))},
        {"chain": chain_view(offers=(offer(available_milliwh=0), offer(SELLER2)))},
        {"chain": chain_view(offers=(offer(price_per_kwh=1_000_001), offer(SELLER2)))},
    ],
)
def test_a_seller_that_cannot_serve_is_passed_over_for_the_next(seen):
    _, (bought,) = step(supply_state_at_rest(), observation(soc_pct=19.4, **seen))

    assert bought.seller == SELLER2


def test_a_held_off_seller_is_passed_over_for_the_next():
    held = HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30)

    _, (bought,) = step(supply_state_at_rest(hold_offs=(held,)), observation(soc_pct=19.4))

    assert bought.seller == SELLER2


def test_when_every_seller_is_held_off_the_home_says_so_and_waits():
    held = tuple(
        HoldOff(seller=seller, failures=1, until_s=NOW_S + 30) for seller in (SELLER1, SELLER2)
    )

    state, commands = step(supply_state_at_rest(hold_offs=held), observation(soc_pct=19.4))

    assert (commands, state.mode) == ((), Mode.HOLD_OFF)
    assert state.reason == "SoC 19.4 % < limit 20 %, but no seller can serve"
    assert state.waiting == "seller1: held off for 30 s; seller2: held off for 30 s"
    later, (bought,) = step(state, observation(NOW_S + 30, soc_pct=19.4))
    assert (later.mode, bought.seller) == (Mode.PURCHASING, SELLER1)


def test_a_hold_off_ends_when_the_battery_recovers():
    held = (HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30),)
    before = supply_state_at_rest(mode=Mode.HOLD_OFF, hold_offs=held)

    state, commands = step(before, observation(soc_pct=25.0))

    assert (commands, state.mode, state.hold_offs) == ((), Mode.OWN_SOURCE, held)


def test_open_credit_is_used_before_anything_is_bought():
    seen = observation(soc_pct=19.0, chain=chain_view(orders=(order(),), last_number=7))

    state, commands = step(supply_state_at_rest(), seen)

    assert (commands, state.mode) == ((CLOSE,), Mode.ON_SELLER)


def test_open_credit_is_used_even_while_purchases_are_forbidden():
    seen = observation(soc_pct=19.0, chain=chain_view(orders=(order(),), last_number=7))

    _, commands = step(supply_state_at_rest(), seen, (fault(Severity.NO_PURCHASE),))

    assert commands == (CLOSE,)


def test_a_contact_that_is_closed_while_nothing_is_bought_is_asked_open_once_a_second():
    before = supply_state_at_rest()

    state, commands = step(before, observation(relay=on_seller1()))

    assert commands == (REST,)
    assert step(state, observation(NOW_S + 0.9, relay=on_seller1()))[1] == ()
    assert step(state, observation(NOW_S + 1, relay=on_seller1()))[1] == (REST,)
