"""How a seller is paid: after its withdrawal, at an order's end, or when it is complete."""

import pytest

from node.core.commands import CloseOrder, Redeem
from node.core.delivery.state import Delivery
from node.core.facts import IntentResumed, IntentUndone
from node.core.underway import NOTHING, ask
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    chain_view,
    confirmed,
    delivery_state_in,
    order,
    receipt,
    refused,
)
from tests.factories.selling import (
    SALE,
    delivering,
    in_delivery,
    posted,
    selling,
    standing,
    step,
)
from tests.factories.settings import HOME, NEIGHBOUR

POSTING = ask(NOTHING, posted(), now=NOW_S)


def settled(now_s, state, **changes):
    sold = standing(now_s=now_s, available_milliwh=0, orders=(SALE,))
    return step(state, selling(now_s, 12.0, **{"chain": sold, **changes}))


def stopped(**changes):
    plain = {"opened_at_s": NOW_S - 10, "withdrawn_at_s": NOW_S}
    return delivery_state_in(Delivery.NOT_OFFERING, **{**plain, **changes})


def test_after_a_withdrawal_the_sale_is_settled_once_the_last_receipt_may_have_come():
    signed = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=50_000)

    early = settled(NOW_S, stopped(opened_at_s=NOW_S - 9), receipts=(signed,))
    state, commands = settled(NOW_S, stopped(), receipts=(signed,))

    assert early[1] == ()
    assert commands == (Redeem(receipt=signed, close=True),)
    assert state.underway.intents == commands
    assert settled(NOW_S + 1, state, receipts=(signed,), relay=None)[1] == ()


@pytest.mark.failure(
    part="neighbour",
    failure="the buyer has signed nothing by the end",
    money="the seller renounces: the order is closed",
)
def test_after_a_withdrawal_an_unsigned_sale_is_renounced():
    assert settled(NOW_S, stopped())[1] == (CloseOrder(buyer=NEIGHBOUR, number=7),)


def test_a_complete_order_is_redeemed_while_the_delivery_goes_on():
    complete = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=200_000)

    _, commands = step(in_delivery(underway=POSTING), delivering(receipts=(complete,)))

    assert commands == (Redeem(receipt=complete, close=False),)


def test_an_expired_order_is_settled_when_its_last_receipt_may_have_come():
    """The buyer opens at the end and signs then: a seller in a hurry would lose that energy."""
    ended = order(buyer=NEIGHBOUR, seller=HOME, expires_s=CALENDAR_S)

    def at(now_s):
        view = chain_view(now_s, offers=(), orders=(ended,))
        seen = delivering(now_s, chain=view)
        return [c for c in step(in_delivery(underway=POSTING), seen)[1]]

    assert CloseOrder(buyer=NEIGHBOUR, number=7) not in at(NOW_S + 9)
    assert CloseOrder(buyer=NEIGHBOUR, number=7) in at(NOW_S + 10)


@pytest.mark.failure(
    part="neighbour",
    failure="a settlement is refused",
    money="tried again",
    lasts="30 s",
)
def test_a_refused_settlement_is_tried_again_after_a_pause():
    close = CloseOrder(buyer=NEIGHBOUR, number=7)
    state, _ = settled(NOW_S, stopped())

    state, commands = settled(NOW_S + 1, state, facts=(refused(close),), relay=None)
    assert (commands, state.underway.asked) == ((), ())

    assert settled(NOW_S + 30, state, relay=None)[1] == ()
    assert settled(NOW_S + 31, state, relay=None)[1] == (close,)


def test_what_is_confirmed_or_sent_again_is_not_asked_for_beside_it():
    """The ledger's word may come before a view that shows the order closed."""

    def after(now_s, state, *facts):
        return settled(now_s, state, relay=None, facts=facts)

    asked, (close,) = after(NOW_S, stopped())
    done, early = after(NOW_S + 1, asked, confirmed(close, NOW_S + 5))
    _, undone = after(NOW_S + 6, done, IntentUndone(intent=close, reason="gone"))
    _, resumed = after(NOW_S, stopped(), IntentResumed(intent=close))
    _, stays_open = after(NOW_S + 5, done)

    assert (early, undone, resumed, stays_open) == ((), (), (), (close,))


def test_nothing_is_settled_while_the_chain_is_away():
    assert settled(NOW_S, stopped(), chain_problem="no answer")[1] == ()
