"""Intents: written down and read back whole, and known again."""

from dataclasses import replace

import pytest

from node.core.commands import (
    CloseOrder,
    Intent,
    OpenOrder,
    PostOffer,
    Redeem,
    RefundOrder,
    ReportReadings,
)
from node.core.records import MeterName, Reading, Receipt, Registers
from node.ledger.calls import priority_of
from node.ledger.intents import IntentUnreadable, from_json, identity_of, to_json
from node.ledger.outbox import MOST_WAITING, Outbox

ONE, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
OPEN = OpenOrder(
    seller=ONE, number=1, energy_milliwh=200, max_price_per_kwh=180_000, max_cost=1_000
)
POST = PostOffer(price_per_kwh=1, available_milliwh=2, least_milliwh=3, until_s=4, duration_s=5)
REDEEM = Redeem(
    receipt=Receipt(buyer=ONE, seller=OTHER, number=1, drawn_milliwh=5, signature=bytes(range(65))),
    close=False,
)
CLOSE = CloseOrder(buyer=ONE, number=1)
REFUND = RefundOrder(buyer=ONE, seller=OTHER, number=1)
REPORT = ReportReadings(
    meter_id=1,
    readings=(
        Reading(
            meter=MeterName.CONNECTION,
            boundary=10,
            registers=Registers(import_milliwh=2**100, export_milliwh=0),
        ),
    ),
)
ALL: list[Intent] = [OPEN, POST, REDEEM, CLOSE, REFUND, REPORT]


@pytest.mark.parametrize("intent", ALL, ids=lambda intent: type(intent).__name__)
def test_intent_is_read_back_whole(intent: Intent) -> None:
    assert from_json(to_json(intent)) == intent


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "Dance"}', '{"kind": "CloseOrder"}'])
def test_unknown_intent_is_a_named_error(text: str) -> None:
    with pytest.raises(IntentUnreadable):
        from_json(text)


def test_identities_differ_where_promises_do() -> None:
    identities = [identity_of(intent) for intent in ALL]

    assert len(set(identities)) == len(ALL)
    assert identity_of(replace(OPEN, energy_milliwh=300)) == identity_of(OPEN)
    assert identity_of(replace(OPEN, number=2)) != identity_of(OPEN)
    assert identity_of(replace(REDEEM, close=True)) != identity_of(REDEEM)


def test_money_that_protects_goes_first() -> None:
    outbox = Outbox()
    for intent in (REPORT, POST, OPEN, CLOSE, REFUND, REDEEM):
        assert outbox.add(intent) == ()

    assert outbox.take_all() == [CLOSE, REFUND, REDEEM, OPEN, POST, REPORT]
    assert len(outbox) == 0
    assert [priority_of(intent) for intent in (REDEEM, OPEN, POST, REPORT)] == [0, 1, 2, 3]


def test_newer_offer_takes_the_place_of_a_waiting_one() -> None:
    outbox, newer = Outbox(), replace(POST, price_per_kwh=9)
    outbox.add(POST)
    ((dropped, refusal),) = outbox.add(newer)

    assert (dropped, refusal.name) == (POST, "Superseded")
    assert outbox.take_all() == [newer]


def test_same_promise_waits_once_and_never_on_other_terms() -> None:
    outbox, other = Outbox(), replace(OPEN, energy_milliwh=300)
    outbox.add(OPEN)
    assert outbox.add(OPEN) == ()
    ((dropped, refusal),) = outbox.add(other)

    assert (dropped, refusal.name) == (other, "AlreadyPromised")
    assert outbox.take_all() == [OPEN]


def test_waiting_room_is_bounded() -> None:
    outbox = Outbox()
    for number in range(MOST_WAITING):
        assert outbox.add(replace(OPEN, number=number)) == ()
    ((_, refusal),) = outbox.add(replace(OPEN, number=MOST_WAITING))

    assert refusal.name == "LedgerBusy"
    assert len(outbox) == MOST_WAITING


def test_purchases_and_offers_perish_and_protection_stays() -> None:
    outbox = Outbox()
    for intent in ALL:
        outbox.add(intent)

    assert set(outbox.take_perishable()) == {OPEN, POST}
    assert set(outbox.take_all()) == {REDEEM, CLOSE, REFUND, REPORT}


def test_nested_beyond_reading_is_unreadable() -> None:
    with pytest.raises(IntentUnreadable):
        from_json("[" * 5000)
