"""Selling: offer, consent, watch the receipts, withdraw first and settle after."""

from dataclasses import replace

import pytest

from node.core.commands import CloseOrder, GiveConsent
from node.core.delivery.state import Delivery
from node.core.facts import ConsentGranted, ConsentRefused
from node.core.faults import Severity
from tests.factories.home import (
    NOW_S,
    battery,
    chain_view,
    connection,
    delivery_state_in,
    fault,
    meter,
    receipt,
    relay_view,
)
from tests.factories.selling import (
    CONSENT,
    SALE,
    WITHDRAWAL,
    delivering,
    in_delivery,
    offering,
    posted,
    selling,
    standing,
    step,
    to_neighbour,
)
from tests.factories.settings import HOME, NEIGHBOUR

STOP = (fault(Severity.REST),)


def test_a_home_above_its_floor_consents_and_offers_what_it_can_spare():
    state, commands = step(
        delivery_state_in(Delivery.NOT_OFFERING), selling(chain=chain_view(offers=()))
    )

    assert commands == (CONSENT, posted(200_000))
    assert state.mode is Delivery.OFFERING
    assert state.reason == "SoC 50.0 % above floor 30 %: offering at 0.18/kWh"
    assert (state.consents, state.underway.intents) == (((5, NOW_S),), (posted(200_000),))


@pytest.mark.parametrize(
    ("mode", "soc_pct", "then"),
    [
        (Delivery.NOT_OFFERING, 31.9, Delivery.NOT_OFFERING),
        (Delivery.NOT_OFFERING, 32.0, Delivery.OFFERING),
        (Delivery.OFFERING, 30.0, Delivery.OFFERING),
        (Delivery.OFFERING, 29.9, Delivery.NOT_OFFERING),
        (Delivery.DELIVERING, 29.9, Delivery.NOT_OFFERING),
    ],
)
def test_between_floor_and_offering_again_what_is_stays(mode, soc_pct, then):
    state, _ = step(delivery_state_in(mode, opened_at_s=NOW_S), selling(soc_pct=soc_pct))

    assert then is state.mode


@pytest.mark.parametrize(
    ("why", "case"),
    [
        ("a sensor failed", {"faults": STOP}),
        ("this home draws from a neighbour itself", {"draws_itself": True}),
        ("state of charge not settled", {"seen": selling(soc_pct=None)}),
        ("SoC 12.0 % < 32 %: nothing to sell", {"seen": selling(soc_pct=12.0)}),
        ("state of charge not settled", {"seen": selling(battery=battery(90.0, settled=False))}),
    ],
)
def test_what_forbids_selling_is_told_and_nothing_is_consented_to(why, case):
    case = {"seen": selling(chain=chain_view(offers=())), **case}

    state, commands = step(delivery_state_in(Delivery.NOT_OFFERING), **case)

    assert [c for c in commands if isinstance(c, GiveConsent)] == [WITHDRAWAL]
    assert (state.mode, state.waiting) == (Delivery.NOT_OFFERING, why)


def test_a_purchase_fault_does_not_stop_sales():
    state, _ = step(offering(), selling(), (fault(Severity.NO_PURCHASE),))

    assert state.mode is Delivery.OFFERING


@pytest.mark.parametrize("faults_or_draw", [(STOP, False), ((), True)])
def test_a_seller_that_stops_withdraws_its_consent_first_and_its_offer_after(faults_or_draw):
    faults, draws_itself = faults_or_draw

    state, commands = step(offering(), selling(), faults, draws_itself=draws_itself)

    assert commands == (WITHDRAWAL, posted(0))
    assert (state.mode, state.consents) == (Delivery.NOT_OFFERING, ())


def test_consents_are_renewed_at_a_third_of_their_span():
    early = offering(consents=((5, NOW_S - 19.9),))
    due = offering(consents=((5, NOW_S - 20),))

    assert step(early, selling())[1] == ()
    assert step(due, selling())[1] == (CONSENT,)


def test_a_consent_that_the_relay_has_forgotten_is_given_again_after_a_second():
    fresh = selling(relay=to_neighbour(consents_stand=False))

    assert step(offering(consents=((5, NOW_S - 0.9),)), fresh)[1] == ()
    assert step(offering(), fresh)[1] == (CONSENT,)


def test_a_refused_consent_is_asked_for_again_but_never_in_a_flood():
    """Each refusal wakes the loop: an answer at once would be asked as fast as the wire can."""
    refusal = ConsentRefused(connection=5, name="NotConsenter", sentence="not yours")
    unheard = selling(relay=to_neighbour(consents_stand=False), facts=(refusal,))

    state, commands = step(offering(consents=((5, NOW_S),)), unheard)

    assert commands == ()
    again = selling(NOW_S + 1, relay=to_neighbour(consents_stand=False))
    assert step(state, again)[1] == (CONSENT,)


def test_a_refused_consent_is_told_until_one_for_that_connection_is_granted():
    refusal = ConsentRefused(connection=5, name="NotConsenter", sentence="not yours")
    other = ConsentGranted(connection=6, consent_s=60.0)
    granted = ConsentGranted(connection=5, consent_s=60.0)

    refused, _ = step(offering(), selling(facts=(refusal, refusal)))
    still, _ = step(refused, selling(NOW_S + 1, facts=(other,)))
    heard, _ = step(still, selling(NOW_S + 2, facts=(granted,)))

    told = "the relay refuses the consent to connection 5: not yours"
    assert [s.waiting for s in (refused, still, heard)] == [told, told, ""]


def test_every_connection_that_this_home_feeds_is_consented_to():
    relay = relay_view(
        to_neighbour().connections[0],
        to_neighbour(connection=6).connections[0],
        connection(0),
    )

    _, commands = step(offering(consents=()), selling(relay=relay))

    assert commands == (CONSENT, GiveConsent(connection=6, consent_s=60.0))


def test_a_consent_that_could_not_be_withdrawn_is_withdrawn_when_the_relay_is_back():
    away = selling(soc_pct=12.0, relay_lost_at_s=NOW_S - 1)
    state, commands = step(offering(), away)
    assert commands == (posted(0),)

    back = selling(NOW_S + 1, 12.0)
    state, commands = step(state, back)
    assert commands == (WITHDRAWAL,)

    assert step(state, selling(NOW_S + 1.9, 12.0))[1] == ()
    assert step(state, selling(NOW_S + 2, 12.0))[1] == (WITHDRAWAL,)
    gone = to_neighbour(consents_stand=False)
    assert step(state, selling(NOW_S + 2, 12.0, relay=gone))[1] == ()


def test_a_contact_that_closes_means_delivering():
    state, commands = step(offering(), delivering())

    assert (commands, state.mode) == ((), Delivery.DELIVERING)
    assert state.reason == "a neighbour draws at 0.18/kWh"


def test_receipts_within_the_slack_keep_the_delivery():
    """2,105 mWh less 5 % for the wire are 1,999 mWh; 2 Wh may be unsigned."""
    state, commands = step(in_delivery(), delivering(export_milliwh=2_105))

    assert (commands, state.mode) == ((), Delivery.DELIVERING)


@pytest.mark.failure(
    part="neighbour",
    failure="receipts lag the seller's meter by more than the slack",
    contacts="the consent is withdrawn",
    person="`receipts lag the meter by 2.001 Wh, more than 2 Wh: withdrawn`",
)
def test_receipts_that_lag_the_meter_withdraw_the_consent():
    state, commands = step(in_delivery(), delivering(export_milliwh=2_107))

    assert (commands, state.mode) == ((WITHDRAWAL,), Delivery.WITHDRAWN)
    assert state.reason == "receipts lag the meter by 2.001 Wh, more than 2 Wh: withdrawn"


def test_a_signed_receipt_makes_up_for_the_lag():
    signed = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=50_000)

    state, commands = step(in_delivery(), delivering(export_milliwh=52_000, receipts=(signed,)))

    assert (commands, state.mode, state.signed_milliwh) == ((), Delivery.DELIVERING, 50_000)


def test_a_receipt_for_more_than_was_bought_makes_up_for_nothing():
    forged = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=200_001)

    state, _ = step(in_delivery(), delivering(export_milliwh=3_000, receipts=(forged,)))

    assert state.mode is Delivery.WITHDRAWN


@pytest.mark.failure(
    part="neighbour",
    failure="only stale receipts come (of an earlier run)",
    person="withdrawn",
)
def test_receipts_of_an_earlier_run_do_not_pay_for_energy_of_this_one():
    signed = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=150_000)
    first, _ = step(in_delivery(), delivering(receipts=(signed,)))

    state, _ = step(first, delivering(NOW_S + 1, export_milliwh=4_500, receipts=(signed,)))

    assert state.mode is Delivery.WITHDRAWN


@pytest.mark.failure(
    part="neighbour",
    failure="the buyer draws more than the source is rated for",
    contacts="the consent is withdrawn",
    person="`10.08 A drawn, rated 10 A: withdrawn`",
)
def test_more_current_than_rated_withdraws_the_consent():
    rated = delivering(connection=meter(power_w=-128.0))
    above = delivering(connection=meter(power_w=-129.0))

    assert step(in_delivery(), rated)[0].mode is Delivery.DELIVERING
    state, commands = step(in_delivery(), above)
    assert (commands[0], state.mode) == (WITHDRAWAL, Delivery.WITHDRAWN)
    assert state.reason == "10.08 A drawn, rated 10 A: withdrawn"


@pytest.mark.parametrize("case", [{}, {"faults": STOP}])
def test_a_withdrawn_seller_pauses_whatever_else_happens(case):
    """A passing fault must not cut the pause short."""
    before = delivery_state_in(Delivery.WITHDRAWN, opened_at_s=NOW_S - 120, breaches=1)
    began = before.since_s

    paused, _ = step(before, selling(began + 29), **case)
    over, _ = step(before, selling(began + 30))

    assert (paused.mode, paused.waiting) == (Delivery.WITHDRAWN, "offering again in 1 s")
    assert over.mode is Delivery.OFFERING
    assert over.delivered_milliwh == over.signed_milliwh == 0


@pytest.mark.failure(
    part="neighbour",
    failure="a buyer that lags again and again",
    person="`offering again in ...`",
    lasts="30 s, doubled each time, up to 900 s",
)
def test_each_breach_doubles_the_pause_up_to_the_longest():
    """Else a buyer could draw the unpaid slack again and again."""

    def pause_s(breaches):
        before = delivery_state_in(Delivery.WITHDRAWN, breaches=breaches)
        state, _ = step(before, selling(before.since_s))
        return state.waiting

    assert [pause_s(breaches) for breaches in (1, 2, 5, 6, 32)] == [
        f"offering again in {seconds} s" for seconds in (30, 60, 480, 900, 900)
    ]
    again, _ = step(in_delivery(breaches=32), delivering(export_milliwh=9_000))
    assert (again.mode, again.breaches) == (Delivery.WITHDRAWN, 32)


def test_a_withdrawn_seller_settles_all_before_it_offers_again():
    before = delivery_state_in(Delivery.WITHDRAWN, breaches=1, opened_at_s=NOW_S - 120)

    state, commands = step(before, selling(chain=standing(available_milliwh=0, orders=(SALE,))))

    assert CloseOrder(buyer=NEIGHBOUR, number=7) in commands
    assert (state.mode, state.waiting) == (
        Delivery.WITHDRAWN,
        "1 orders are being settled first",
    )


def test_nothing_is_counted_while_nothing_is_sold():
    state, _ = step(offering(delivered_milliwh=500), selling(connection=meter(0, 90_000)))

    assert (state.delivered_milliwh, state.signed_milliwh) == (0, 0)


def test_an_order_that_is_undone_and_comes_back_is_signed_for_once():
    """Else its buyer could draw the slack once more."""
    signed = receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=50_000)
    state, _ = step(in_delivery(), delivering(export_milliwh=50_000, receipts=(signed,)))
    for orders in ((), (SALE,)):
        view = standing(available_milliwh=0, orders=orders)
        seen = delivering(export_milliwh=50_000, chain=view, receipts=(signed,))
        state, _ = step(state, seen)

    assert (state.delivered_milliwh, state.signed_milliwh) == (50_000, 50_000)


def exported(now_s, export_milliwh, **changes):
    """See what the own meter says has left, with an order open."""
    return selling(
        now_s,
        chain=standing(available_milliwh=0, now_s=now_s, orders=(SALE,)),
        connection=meter(export_milliwh=export_milliwh, power_w=-60.0),
        **changes,
    )


def test_what_goes_to_a_grid_while_no_contact_is_closed_is_not_sold():
    """Else a buyer that closes its contact later would be taken for one that does not sign."""
    state, _ = step(offering(), exported(NOW_S, 9_000))
    closed, commands = step(state, delivering(NOW_S + 1, export_milliwh=9_016))
    opened, _ = step(closed, exported(NOW_S + 2, 9_032))
    state, _ = step(opened, exported(NOW_S + 3, 9_048))

    assert (commands, closed.mode) == ((), Delivery.DELIVERING)
    counted = [one.delivered_milliwh for one in (closed, opened, state)]
    assert counted == [16, 32, 32]


def test_what_leaves_while_the_relay_is_away_may_be_sold_as_long_as_the_consent_lasts():
    state = offering()
    for passed_s, milliwh in ((0, 16), (60, 32), (61, 48)):
        seen = exported(NOW_S + passed_s, milliwh, relay_lost_at_s=NOW_S)
        state, _ = step(state, seen)

    assert state.delivered_milliwh == 32


def test_registers_that_are_raised_to_the_chains_word_are_not_sold():
    raised = replace(meter(0, 9_000_016, power_w=-60.0), raised=meter(0, 9_000_000).registers)

    state, _ = step(in_delivery(), delivering(connection=raised))

    assert (state.mode, state.delivered_milliwh) == (Delivery.DELIVERING, 16)
