"""What becomes of an order: confirmed, refused, undone, of an earlier run; each paid once."""

import pytest

from node.core.budget import Spent
from node.core.commands import LONGEST_ORDER_S, OpenOrder
from node.core.facts import IntentResumed, IntentUndone, ReceiptReceived
from node.core.holdoff import HoldOff
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, REST, step
from tests.factories.home import (
    DAY,
    NOW_S,
    chain_view,
    confirmed,
    connection,
    draw,
    observation,
    open_order,
    order,
    pending,
    receipt,
    refused,
    relay_view,
    stamp,
    supply_state_at_rest,
    supply_state_purchasing,
)
from tests.factories.settings import SELLER1, SELLER2

BOUGHT = chain_view(orders=(order(energy_milliwh=206_000),), last_number=7)


def test_an_order_under_way_is_waited_for_and_never_repeated():
    state, commands = step(supply_state_purchasing(), observation(NOW_S + 9, soc_pct=12.0))

    assert (commands, state.mode) == ((), Mode.PURCHASING)
    assert state.waiting == "order 7 not confirmed yet (9 s)"
    assert (pending(),) == state.pending


def test_an_order_that_a_block_shows_is_not_drawn_before_it_is_confirmed():
    """With three confirmations the order is on the chain two blocks before it counts."""
    state, commands = step(supply_state_purchasing(), observation(NOW_S + 1, 12.0, chain=BOUGHT))

    assert (commands, state.draws, state.mode) == ((), (), Mode.PURCHASING)


def test_a_confirmed_purchase_closes_the_contact():
    seen = observation(NOW_S + 2, 19.2, chain=BOUGHT, facts=(confirmed(open_order(), NOW_S + 2),))

    state, commands = step(supply_state_purchasing(), seen)

    assert commands == (CLOSE,)
    assert (state.mode, state.contact.seller, state.pending) == (Mode.ON_SELLER, SELLER1, ())
    assert state.reason == (
        "SoC 19.2 % < limit 20 %: bought 206 Wh from seller1 at 0.18/kWh, order 7,"
        " confirmed in block 702"
    )


def test_a_purchase_that_was_confirmed_while_the_relay_is_away_waits_for_it():
    seen = observation(
        NOW_S + 2,
        19.2,
        chain=BOUGHT,
        facts=(confirmed(open_order()),),
        relay_lost_at_s=NOW_S + 1,
    )

    state, commands = step(supply_state_purchasing(), seen)

    assert (commands, state.mode) == ((), Mode.PURCHASING)
    back, commands = step(state, observation(NOW_S + 4, 19.2, chain=BOUGHT))
    assert (commands, back.mode) == ((CLOSE,), Mode.ON_SELLER)


def test_a_purchase_whose_seller_has_withdrawn_meanwhile_holds_the_seller_off():
    seen = observation(
        NOW_S + 2,
        19.2,
        chain=BOUGHT,
        facts=(confirmed(open_order()),),
        relay=relay_view(connection(0, consents_stand=False), connection(1)),
    )

    state, commands = step(supply_state_purchasing(), seen)

    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.hold_offs == (HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 32),)


def test_a_purchase_that_is_not_needed_any_more_is_kept_as_credit():
    seen = observation(NOW_S + 2, 31.0, chain=BOUGHT, facts=(confirmed(open_order()),))

    state, commands = step(supply_state_purchasing(), seen)

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert [d.number for d in state.draws] == [7]
    again, commands = step(state, observation(NOW_S + 60, 19.0, chain=BOUGHT))
    assert (commands, again.reason) == ((CLOSE,), "SoC 19.0 % < limit 20 %: using open credit")


def test_a_refused_purchase_holds_its_seller_off_and_gives_the_budget_back():
    state, commands = step(
        supply_state_purchasing(), observation(soc_pct=19.0, facts=(refused(open_order()),))
    )

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert state.reason == "order 7 was refused: it was too late"
    assert (state.pending, state.spent) == ((), Spent(day=DAY, amount=0))
    assert state.hold_offs == (HoldOff(seller=SELLER1, failures=1, until_s=NOW_S + 30),)
    later, (bought,) = step(state, observation(NOW_S + 1, soc_pct=19.0))
    assert (bought.seller, bought.number) == (SELLER2, 7), "a refused number is free again"
    assert later.mode is Mode.PURCHASING


def test_the_pause_grows_with_each_refusal():
    held = HoldOff(seller=SELLER1, failures=2, until_s=NOW_S)

    state, _ = step(
        supply_state_purchasing(hold_offs=(held,)),
        observation(soc_pct=19.0, facts=(refused(open_order()),)),
    )

    assert state.hold_offs == (HoldOff(seller=SELLER1, failures=3, until_s=NOW_S + 120),)


def test_a_refusal_of_another_order_settles_nothing():
    before = supply_state_purchasing()

    state, commands = step(before, observation(soc_pct=19.0, facts=(refused(open_order(5)),)))

    assert (commands, state.pending, state.hold_offs) == ((), before.pending, ())


def test_a_refusal_after_midnight_gives_nothing_back_of_the_new_day():
    before = supply_state_purchasing(spent=Spent(day=DAY + 1, amount=50_000))

    state, _ = step(before, observation(soc_pct=19.0, facts=(refused(open_order()),)))

    assert state.spent == Spent(day=DAY + 1, amount=50_000)


def test_a_number_that_an_earlier_run_has_promised_is_waited_for():
    """Its terms differ, but it may be mined yet: another number would be a second purchase."""
    state, commands = step(
        supply_state_purchasing(),
        observation(soc_pct=19.0, facts=(refused(open_order(), "AlreadyPromised"),)),
    )

    assert (commands, state.mode, state.hold_offs) == ((), Mode.PURCHASING, ())
    other = open_order(energy_milliwh=150_000, max_cost=27_000)
    bought = chain_view(orders=(order(energy_milliwh=150_000),), last_number=7)
    seen = observation(NOW_S + 2, 19.0, chain=bought, facts=(confirmed(other),))
    state, commands = step(state, seen)
    assert (commands, state.pending) == ((CLOSE,), ())


def test_an_order_of_an_earlier_run_is_waited_for_from_the_start():
    start = supply_state_at_rest(resuming=True)
    seen = observation(soc_pct=12.0, facts=(IntentResumed(intent=open_order()),))

    state, commands = step(start, seen)

    assert (commands, state.mode) == ((), Mode.PURCHASING)
    assert state.pending == (pending(day=None),)


def test_after_a_restart_open_credit_connects_without_buying():
    """25 % is between limit and resume: it was drawing, so it goes on."""
    seen = observation(soc_pct=25.0, chain=chain_view(orders=(order(),), last_number=7))

    state, commands = step(supply_state_at_rest(resuming=True), seen)

    assert (commands, state.mode) == ((CLOSE,), Mode.ON_SELLER)
    assert (state.reason, state.resuming) == ("SoC 25.0 %: using open credit", False)


@pytest.mark.parametrize(
    "relay",
    [
        relay_view(connection(0, consents_stand=False), connection(1)),
        relay_view(busy_sources=frozenset({"seller1"})),
    ],
)
def test_after_a_restart_credit_out_of_reach_buys_nothing_above_the_limit(relay):
    seen = observation(
        soc_pct=25.0, chain=chain_view(orders=(order(),), last_number=7), relay=relay
    )

    state, commands = step(supply_state_at_rest(resuming=True), seen)

    assert (commands, state.mode, state.pending) == ((), Mode.OWN_SOURCE, ())
    assert (state.resuming, state.waiting) == (True, "SoC 25.0 %, open credit out of reach for now")


@pytest.mark.parametrize("left", [order(expires_s=stamp().timestamp_s), order(7, seller=SELLER2)])
def test_after_a_restart_expired_credit_is_not_sought(left):
    seen = observation(
        soc_pct=25.0,
        chain=chain_view(orders=(left,), last_number=7),
        relay=relay_view(connection(0)),
    )

    _, commands = step(supply_state_at_rest(resuming=True), seen)

    assert commands == ()


def test_the_number_of_an_earlier_runs_refused_order_is_free_again():
    told = observation(soc_pct=12.0, facts=(IntentResumed(intent=open_order()),))
    waiting, _ = step(supply_state_at_rest(resuming=True), told)

    over = observation(NOW_S + 1, 12.0, facts=(refused(open_order()),))
    state, commands = step(waiting, over)
    _, (bought,) = step(state, observation(NOW_S + 2, 12.0))

    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)
    assert (bought.seller, bought.number) == (SELLER2, 7)


def test_refusals_in_a_row_never_step_out_of_the_contracts_reach():
    state, facts, numbers = supply_state_at_rest(), (), []
    for now_s in range(int(NOW_S), int(NOW_S) + 3_000, 30):
        seen = observation(now_s, 12.0, chain=chain_view(now_s), facts=facts)
        state, commands = step(state, seen)
        asked = [command for command in commands if isinstance(command, OpenOrder)]
        numbers += [told.number for told in asked]
        facts = tuple(refused(told) for told in asked)

    assert len(numbers) > 5
    assert set(numbers) == {7}


def test_a_number_that_an_endpoint_told_once_does_not_outlast_its_view():
    lied = observation(soc_pct=25.0, chain=chain_view(last_number=2**32 - 1))
    state, _ = step(supply_state_at_rest(), lied)

    _, (bought,) = step(state, observation(NOW_S + 1, 12.0))

    assert bought.number == 7


def test_an_undone_purchase_is_pending_again_and_nothing_else_is_bought():
    before = supply_state_at_rest(draws=(draw(),))
    seen = observation(
        soc_pct=12.0, facts=(IntentUndone(intent=open_order(), reason="the block is gone"),)
    )

    state, commands = step(before, seen)

    assert (commands, state.draws, state.mode) == ((), (), Mode.PURCHASING)
    assert state.pending == (pending(day=None),)


def test_a_view_without_the_order_is_believed_before_the_ledger_speaks():
    """The view of a reorganised chain comes first; a step between the two must not buy."""
    before = supply_state_at_rest(draws=(draw(energy_milliwh=206_000),))

    state, commands = step(before, observation(soc_pct=12.0))

    assert (commands, state.draws, state.mode) == ((), (), Mode.PURCHASING)
    taken = open_order(max_duration_s=LONGEST_ORDER_S)
    assert state.pending == (pending(taken, day=None, promised=False),)
    back, commands = step(state, observation(NOW_S + 1, 12.0, chain=BOUGHT))
    assert (commands, back.pending) == ((CLOSE,), ())


def test_two_orders_that_a_reorganisation_undid_are_both_waited_for():
    before = supply_state_at_rest(draws=(draw(7), draw(8)))
    undone = tuple(IntentUndone(intent=open_order(n), reason="gone") for n in (7, 8))

    state, _ = step(before, observation(soc_pct=12.0, facts=undone))
    state, commands = step(state, observation(NOW_S + 1, 12.0, facts=(refused(open_order(8)),)))

    assert (commands, state.mode) == ((), Mode.PURCHASING)
    assert [p.order.number for p in state.pending] == [7]


def test_a_purchase_confirmed_once_more_keeps_what_was_drawn():
    before = supply_state_at_rest(draws=(draw(drawn_milliwh=50_000, receipted_milliwh=50_000),))
    seen = observation(
        chain=chain_view(orders=(order(),), last_number=7), facts=(confirmed(open_order()),)
    )

    state, commands = step(before, seen)

    assert (commands, state.draws[0].drawn_milliwh) == ((), 50_000)


def test_a_receipt_that_nobody_verified_changes_nothing():
    """Anybody may send one over the broker: it must not eat the credit up."""
    before = supply_state_at_rest(draws=(draw(),), import_milliwh=0, own_voltage_v=12.8)
    chain = chain_view(orders=(order(),), last_number=7)
    forged = ReceiptReceived(receipt=receipt(drawn_milliwh=200_000))

    state, commands = step(before, observation(chain=chain, facts=(forged,)))

    assert (commands, state.draws) == ((), before.draws)


def test_a_verified_own_receipt_raises_what_was_drawn():
    chain = chain_view(orders=(order(),), last_number=7)

    state, commands = step(
        supply_state_at_rest(), observation(chain=chain, receipts=(receipt(drawn_milliwh=4_000),))
    )

    assert (commands, state.draws) == ((), (draw(drawn_milliwh=4_000, receipted_milliwh=4_000),))
