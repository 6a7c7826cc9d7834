"""The delivery states as a table: every way from one to another, and every fact at every state."""

from dataclasses import replace

import pytest

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import GiveConsent, OpenOrder, PostOffer, Redeem
from node.core.delivery.state import Delivery
from node.core.facts import ConsentRefused, IntentResumed, IntentUndone, ReceiptReceived, RelayLost
from node.core.faults import Severity
from tests.factories.home import (
    NOW_S,
    confirmed,
    delivery_state_in,
    fault,
    meter,
    open_order,
    receipt,
    refused,
)
from tests.factories.pairing import barred, serves
from tests.factories.selling import delivering, in_delivery, offering, posted, selling, step
from tests.factories.settings import HOME, NEIGHBOUR

STOP = (fault(Severity.REST),)
STATES = {
    Delivery.NOT_OFFERING: delivery_state_in(Delivery.NOT_OFFERING, opened_at_s=NOW_S - 120),
    Delivery.OFFERING: offering(),
    Delivery.DELIVERING: in_delivery(),
    Delivery.PAIRED: replace(offering(), mode=Delivery.PAIRED),
    Delivery.WITHDRAWN: delivery_state_in(Delivery.WITHDRAWN, breaches=1, opened_at_s=NOW_S - 120),
}
OVERLOADED = delivering(connection=meter(power_w=-500.0))
PAUSING = selling(NOW_S - 100)

# From a state, by what is seen, under which faults, to a state.
TABLE = [
    (Delivery.NOT_OFFERING, selling(), (), Delivery.OFFERING),
    (Delivery.NOT_OFFERING, selling(soc_pct=12.0), (), Delivery.NOT_OFFERING),
    (Delivery.NOT_OFFERING, delivering(), (), Delivery.DELIVERING),
    (Delivery.NOT_OFFERING, OVERLOADED, (), Delivery.WITHDRAWN),
    (Delivery.OFFERING, selling(), (), Delivery.OFFERING),
    (Delivery.OFFERING, selling(soc_pct=12.0), (), Delivery.NOT_OFFERING),
    (Delivery.OFFERING, selling(), STOP, Delivery.NOT_OFFERING),
    (Delivery.OFFERING, delivering(), (), Delivery.DELIVERING),
    (Delivery.OFFERING, OVERLOADED, (), Delivery.WITHDRAWN),
    (Delivery.DELIVERING, delivering(), (), Delivery.DELIVERING),
    (Delivery.DELIVERING, selling(), (), Delivery.OFFERING),
    (Delivery.DELIVERING, delivering(), STOP, Delivery.NOT_OFFERING),
    (Delivery.DELIVERING, OVERLOADED, (), Delivery.WITHDRAWN),
    (Delivery.WITHDRAWN, PAUSING, (), Delivery.WITHDRAWN),
    (Delivery.WITHDRAWN, PAUSING, STOP, Delivery.WITHDRAWN),
    (Delivery.WITHDRAWN, selling(), (), Delivery.OFFERING),
    (Delivery.WITHDRAWN, selling(), STOP, Delivery.NOT_OFFERING),
    (Delivery.PAIRED, selling(), (), Delivery.OFFERING),
    (Delivery.PAIRED, delivering(), (), Delivery.DELIVERING),
    (Delivery.PAIRED, selling(soc_pct=12.0), (), Delivery.NOT_OFFERING),
]
SELLING = (Delivery.NOT_OFFERING, Delivery.OFFERING, Delivery.DELIVERING, Delivery.PAIRED)

# The same in an interval that is the auction's, by what it licenses.
AUCTION_TABLE = [
    *((mode, selling(), (), serves(), Delivery.PAIRED) for mode in SELLING),
    *((mode, delivering(), (), serves(), Delivery.PAIRED) for mode in SELLING),
    *((mode, selling(), (), barred(), Delivery.PAIRED) for mode in SELLING),
    *((mode, selling(soc_pct=30.0), (), serves(), Delivery.PAIRED) for mode in SELLING),
    *((mode, selling(soc_pct=29.9), (), serves(), Delivery.NOT_OFFERING) for mode in SELLING),
    *((mode, selling(), STOP, serves(), Delivery.NOT_OFFERING) for mode in SELLING),
    *((mode, OVERLOADED, (), serves(), Delivery.WITHDRAWN) for mode in SELLING),
    (Delivery.WITHDRAWN, PAUSING, (), serves(), Delivery.WITHDRAWN),
    (Delivery.WITHDRAWN, selling(), (), serves(), Delivery.PAIRED),
]

REDEEM = Redeem(receipt=receipt(buyer=NEIGHBOUR, seller=HOME), close=True)
FACTS = (
    ConsentRefused(connection=5, name="NotConsenter", sentence="not yours"),
    ReceiptReceived(receipt=receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=900_000)),
    RelayLost(reason="the cable"),
    *(
        fact
        for intent in (posted(), REDEEM, open_order())
        for fact in (
            confirmed(intent),
            refused(intent),
            IntentUndone(intent=intent, reason="gone"),
            IntentResumed(intent=intent),
        )
    ),
)


@pytest.mark.parametrize(("mode", "seen", "faults", "then"), TABLE)
def test_each_way_of_the_table_is_taken(mode, seen, faults, then):
    state, _ = step(STATES[mode], seen, faults)

    assert then is state.mode
    assert state.since_s == (STATES[mode].since_s if then is mode else seen.now_s)


def test_the_table_leaves_and_reaches_every_state():
    assert {mode for mode, *_ in TABLE} == set(Delivery)
    assert {then for *_, then in (*TABLE, *AUCTION_TABLE)} == set(Delivery)


@pytest.mark.parametrize(("mode", "seen", "faults", "rights", "then"), AUCTION_TABLE)
def test_each_way_of_the_auctions_table_is_taken(mode, seen, faults, rights, then):
    state, commands = step(STATES[mode], seen, faults, rights=rights)

    consents = [c for c in commands if isinstance(c, GiveConsent) and c.consent_s]
    assert then is state.mode
    assert not consents or rights.serves
    assert not (then is Delivery.PAIRED and any(isinstance(c, PostOffer) for c in commands))


@pytest.mark.parametrize("mode", Delivery)
@pytest.mark.parametrize(
    "rights", [NO_RIGHTS, barred(), serves()], ids=["sale", "barred", "paired"]
)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_no_fact_at_any_state_breaks_a_rule(mode, rights, fact):
    """Whatever comes in, a home that does not sell consents to nothing, and none is paid twice."""
    for seen in (selling(facts=(fact,)), delivering(facts=(fact,)), selling(relay=None)):
        state, commands = step(STATES[mode], seen, rights=rights)

        consents = [c for c in commands if isinstance(c, GiveConsent) and c.consent_s]
        sells = (Delivery.PAIRED,) if rights.serves else (Delivery.OFFERING, Delivery.DELIVERING)
        assert not consents or state.mode in sells
        assert len({c for c in commands if isinstance(c, Redeem)}) <= 1
        assert not any(isinstance(command, OpenOrder) for command in commands)


@pytest.mark.parametrize("mode", Delivery)
def test_a_home_that_draws_itself_never_delivers(mode):
    """No chains of sources: what a neighbour gave is not given on."""
    for seen in (selling(), delivering(), OVERLOADED, PAUSING):
        state, commands = step(STATES[mode], seen, draws_itself=True)

        assert state.mode in (Delivery.NOT_OFFERING, Delivery.WITHDRAWN)
        assert not any(isinstance(c, GiveConsent) and c.consent_s for c in commands)
