"""Leaving a seller that fails: lost leases, consents, contacts, deliveries and blocks."""

from dataclasses import replace

import pytest

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import SignReceipt
from node.core.facts import IntentUndone, LeaseGranted, LeaseRefused
from node.core.faults import Severity
from node.core.supply.state import Mode
from tests.factories.buying import CLOSE, HELD_OFF, OPEN, REST, step
from tests.factories.home import (
    CHANNELS1,
    NOW_S,
    chain_view,
    connection,
    draw,
    drawing,
    fault,
    meter,
    observation,
    on_seller1,
    open_order,
    order,
    relay_view,
    supply_state_on_seller1,
)
from tests.factories.settings import SELLER1


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes away the order that is drawn",
    contacts="rest",
    money="nothing is bought anew: it is waited for",
)
def test_a_reorganisation_that_undoes_the_purchase_opens_the_contact():
    undone = IntentUndone(intent=open_order(), reason="the block is gone")
    seen = drawing(chain=chain_view(), facts=(undone,))

    state, commands = step(supply_state_on_seller1(), seen)

    assert (commands, state.mode, state.draws) == ((REST,), Mode.OWN_SOURCE, ())
    assert [p.order.number for p in state.pending] == [7]
    later, commands = step(state, observation(NOW_S + 1, 12.0))
    assert (commands, later.mode) == ((), Mode.PURCHASING), "and nothing is bought anew"


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes away an order, and another has credit",
    contacts="stay closed",
)
def test_a_reorganisation_leaves_the_contact_alone_while_other_credit_is_left():
    undone = IntentUndone(intent=open_order(8), reason="the block is gone")
    before = supply_state_on_seller1(draws=(draw(7), draw(8)))

    state, commands = step(before, drawing(facts=(undone,)))

    assert (commands, state.mode, state.draws) == ((), Mode.ON_SELLER, (draw(7),))


@pytest.mark.failure(
    part="neighbour",
    failure="the seller withdraws its consent",
    contacts="rest",
    person="buyer: `seller1 withdrew its consent: back on own source`",
    lasts="held off for 30 s",
)
def test_a_seller_that_withdraws_its_consent_is_left_and_held_off():
    gone = relay_view(connection(0, consents_stand=False), connection(1))

    state, commands = step(supply_state_on_seller1(), drawing(relay=gone))

    assert (commands, state.mode, state.hold_offs) == ((REST,), Mode.OWN_SOURCE, (HELD_OFF,))
    assert state.reason == "seller1 withdrew its consent: back on own source"


def test_a_connection_that_is_wired_no_more_is_left():
    """Else the home would wait for ever for a contact that nobody has."""
    state, commands = step(supply_state_on_seller1(), drawing(relay=relay_view(connection(1))))

    assert (commands, state.mode, state.hold_offs) == ((REST,), Mode.OWN_SOURCE, (HELD_OFF,))


@pytest.mark.failure(
    part="relay",
    failure="a lease is lost",
    contacts="asked closed again",
    person="`the lease was lost: closing again to seller1 on the same order`",
    money="the same order; nothing is bought",
)
def test_a_lost_lease_closes_the_contact_again_on_the_same_order():
    state, commands = step(supply_state_on_seller1(), drawing(relay=OPEN))

    assert (commands, state.mode, state.drops) == ((CLOSE,), Mode.ON_SELLER, (NOW_S,))
    assert state.reason == "the lease was lost: closing again to seller1 on the same order"
    assert (state.contact.closed_at_s, state.contact.asked_at_s, state.pending) == (None, NOW_S, ())


@pytest.mark.failure(
    part="relay",
    failure="a lease is lost, the fourth time in an hour",
    contacts="rest",
    person="own source, the seller held off",
    lasts="30 s",
)
def test_a_fourth_lost_lease_within_an_hour_sends_the_home_back():
    drops = (NOW_S - 3_000, NOW_S - 2_000, NOW_S - 100)

    state, commands = step(supply_state_on_seller1(drops=drops), drawing(relay=OPEN))

    assert (commands, state.mode, state.hold_offs) == ((REST,), Mode.OWN_SOURCE, (HELD_OFF,))
    aged = supply_state_on_seller1(drops=(NOW_S - 3_600, *drops[1:]))
    assert step(aged, drawing(relay=OPEN))[1] == (CLOSE,)


def test_a_lost_lease_is_not_closed_again_once_the_credit_has_ended():
    seen = drawing(relay=OPEN, connection=meter(200_000, power_w=0.0))

    state, commands = step(supply_state_on_seller1(), seen)

    assert commands == (REST, SignReceipt(seller=SELLER1, number=7, drawn_milliwh=200_000))
    assert state.mode is Mode.OWN_SOURCE


@pytest.mark.failure(
    part="relay",
    failure="a contact does not close",
    contacts="rest",
    person="`the contact did not close: back on own source`",
    lasts="asked open after 5 s",
)
def test_a_contact_gets_five_seconds_to_close():
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 5)

    state, commands = step(asked, drawing(relay=OPEN))
    assert (commands, state.waiting) == ((), "the contact is closing")

    state, commands = step(asked, drawing(NOW_S + 0.1, relay=OPEN))
    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == "the contact did not close: back on own source"


@pytest.mark.parametrize(
    ("contacts", "granted_at_s", "said"),
    [
        (CHANNELS1, NOW_S - 4, "the relay granted the lease, but the contact did not close"),
        (CHANNELS1, NOW_S - 6, "the contact did not close"),
        ((), NOW_S - 4, "the contact did not close"),
    ],
)
def test_a_contact_that_the_relay_has_granted_is_told_apart(contacts, granted_at_s, said):
    """Of the lease asked for before, or of rest, is no answer to this wish."""
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 5)
    granted = LeaseGranted(contacts=contacts, lease_s=15.0)

    heard, _ = step(asked, drawing(granted_at_s, relay=OPEN, facts=(granted,)))
    left, commands = step(heard, drawing(NOW_S + 0.1, relay=OPEN))

    assert (commands, left.reason) == ((REST,), f"{said}: back on own source")


@pytest.mark.parametrize(("contacts", "left"), [(CHANNELS1, True), ((), False)])
def test_a_refused_lease_sends_the_home_back_but_a_refused_rest_does_not(contacts, left):
    refusal = LeaseRefused(contacts=contacts, name="NoConsent", sentence="no consent stands")
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 1)

    state, commands = step(asked, drawing(relay=OPEN, facts=(refusal,)))

    assert (commands == (REST,)) is left
    assert (state.hold_offs == (HELD_OFF,)) is left


@pytest.mark.parametrize(
    ("closed_at_s", "after_s", "drawn"),
    [(None, 1.0, 0), (NOW_S - 5, 1.0, 16), (NOW_S - 5, 3.0, 0)],
)
def test_after_a_refusal_only_who_had_closed_the_contact_pays_and_for_two_samples(
    closed_at_s, after_s, drawn
):
    refusal = LeaseRefused(contacts=CHANNELS1, name="NoConsent", sentence="no consent stands")
    asked = supply_state_on_seller1(closed_at_s=closed_at_s, asked_at_s=NOW_S - 1)
    left, _ = step(asked, drawing(relay=OPEN, facts=(refusal,)))
    chain = chain_view(orders=(order(),), last_number=7)

    state, _ = step(left, observation(NOW_S + after_s, 30.0, chain=chain, connection=meter(16)))

    assert state.draws[0].drawn_milliwh == drawn


@pytest.mark.parametrize("seen", [{}, {"relay_lost_at_s": NOW_S}])
def test_what_flows_before_the_relay_shows_the_contact_closed_is_the_own_sources(seen):
    """It comes from the grid at the connection; who consents and takes it back would be paid."""
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 1)

    waits, _ = step(asked, drawing(relay=OPEN, connection=meter(16), **seen))
    fed, _ = step(waits, drawing(NOW_S + 1, connection=meter(20)))

    assert waits.draws[0].drawn_milliwh == (16 if seen else 0), "a relay that is away may hold it"
    assert fed.draws[0].drawn_milliwh == waits.draws[0].drawn_milliwh + 4


def test_a_contact_that_never_closed_leaves_nothing_to_pay():
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 6)
    left, _ = step(asked, drawing(relay=OPEN))
    chain = chain_view(orders=(order(),), last_number=7)

    state, _ = step(left, observation(NOW_S + 1, 30.0, chain=chain, connection=meter(16)))

    assert left.reason == "the contact did not close: back on own source"
    assert state.draws[0].drawn_milliwh == 0


def test_another_contact_of_this_home_that_is_closed_feeds_nothing_of_the_one_asked_for():
    """Somebody at the relay holds it, or it is opening still: that energy is another seller's."""
    other = relay_view(connection(0), connection(1, closed=True))
    asked = supply_state_on_seller1(closed_at_s=None, asked_at_s=NOW_S - 1)
    refusal = LeaseRefused(contacts=CHANNELS1, name="LoadBusy", sentence="seller2 feeds it")

    waits, _ = step(asked, drawing(relay=other, connection=meter(16)))
    left, _ = step(waits, drawing(NOW_S + 1, relay=other, facts=(refusal,)))
    chain = chain_view(orders=(order(),), last_number=7)
    later = observation(NOW_S + 2, 30.0, chain=chain, connection=meter(32), relay=other)
    state, _ = step(left, later)

    assert left.reason == "relay refused: seller2 feeds it: back on own source"
    assert [one.draws[0].drawn_milliwh for one in (waits, left, state)] == [0, 0, 0]


@pytest.mark.failure(
    part="relay",
    failure="the relay goes while a contact is closed, and stays away",
    contacts="open with their lease",
    money="drawn energy counts to the end of the lease, and a sample",
)
@pytest.mark.parametrize("from_load", [False, True])
def test_while_the_relay_is_away_energy_counts_no_longer_than_the_lease(from_load):
    """The connection may be to a grid, too, and the load is fed in any case."""
    state = supply_state_on_seller1(renewed_at_s=NOW_S)
    told = {"relay_lost_at_s": NOW_S + 1}
    drawn = []
    for passed_s in (1, 15, 16, 17, 30):
        faults = (fault(Severity.REST),) if passed_s >= 16 else ()
        metered = meter(passed_s * 16, power_w=60.0)
        seen = drawing(NOW_S + passed_s, load=metered, connection=metered, **told)
        state, _ = step(state, seen, faults, draws_from_load=from_load)
        drawn.append(state.draws[0].drawn_milliwh)

    assert drawn == [16, 240, 256, 256, 256]


def test_what_the_load_draws_counts_after_leaving_until_the_relay_shows_the_contact_open():
    metered = meter(0, power_w=60.0)
    left, _ = step(
        supply_state_on_seller1(),
        drawing(soc_pct=30.0, load=metered, connection=None),
        draws_from_load=True,
    )
    drawn, state = [], left
    for passed_s, closed in ((1, True), (2, True), (3, False), (4, False)):
        relay = on_seller1() if closed else replace(OPEN, received_at_s=NOW_S + passed_s)
        seen = drawing(
            NOW_S + passed_s,
            30.0,
            load=meter(passed_s * 16, power_w=60.0),
            connection=None,
            relay=relay,
        )
        state, _ = step(state, seen, draws_from_load=True)
        drawn.append(state.draws[0].drawn_milliwh)

    assert drawn == [16, 32, 48, 48]


def test_the_first_sample_after_the_contact_is_shown_open_is_the_last():
    state, _ = step(supply_state_on_seller1(), drawing(soc_pct=30.0))
    opened = replace(OPEN, received_at_s=NOW_S + 0.5)
    drawn = []
    for passed_s in (1, 2):
        seen = drawing(NOW_S + passed_s, 30.0, relay=opened, connection=meter(passed_s * 16))
        state, _ = step(state, seen)
        drawn.append(state.draws[0].drawn_milliwh)

    assert drawn == [16, 16]


@pytest.mark.parametrize(("settles_meter", "drawn"), [(False, 16), (True, 0)])
def test_what_still_flows_into_an_interval_of_the_auctions_is_not_signed_for(settles_meter, drawn):
    """The auction settles it by the same meter: a relay that is away opens no contact in time."""
    barred = replace(NO_RIGHTS, bars_sale="interval 5 is the auction's", settles_meter=False)
    away = {"relay_lost_at_s": NOW_S - 1}
    left, _ = step(supply_state_on_seller1(), drawing(**away), rights=barred)
    within = replace(barred, settles_meter=settles_meter)

    state, _ = step(left, drawing(NOW_S + 1, connection=meter(16), **away), rights=within)

    assert state.draws[0].drawn_milliwh == drawn


def test_registers_that_are_raised_to_the_chains_word_are_not_drawn():
    """A card that was lost begins at nothing, and the chain may know of thousands of kWh."""
    raised = replace(meter(9_000_016, power_w=60.0), raised=meter(9_000_000).registers)

    state, _ = step(supply_state_on_seller1(), drawing(connection=raised))

    assert state.draws[0].drawn_milliwh == 16


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation takes an order away between two receipts",
    money="what was drawn of it is signed for at once, and counts when it is back",
)
@pytest.mark.parametrize("is_told", [True, False])
def test_what_was_drawn_of_an_order_that_is_undone_is_signed_for(is_told):
    before = supply_state_on_seller1(draws=(draw(drawn_milliwh=900, receipted_milliwh=800),))
    undone = IntentUndone(intent=open_order(), reason="the block is gone")
    gone = drawing(chain=chain_view(), facts=(undone,) if is_told else ())

    _, commands = step(before, gone)

    assert commands == (REST, SignReceipt(seller=SELLER1, number=7, drawn_milliwh=900))


def test_what_is_left_to_pay_after_leaving_does_not_begin_anew_with_another_mode():
    withdrawn = relay_view(connection(0, consents_stand=False), connection(1))
    chain = chain_view(orders=(order(),), last_number=7)
    left, _ = step(supply_state_on_seller1(), drawing(relay=withdrawn))
    held, _ = step(left, observation(NOW_S + 10, 12.0, chain=chain, connection=meter(0)))

    state, _ = step(held, observation(NOW_S + 11, 12.0, chain=chain, connection=meter(16)))

    assert (left.mode, held.mode) != (Mode.OWN_SOURCE, Mode.OWN_SOURCE)
    assert state.draws[0].drawn_milliwh == 0


@pytest.mark.failure(
    part="relay",
    failure="the relay is away for less than the lease",
    contacts="no command",
    person="`relay away; its lease ends by itself`",
)
def test_a_relay_that_is_away_for_less_than_the_lease_is_waited_for():
    state, commands = step(
        supply_state_on_seller1(),
        drawing(relay_lost_at_s=NOW_S - 14),
        (fault(Severity.NO_PURCHASE),),
    )

    assert (commands, state.mode) == ((), Mode.ON_SELLER)
    assert state.waiting == "relay away; its lease ends by itself"


@pytest.mark.failure(
    part="relay",
    failure="the credit ends while the relay is away",
    contacts="asked open",
    person="own source",
)
def test_credit_that_ends_while_the_relay_is_away_ends_the_drawing():
    """Else the next receipt would carry a lease that no credit covers any more."""
    seen = drawing(relay_lost_at_s=NOW_S - 1, connection=meter(200_000, power_w=60.0))

    state, commands = step(supply_state_on_seller1(), seen)

    assert (commands[0], state.mode) == (REST, Mode.OWN_SOURCE)


@pytest.mark.failure(
    part="neighbour",
    failure="the seller does not deliver",
    contacts="rest",
    person="`seller1 does not deliver: back on own source`",
    lasts="asked open after 4 s of it",
)
@pytest.mark.parametrize(
    "silent",
    [
        {"load": meter(power_w=60.0, bus_voltage_v=10.2)},
        {"connection": meter(power_w=5.9)},
        {"load": meter(power_w=0.0, bus_voltage_v=0.0), "connection": meter(power_w=0.0)},
    ],
)
def test_a_seller_that_does_not_deliver_is_left_after_a_few_samples(silent):
    before = supply_state_on_seller1(renewed_at_s=NOW_S)
    state, commands = step(before, drawing(**silent))
    assert (commands, state.contact.undelivered_since_s) == ((), NOW_S)

    state, commands = step(state, drawing(NOW_S + 4, **silent))
    assert (commands, state.mode) == ((), Mode.ON_SELLER)

    state, commands = step(state, drawing(NOW_S + 4.1, **silent))
    assert (commands, state.mode) == ((REST,), Mode.OWN_SOURCE)
    assert state.reason == "seller1 does not deliver: back on own source"
    assert [h.failures for h in state.hold_offs] == [1]


@pytest.mark.parametrize(
    "fine",
    [
        {"load": meter(power_w=60.0, bus_voltage_v=10.3)},
        {"connection": meter(power_w=6.1)},
        {"load": meter(power_w=0.04), "connection": meter(power_w=0.0)},
        {"load": meter(power_w=None, bus_voltage_v=None)},
        {"load": None, "connection": None},
    ],
)
def test_a_seller_that_delivers_or_a_load_that_wants_nothing_is_no_failure(fine):
    before = supply_state_on_seller1(undelivered_since_s=NOW_S - 60)

    state, commands = step(before, drawing(**fine))

    assert (commands, state.contact.undelivered_since_s) == ((), None)
