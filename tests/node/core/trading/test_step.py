"""A home's orders before each gate: once each, within its money, and never on a doubt."""

from dataclasses import replace

import pytest

from node.core.auction.clearing import Kind
from node.core.commands import PlaceOrder, WithdrawBalance
from node.core.facts import IntentResumed, IntentUndone
from tests.factories.home import BLOCK, NOW_S, battery, confirmed, refused
from tests.factories.market import market
from tests.factories.settings import HOME
from tests.factories.trading import (
    BEFORE_GATE_S,
    BID,
    NEED,
    OFFER,
    SURPLUS,
    K,
    before_gate,
    outlook,
    place,
    placed,
    step,
)
from tests.factories.trading import trading as begun


def test_a_home_bids_for_its_expected_need_before_the_gate():
    state, commands = step(begun(), before_gate())

    assert commands == (place(BID),)
    assert state.reason == (
        f"interval {K}: bids for 100 Wh, solar up to 0.173/kWh or chp up to 0.173/kWh:"
        " expected to bring 0.0096 more than the grid alone"
    )


def test_a_buyer_bids_for_no_kind_that_no_seller_sells_to_whom_it_is_wired():
    solar_alone = replace(BID, chp_tick=0)

    _, commands = step(begun(), before_gate(unsold=(Kind.CHP,)))
    nothing = step(begun(), before_gate(unsold=(Kind.SOLAR, Kind.CHP)))[1]
    over_the_grid = step(begun(), before_gate(unsold=(Kind.CHP,)), by_contacts=False)[1]

    assert commands == (place(solar_alone),)
    assert nothing == ()
    assert over_the_grid == (place(BID),)


def test_a_home_cancels_its_order_itself_after_its_meter_was_given_away():
    heir = "0x" + "77" * 20
    seen = before_gate(market=market(orders=(placed(),)))
    view = replace(seen.chain, meter_owner=heir)

    state, commands = step(begun(), replace(seen, chain=view))

    assert commands == (place(replace(BID, energy_units=0), added=0),)
    assert state.reason == f"interval {K}: cancelled: meter 5 belongs to {heir}"


def test_a_home_whose_meter_was_given_away_orders_nothing():
    seen = before_gate()

    for owner, orders in ((HOME, (place(BID),)), ("0x" + "77" * 20, ())):
        view = replace(seen.chain, meter_owner=owner)
        assert step(begun(), replace(seen, chain=view))[1] == orders


def test_a_home_offers_its_expected_surplus_before_the_gate():
    state, commands = step(begun(), before_gate(outlooks=(outlook(SURPLUS),)))

    assert commands == (place(OFFER),)
    assert state.reason.startswith(f"interval {K}: offers 100 Wh of solar at 0.173/kWh or more")


def test_the_first_decision_about_an_interval_stays_its_reason():
    """Running numbers would be a new line in the log with each sample."""
    state, _ = step(begun(), before_gate(120, battery=battery(95.0)))

    later, _ = step(state, before_gate(110, battery=battery(94.0)))

    assert later.reason == state.reason
    assert "SoC 95.0 %" in later.reason
    assert "SoC 94.0 %" in later.waiting


def test_nothing_is_ordered_before_the_time_and_the_wait_is_told():
    state, commands = step(begun(), before_gate(400))

    assert commands == ()
    assert state.waiting == f"decides on an order for interval {K} in 100 s of chain time"


def test_after_the_gate_the_next_interval_is_waited_for():
    state, commands = step(begun(), before_gate(-1))

    assert commands == ()
    assert f"interval {K + 1}" in state.waiting


def test_an_order_under_way_is_not_repeated():
    state, _ = step(begun(), before_gate())

    for second in range(1, 100):
        seen = before_gate(BEFORE_GATE_S - second, now_s=NOW_S + second)
        state, commands = step(state, seen)
        assert commands == ()
    assert state.waiting == f"the order for interval {K} is not confirmed yet"


def test_an_order_that_is_confirmed_waits_for_the_view_that_has_it():
    state, (command,) = step(begun(), before_gate())
    late = confirmed(command)
    late = replace(late, block=replace(late.block, number=BLOCK + 1))

    state, commands = step(state, before_gate(facts=(late,)))

    assert (commands, state.waiting) == ((), f"block {BLOCK + 1} is not seen yet")


def test_an_order_that_stands_is_kept_where_the_forecast_is_the_same():
    stands = market(orders=(placed(),))

    for seconds in (200, 31, 30, 10):
        _, commands = step(begun(), before_gate(seconds, market=stands))
        assert commands == ()


def test_a_forecast_that_has_changed_enough_replaces_the_order_shortly_before_the_gate():
    stands = market(orders=(placed(),))
    more = (outlook(tuple(2 * need for need in NEED)),)

    early = step(begun(), before_gate(31, market=stands, outlooks=more))[1]
    _, commands = step(begun(), before_gate(30, market=stands, outlooks=more))

    bid = replace(BID, energy_units=200)
    deposit = place(bid).added - placed().deposit
    assert (early, commands) == ((), (place(bid, added=deposit),))


def test_an_order_on_the_wrong_side_is_cancelled_and_then_turned_round():
    stands = market(orders=(placed(),))
    turned = {"outlooks": (outlook(SURPLUS),)}

    _, (cancelled,) = step(begun(), before_gate(30, market=stands, **turned))
    gone = market(orders=(placed(replace(BID, energy_units=0)),))
    _, commands = step(begun(), before_gate(20, market=gone, **turned))

    assert cancelled == place(replace(BID, energy_units=0), added=0)
    assert commands == (place(OFFER),)


def test_only_what_the_balance_lacks_is_added():
    deposit = place().added

    part = step(begun(), before_gate(market=market(balance=1_000)))[1]
    whole = step(begun(), before_gate(market=market(balance=deposit)))[1]

    assert part == (place(added=deposit - 1_000),)
    assert whole == (place(added=0),)


def test_tokens_bound_a_bid_and_an_offer_by_their_deposits():
    """The seller's deposit is security for what it may fail to deliver."""
    seen = before_gate()
    poor = replace(seen.chain, tokens=place().added // 2)

    state, (bid,) = step(begun(), replace(seen, chain=poor))
    few = replace(poor, tokens=place(OFFER).added // 2)
    _, (offer,) = step(begun(), replace(before_gate(outlooks=(outlook(SURPLUS),)), chain=few))

    assert (bid.order.energy_units, offer.order.energy_units) == (50, 50)
    assert "only 50 Wh of it, because 0.01614 tokens cover no larger deposit" in state.reason


@pytest.mark.parametrize("tokens", [0, 1_000])
def test_without_tokens_there_is_no_order_and_the_reason_says_so(tokens):
    seen = before_gate()

    state, commands = step(begun(), replace(seen, chain=replace(seen.chain, tokens=tokens)))

    assert commands == ()
    assert f"interval {K}: no order:" in state.reason and "tokens" in state.reason


def test_the_days_budget_bounds_a_bid_by_what_its_limit_may_cost():
    """100 Wh at 0.173 cost 0.0173 at most."""
    state, (half,) = step(begun(), before_gate(), budget_per_day=8_650)
    none, commands = step(begun(), before_gate(), budget_per_day=100)

    assert half.order.energy_units == 50
    assert state.spent.amount == 8_650
    assert (commands, none.reason) == (
        (),
        f"interval {K}: no order: the day's budget has 0.0001 left",
    )


def test_a_refused_bid_gives_its_money_back_and_rests_before_it_is_repeated():
    state, (command,) = step(begun(), before_gate())
    assert state.spent.amount == 17_300

    state, commands = step(state, before_gate(119, facts=(refused(command),)))
    early = step(state, before_gate(100, now_s=NOW_S + 29))[1]
    _, again = step(state, before_gate(90, now_s=NOW_S + 30))

    assert (commands, early, again) == ((), (), (command,))
    assert state.spent.amount == 0
    assert state.waiting == f"the order for interval {K} held off for 30 s: it was too late"


def test_each_refusal_doubles_the_pause_and_a_confirmation_forgets_it():
    state, pauses = begun(), []
    for _ in range(7):
        state, _ = step(state, before_gate(facts=(refused(place()),)))
        pauses.append(state.underway.resting[0].until - NOW_S)
    after, _ = step(state, before_gate(facts=(confirmed(place()),)))

    assert pauses == [30, 60, 120, 240, 480, 900, 900]
    assert after.underway.resting == ()


def test_another_refusal_between_ends_no_commands_rest():
    state, _ = step(begun(), before_gate(facts=(refused(place()),)))
    state, _ = step(state, before_gate(facts=(refused(WithdrawBalance(amount=5)),)))

    early, commands = step(state, before_gate(now_s=NOW_S + 29))

    assert commands == ()
    assert early.waiting == f"the order for interval {K} held off for 1 s: it was too late"


def test_a_reorganisation_reopens_the_order_and_nothing_is_sent_beside_it():
    state, (command,) = step(begun(), before_gate())
    state, _ = step(state, before_gate(facts=(confirmed(command),), market=market()))
    undone = IntentUndone(intent=command, reason="the block is gone")

    state, commands = step(state, before_gate(facts=(undone,)))

    assert (commands, state.underway.intents) == ((), (command,))


def test_a_restart_adopts_what_stands_and_what_is_under_way():
    stands = before_gate(market=market(orders=(placed(),)))
    resumed = before_gate(facts=(IntentResumed(intent=place()),))

    assert step(begun(), stands)[1] == ()
    state, commands = step(begun(), resumed)
    assert (commands, state.waiting) == ((), f"the order for interval {K} is not confirmed yet")


def test_a_home_of_one_kind_sells_that_kind():
    _, (command,) = step(begun(), before_gate(outlooks=(outlook(SURPLUS),)), sells=Kind.CHP)

    assert isinstance(command, PlaceOrder)
    assert command.order.kind is Kind.CHP
