"""The supply states as a table: every way from one to another, and every fact at every state."""

from dataclasses import replace
from itertools import product

import pytest

from node.core.auction.licence import NO_RIGHTS
from node.core.commands import (
    CloseOrder,
    HoldContacts,
    OpenOrder,
    PostOffer,
    Redeem,
    RefundOrder,
    ReportReadings,
)
from node.core.facts import (
    ChainLost,
    ChainObserved,
    ConsentGranted,
    ConsentRefused,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
    IntentUndone,
    LeaseGranted,
    LeaseRefused,
    ReceiptReceived,
    RelayLost,
    RelayReported,
)
from node.core.faults import Severity
from node.core.holdoff import HoldOff
from node.core.records import MeterName, Reading, Registers
from node.core.supply import step as supply
from node.core.supply.state import Mode
from tests.factories.home import (
    CHANNELS1,
    NOW_S,
    chain_view,
    confirmed,
    drawing,
    fault,
    observation,
    on_seller1,
    open_order,
    order,
    receipt,
    refused,
    relay_view,
    supply_state_on_seller1,
    supply_state_purchasing,
)
from tests.factories.pairing import barred, draws, licence, supply_state_awake
from tests.factories.pairing import supply_state_on_pairing as paired
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, SELLER2, supply_settings

HELD = tuple(
    HoldOff(seller=seller, failures=1, until_s=NOW_S + 30) for seller in (SELLER1, SELLER2)
)
CREDIT = chain_view(orders=(order(energy_milliwh=206_000),), last_number=7)
STOP = (fault(Severity.REST),)

STATES = {
    Mode.OWN_SOURCE: supply_state_awake(),
    Mode.PURCHASING: supply_state_purchasing(started_at_s=NOW_S - 1_000),
    Mode.ON_SELLER: supply_state_on_seller1(started_at_s=NOW_S - 1_000),
    Mode.ON_PAIRING: paired(),
    Mode.HOLD_OFF: supply_state_awake(mode=Mode.HOLD_OFF),
    Mode.SAFE: supply_state_awake(mode=Mode.SAFE),
}

# From a state, by what is seen, under which faults, to a state.
TABLE = [
    (Mode.OWN_SOURCE, observation(soc_pct=50.0), (), Mode.OWN_SOURCE),
    (Mode.OWN_SOURCE, observation(soc_pct=19.0), (), Mode.PURCHASING),
    (Mode.OWN_SOURCE, observation(soc_pct=19.0, chain=CREDIT), (), Mode.ON_SELLER),
    (Mode.OWN_SOURCE, observation(), STOP, Mode.SAFE),
    (Mode.PURCHASING, observation(soc_pct=19.0), (), Mode.PURCHASING),
    (
        Mode.PURCHASING,
        observation(soc_pct=19.0, chain=CREDIT, facts=(confirmed(open_order()),)),
        (),
        Mode.ON_SELLER,
    ),
    (Mode.PURCHASING, observation(facts=(refused(open_order()),)), (), Mode.OWN_SOURCE),
    (Mode.PURCHASING, observation(wants_own_source=True), (), Mode.OWN_SOURCE),
    (Mode.PURCHASING, observation(), STOP, Mode.SAFE),
    (Mode.ON_SELLER, drawing(), (), Mode.ON_SELLER),
    (Mode.ON_SELLER, drawing(soc_pct=31.0), (), Mode.OWN_SOURCE),
    (Mode.ON_SELLER, drawing(chain=chain_view(last_number=7)), (), Mode.OWN_SOURCE),
    (Mode.ON_SELLER, drawing(wants_own_source=True), (), Mode.OWN_SOURCE),
    (Mode.ON_SELLER, drawing(), STOP, Mode.SAFE),
    (Mode.HOLD_OFF, observation(soc_pct=50.0), (), Mode.OWN_SOURCE),
    (Mode.HOLD_OFF, observation(soc_pct=19.0), (), Mode.PURCHASING),
    (Mode.HOLD_OFF, observation(soc_pct=19.0, chain=CREDIT), (), Mode.ON_SELLER),
    (Mode.HOLD_OFF, observation(wants_own_source=True), (), Mode.OWN_SOURCE),
    (Mode.HOLD_OFF, observation(), STOP, Mode.SAFE),
    (Mode.SAFE, observation(soc_pct=50.0), (), Mode.OWN_SOURCE),
    (Mode.SAFE, observation(soc_pct=19.0), (), Mode.PURCHASING),
    (Mode.SAFE, observation(soc_pct=19.0, chain=CREDIT), (), Mode.ON_SELLER),
    (Mode.SAFE, observation(), STOP, Mode.SAFE),
    (Mode.ON_PAIRING, drawing(), (), Mode.OWN_SOURCE),
]

# The same in an interval that is the auction's, by what it licenses.
LOW, WELL = observation(soc_pct=19.0, chain=CREDIT), observation(soc_pct=50.0)
AUCTION_TABLE = [
    *((mode, LOW, (), draws(), Mode.ON_PAIRING) for mode in Mode if mode is not Mode.ON_PAIRING),
    *((mode, WELL, (), draws(), Mode.ON_PAIRING) for mode in Mode if mode is not Mode.ON_PAIRING),
    *((mode, LOW, (), barred(), Mode.OWN_SOURCE) for mode in Mode),
    *((mode, LOW, STOP, draws(), Mode.SAFE) for mode in Mode),
    *((mode, replace(LOW, wants_own_source=True), (), draws(), Mode.OWN_SOURCE) for mode in Mode),
    (Mode.ON_PAIRING, drawing(), (), draws(), Mode.ON_PAIRING),
    (Mode.ON_PAIRING, drawing(soc_pct=100.0), (), draws(), Mode.ON_PAIRING),
    (Mode.ON_PAIRING, drawing(), (), draws(licence(seller=SELLER2)), Mode.ON_PAIRING),
]

INTENTS = (
    open_order(7),
    open_order(8),
    open_order(7, seller=SELLER2),
    PostOffer(price_per_kwh=1, available_milliwh=2, least_milliwh=1, until_s=3, duration_s=60),
    Redeem(receipt=receipt(), close=True),
    CloseOrder(buyer=NEIGHBOUR, number=7),
    RefundOrder(buyer=HOME, seller=SELLER1, number=7),
    ReportReadings(
        meter_id=1,
        readings=(
            Reading(
                meter=MeterName.CONNECTION,
                boundary=1,
                registers=Registers(import_milliwh=0, export_milliwh=0),
            ),
        ),
    ),
)
FACTS = (
    RelayReported(view=relay_view()),
    RelayReported(view=on_seller1()),
    RelayLost(reason="the cable"),
    LeaseGranted(contacts=CHANNELS1, lease_s=15.0),
    LeaseRefused(contacts=CHANNELS1, name="NoConsent", sentence="no consent stands"),
    LeaseRefused(contacts=(), name="RelayAway", sentence="it is away"),
    ConsentGranted(connection=0, consent_s=60.0),
    ConsentRefused(connection=0, name="NotConsenter", sentence="not yours"),
    ReceiptReceived(receipt=receipt(drawn_milliwh=900_000)),
    ChainObserved(view=chain_view()),
    ChainLost(reason="no answer"),
    *(confirmed(intent) for intent in INTENTS),
    *(refused(intent) for intent in INTENTS),
    *(IntentUndone(intent=intent, reason="gone") for intent in INTENTS),
    *(IntentResumed(intent=intent) for intent in INTENTS),
)


@pytest.mark.parametrize(("mode", "seen", "faults", "then"), TABLE)
def test_each_way_of_the_table_is_taken(mode, seen, faults, then):
    state, _ = supply.step(STATES[mode], seen, faults, supply_settings())

    assert then is state.mode
    assert state.since_s == (STATES[mode].since_s if then is mode else NOW_S)


@pytest.mark.parametrize(("mode", "seen", "faults", "rights", "then"), AUCTION_TABLE)
def test_each_way_of_the_auctions_table_is_taken(mode, seen, faults, rights, then):
    state, commands = supply.step(STATES[mode], seen, faults, supply_settings(), rights)

    closes = [c for c in commands if isinstance(c, HoldContacts) and c.contacts]
    assert then is state.mode
    assert not any(isinstance(command, OpenOrder) for command in commands)
    assert not closes or state.mode is Mode.ON_PAIRING


def test_a_home_with_every_seller_held_off_goes_to_hold_off_from_rest():
    for mode in (Mode.OWN_SOURCE, Mode.HOLD_OFF, Mode.SAFE):
        before = replace(STATES[mode], hold_offs=HELD)

        state, commands = supply.step(before, observation(soc_pct=19.0), (), supply_settings())

        assert (commands, state.mode) == ((), Mode.HOLD_OFF)


def test_the_table_leaves_and_reaches_every_state():
    assert {mode for mode, *_ in TABLE} == set(Mode)
    reached = {then for *_, then in (*TABLE, *AUCTION_TABLE)}
    assert reached | {Mode.HOLD_OFF} == set(Mode)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("rights", [NO_RIGHTS, barred(), draws()], ids=["sale", "barred", "paired"])
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_no_fact_at_any_state_breaks_a_rule(mode, rights, fact):
    """Whatever comes in, a contact is asked for only on a licence, and no second order is sent."""
    before = STATES[mode]
    drawn_before = {draw.number: draw.drawn_milliwh for draw in before.draws}
    settles = isinstance(fact, IntentConfirmed | IntentRefused)
    for soc_pct, relay in product((19.0, 50.0, None), (relay_view(), on_seller1(), None)):
        seen = drawing(soc_pct=soc_pct, relay=relay, facts=(fact,))

        state, commands = supply.step(before, seen, (), supply_settings(), rights)

        asked = [c for c in commands if isinstance(c, HoldContacts) and c.contacts]
        bought = [c for c in commands if isinstance(c, OpenOrder)]
        licences = rights.draws if rights.bars_sale else state.draws
        assert not asked or any(licence.seller == state.contact.seller for licence in licences)
        assert len(bought) <= (0 if rights.bars_sale or (before.pending and not settles) else 1)
        assert all(draw.drawn_milliwh >= drawn_before.get(draw.number, 0) for draw in state.draws)
        assert all(draw.drawn_milliwh <= draw.energy_milliwh for draw in state.draws)
