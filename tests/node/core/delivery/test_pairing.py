"""Delivery to those the pairing names: consents for them alone, no receipts, and the sale waits."""

from dataclasses import replace

import pytest

from node.core.commands import GiveConsent, PostOffer, Redeem
from node.core.delivery.state import Delivery
from tests.factories.home import CALENDAR_S, NOW_S, connection, meter, order, receipt, relay_view
from tests.factories.pairing import BARS, barred, draws, licence, serves
from tests.factories.selling import (
    CONSENT,
    WITHDRAWAL,
    delivering,
    in_delivery,
    offering,
    selling,
    standing,
    step,
    to_neighbour,
)
from tests.factories.settings import HOME, NEIGHBOUR, SELLER2


def two_lines(**changes):
    """Be the source of two homes' connections: 5 is the neighbour's, 6 another's."""
    plain = {"source": "home", "consents": (HOME,), **changes}
    return relay_view(
        connection(0, connection=5, load="neighbour", holder=NEIGHBOUR, **plain),
        connection(1, connection=6, load="other", holder=SELLER2, **plain),
    )


def test_only_the_paired_neighbour_keeps_its_consent():
    before = offering(consents=((5, NOW_S - 1), (6, NOW_S - 1)))

    state, commands = step(before, selling(relay=two_lines()), rights=serves())

    assert commands == (GiveConsent(connection=6, consent_s=0.0),)
    assert (state.mode, state.consents) == (Delivery.PAIRED, ((5, NOW_S - 1),))
    assert state.reason == f"{BARS}: the sale waits"
    assert state.waiting == "100 Wh for 1 paired home"


def test_the_reason_follows_what_bars_the_sale_from_one_interval_to_the_next():
    at_first = replace(barred(), bars_sale="its order in interval 7 is not cleared yet")
    state, _ = step(offering(), selling(), rights=at_first)
    assert state.reason == f"{at_first.bars_sale}: the sale waits"

    state, _ = step(state, selling(NOW_S + 1), rights=serves())

    assert (state.mode, state.since_s) == (Delivery.PAIRED, NOW_S)
    assert state.reason == f"{BARS}: the sale waits"


def test_a_paired_neighbour_gets_its_consent_at_the_intervals_start_and_renewed():
    rested = relay_view(*(to_neighbour(consents_stand=False).connections))

    state, first = step(offering(consents=()), selling(relay=rested), rights=serves())
    early = step(state, selling(NOW_S + 19), rights=serves())[1]
    _, later = step(state, selling(NOW_S + 20), rights=serves())

    assert (first, early, later) == ((CONSENT,), (), (CONSENT,))


def test_without_a_pairing_all_consents_are_withdrawn_and_the_offer_stands():
    """The chain's offer is no harm without a consent, and is there again after."""
    seen = selling(chain=standing(available_milliwh=50_000))

    state, commands = step(offering(), seen, rights=barred())

    assert (commands, state.mode) == ((WITHDRAWAL,), Delivery.PAIRED)
    assert state.waiting == "nobody may draw from this home"


def test_a_consent_that_an_earlier_run_left_is_withdrawn_too():
    state, commands = step(offering(consents=()), selling(relay=two_lines()), rights=serves())

    assert commands == (GiveConsent(connection=6, consent_s=0.0), CONSENT)
    assert state.consents == ((5, NOW_S),)


def test_what_a_pairing_draws_needs_no_receipts():
    state, _ = step(in_delivery(), delivering(), rights=serves())

    for second in range(1, 30):
        seen = delivering(NOW_S + second, 1_000 * second)
        state, commands = step(state, seen, rights=serves())
        assert not any(isinstance(c, Redeem) for c in commands)

    assert (state.mode, state.delivered_milliwh) == (Delivery.PAIRED, 0)
    assert state.waiting == "100 Wh for 1 paired home; one draws now"


def test_open_orders_of_the_sale_wait_and_are_not_renounced():
    """Their buyers draw on after the interval."""
    seen = selling(NOW_S + 60, chain=standing(orders=(order(buyer=NEIGHBOUR, seller=HOME),)))

    _, commands = step(offering(), seen, rights=barred())

    assert commands == (WITHDRAWAL,)


def test_an_order_of_the_sale_that_has_expired_meanwhile_is_settled():
    signed = receipt(buyer=NEIGHBOUR, seller=HOME)
    ended = order(buyer=NEIGHBOUR, seller=HOME, expires_s=CALENDAR_S - 60)
    seen = selling(NOW_S + 60, chain=standing(orders=(ended,)), receipts=(signed,))

    _, commands = step(offering(), seen, rights=barred())

    assert Redeem(receipt=signed, close=True) in commands


def test_after_the_interval_the_offer_goes_on_without_a_transaction():
    paired, _ = step(offering(), selling(), rights=serves())

    state, commands = step(paired, selling(NOW_S + 1))

    assert state.mode is Delivery.OFFERING
    assert not any(isinstance(c, PostOffer) for c in commands)


def test_a_home_that_draws_its_own_part_lets_nobody_draw_from_it():
    state, commands = step(offering(), selling(), rights=draws(), draws_itself=True)

    assert (commands, state.mode) == ((WITHDRAWAL,), Delivery.PAIRED)


@pytest.mark.failure(
    part="neighbour",
    failure="a seller's battery falls below its floor in the interval that it has sold",
    contacts="rest: its consents are withdrawn",
    money="what it did not deliver is settled at the retail tariff",
    person="seller: `SoC 29.9 % < 30 %: nothing to sell`",
)
def test_a_seller_that_falls_below_its_floor_stops_serving():
    paired, _ = step(offering(), selling(), rights=serves())

    state, commands = step(paired, selling(NOW_S + 1, 29.9), rights=serves())

    assert commands[0] == WITHDRAWAL
    assert (state.mode, state.reason) == (
        Delivery.NOT_OFFERING,
        "SoC 29.9 % < 30 %: nothing to sell",
    )


def test_too_much_current_withdraws_the_consent_of_a_paired_neighbour():
    overloaded = delivering(connection=meter(power_w=-500.0))

    state, commands = step(offering(), overloaded, rights=serves())

    assert (commands[0], state.mode) == (WITHDRAWAL, Delivery.WITHDRAWN)


def test_two_parts_of_one_neighbour_are_one_home():
    both = serves(
        licence(buyer=NEIGHBOUR, seller=HOME),
        licence(buyer=NEIGHBOUR, seller=HOME, kind="chp", energy_milliwh=50_000),
    )

    state, _ = step(offering(), selling(), rights=both)

    assert state.waiting == "150 Wh for 1 paired home"
