"""Rest: faults, the person's wish, and the money that comes back."""

import pytest

from node.core.commands import RefundOrder
from node.core.facts import IntentUndone
from node.core.faults import Severity
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, REST, step
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    chain_view,
    confirmed,
    drawing,
    fault,
    meter,
    observation,
    on_seller1,
    order,
    refused,
    relay_view,
    supply_state_at_rest,
    supply_state_on_seller1,
    supply_state_purchasing,
)
from tests.factories.pairing import supply_state_on_pairing
from tests.factories.settings import HOME, SELLER1

STOP = (fault(Severity.REST),)


def states():
    return {
        Mode.OWN_SOURCE: supply_state_at_rest(),
        Mode.PURCHASING: supply_state_purchasing(),
        Mode.ON_SELLER: supply_state_on_seller1(),
        Mode.ON_PAIRING: supply_state_on_pairing(),
        Mode.HOLD_OFF: supply_state_at_rest(mode=Mode.HOLD_OFF),
        Mode.SAFE: supply_state_at_rest(mode=Mode.SAFE),
    }


@pytest.mark.failure(
    part="node",
    failure="any fault that demands rest",
    contacts="asked open in the same step, where they are closed",
    person="`safe`, with the fault's sentence",
    money="an order under way stays promised",
)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("relay", [None, relay_view(), on_seller1()])
def test_a_fault_that_demands_rest_asks_for_it_in_the_same_step(mode, relay):
    """Also just after the contact was asked for, and while the relay does not show it closed."""
    before = states()[mode]

    state, commands = step(before, drawing(relay=relay), STOP)

    shown = relay == on_seller1()
    draws = mode in (Mode.ON_SELLER, Mode.ON_PAIRING)
    assert commands == ((REST,) if draws or shown else ())
    assert (state.mode, state.reason) == (Mode.SAFE, "a sensor failed")
    assert (state.contact.closed_at_s, state.pending) == (None, before.pending)


def test_a_contact_asked_for_a_moment_ago_is_taken_back_by_a_fault():
    asked = supply_state_on_seller1(asked_at_s=NOW_S - 0.1, closed_at_s=None)

    assert step(asked, drawing(relay=relay_view()), STOP)[1] == (REST,)


def test_rest_is_not_asked_for_again_within_a_second():
    state, _ = step(supply_state_on_seller1(), drawing(), STOP)

    assert step(state, drawing(NOW_S + 0.9), STOP)[1] == ()
    assert step(state, drawing(NOW_S + 1), STOP)[1] == (REST,)


def test_when_the_fault_clears_the_home_goes_on_with_its_credit():
    state, _ = step(supply_state_on_seller1(), drawing(), STOP)

    chain = chain_view(NOW_S + 9, orders=(order(),), last_number=7)
    state, commands = step(state, observation(NOW_S + 9, 19.0, chain=chain))

    assert (commands, state.mode) == ((CLOSE,), Mode.ON_SELLER)


def test_when_the_fault_clears_a_home_that_is_well_stays_on_its_own_source():
    state, commands = step(supply_state_at_rest(mode=Mode.SAFE), observation())

    assert (commands, state.mode, state.reason) == (
        (),
        Mode.OWN_SOURCE,
        "every fault has cleared",
    )


@pytest.mark.failure(
    part="node",
    failure="a fault that comes and goes (a loose wire), the fourth time within half a minute",
    contacts="rest, also while it is gone; closed again after",
    person="`faults came too often: at rest for 899 s more`",
    lasts="900 s",
)
def test_faults_that_keep_coming_back_leave_the_contact_at_rest():
    """A loose sensor wire must not switch the contact once a second until it is worn."""
    drops = (NOW_S - 30, NOW_S - 20, NOW_S - 10)
    state, commands = step(supply_state_on_seller1(drops=drops), drawing(), STOP)
    assert (commands, state.drops) == ((REST,), (*drops, NOW_S))

    chain = chain_view(orders=(order(),), last_number=7)
    state, commands = step(state, observation(NOW_S + 1, 19.0, chain=chain))
    assert (commands, state.mode) == ((), Mode.SAFE)
    assert state.waiting == "faults came too often: at rest for 899 s more"

    state, commands = step(state, observation(NOW_S + 900, 19.0, chain=chain))
    assert (commands, state.mode) == ((CLOSE,), Mode.ON_SELLER)


def test_the_person_comes_before_the_threshold():
    state, commands = step(supply_state_on_seller1(), drawing(wants_own_source=True))

    assert (commands, state.mode, state.drops) == ((REST,), Mode.OWN_SOURCE, ())
    assert state.reason == "on own source, as its person wishes"
    state, commands = step(state, observation(NOW_S + 2, 5.0, wants_own_source=True))
    assert (commands, state.mode) == ((), Mode.OWN_SOURCE)


def test_a_fault_comes_before_the_person():
    state, commands = step(supply_state_on_seller1(), drawing(wants_own_source=True), STOP)

    assert (commands, state.mode) == ((REST,), Mode.SAFE)


def test_a_lifted_wish_is_not_the_reason_any_more():
    wished, _ = step(supply_state_at_rest(), observation(wants_own_source=True))

    state, commands = step(wished, observation(NOW_S + 1))

    assert (commands, state.reason) == ((), "its person has lifted the wish for own source")


def test_an_order_under_way_survives_the_wish_and_is_not_bought_twice():
    wished, commands = step(supply_state_purchasing(), observation(wants_own_source=True))
    assert (commands, wished.mode) == ((), Mode.OWN_SOURCE)

    state, commands = step(wished, observation(NOW_S + 1, 5.0))

    assert (commands, state.mode) == ((), Mode.PURCHASING)
    assert state.reason == "order 7 is still under way"


def test_the_own_sources_voltage_is_learnt_on_own_source_alone():
    seen = {"load": meter(bus_voltage_v=13.1)}

    assert step(supply_state_at_rest(), observation(**seen))[0].own_voltage_v == 13.1
    assert step(supply_state_on_seller1(), drawing(**seen))[0].own_voltage_v == 12.8


EXPIRED = order(expires_s=CALENDAR_S - 4_500)
REFUND = RefundOrder(buyer=HOME, seller=SELLER1, number=7)


def with_expired(now_s=NOW_S, **changes):
    return observation(now_s, chain=chain_view(orders=(EXPIRED,), last_number=7), **changes)


@pytest.mark.failure(
    part="neighbour",
    failure="the seller is silent for ever",
    money="the buyer asks for the rest back, once",
    lasts="the grace, and a quarter of it more",
)
def test_money_left_in_an_order_is_asked_back_once_its_grace_has_passed():
    """An hour of grace, and a quarter more for a seller that is only late."""
    early = chain_view(orders=(order(expires_s=CALENDAR_S - 4_499),), last_number=7)
    assert step(supply_state_at_rest(), observation(chain=early))[1] == ()

    state, commands = step(supply_state_at_rest(), with_expired())

    assert (commands, state.refunding.intents) == ((REFUND,), (REFUND,))
    assert step(state, with_expired(NOW_S + 1))[1] == ()


def test_a_refund_is_forgotten_once_the_order_is_closed():
    state, _ = step(supply_state_at_rest(), with_expired())

    closed = chain_view(last_number=7)
    state, commands = step(
        state, observation(NOW_S + 1, chain=closed, facts=(confirmed(REFUND, NOW_S + 1),))
    )

    assert (commands, state.refunding.intents, state.draws) == ((), (), ())


def test_a_refund_is_not_asked_for_again_before_a_view_can_show_it():
    state, _ = step(supply_state_at_rest(), with_expired())
    done = confirmed(REFUND, NOW_S + 1)
    before = chain_view(orders=(EXPIRED,), last_number=7)
    assert before.block.number < done.block.number

    state, commands = step(state, observation(NOW_S + 1, chain=before, facts=(done,)))

    assert (commands, state.refunding.intents) == ((), ())


def test_a_refund_that_a_reorganisation_undoes_is_under_way_and_not_asked_for_again():
    state, _ = step(supply_state_at_rest(), with_expired())
    closed = chain_view(last_number=7)
    state, _ = step(state, observation(NOW_S + 1, chain=closed, facts=(confirmed(REFUND),)))

    undone = IntentUndone(intent=REFUND, reason="the chain replaced its block")
    state, commands = step(state, with_expired(NOW_S + 2, facts=(undone,)))

    assert (commands, state.refunding.intents) == ((), (REFUND,))


def test_a_refused_refund_is_asked_for_again_after_a_pause():
    state, _ = step(supply_state_at_rest(), with_expired())

    state, commands = step(state, with_expired(NOW_S + 1, facts=(refused(REFUND),)))
    assert (commands, state.refunding.intents) == ((), ())

    assert step(state, with_expired(NOW_S + 900))[1] == ()
    assert step(state, with_expired(NOW_S + 901))[1] == (REFUND,)


def test_no_refund_is_asked_for_while_the_chain_is_away():
    assert step(supply_state_at_rest(), with_expired(chain_problem="no answer"))[1] == ()
