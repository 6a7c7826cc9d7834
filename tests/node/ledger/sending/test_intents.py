"""Intents: written down and read back whole, and known again."""

from dataclasses import replace

import pytest

from node.core.auction.clearing import Bid, Kind, Offer
from node.core.commands import (
    ClearInterval,
    CloseOrder,
    CollectOwed,
    DepositTokens,
    FundGrid,
    Intent,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    PostTariff,
    Redeem,
    RefundOrder,
    ReportReadings,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.core.records import MeterName, Reading, Receipt, Registers
from node.ledger.sending.intent_texts import IntentUnreadable, from_json, to_json
from node.ledger.sending.intents import identity_of, row_of
from node.ledger.sending.outbox import MOST_AT_ONCE, MOST_WAITING, Outbox

ONE, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
OPEN = OpenOrder(
    seller=ONE,
    number=1,
    energy_milliwh=200,
    max_price_per_kwh=180_000,
    max_duration_s=3_600,
    max_cost=1_000,
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
PLACE = PlaceOrder(
    interval=7, meter_id=1, order=Bid(solar_tick=9, chp_tick=0, energy_units=20), added=5
)
GIFT = SendGas(account=ONE, amount_wei=2**80, day=20_000)
ALL: list[Intent] = [
    OPEN,
    POST,
    REDEEM,
    CLOSE,
    REFUND,
    REPORT,
    PLACE,
    replace(PLACE, order=Offer(kind=Kind.CHP, tick=3, energy_units=0)),
    ClearInterval(interval=7),
    SettleOrders(interval=7, meter_ids=(1, 2)),
    PostTariff(first_interval=9, feed_in_per_kwh=1, tick_size_per_kwh=2),
    DepositTokens(amount=2**70),
    FundGrid(amount=3),
    WithdrawBalance(amount=4),
    CollectOwed(owed=5),
    GIFT,
]


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
    # One gift of gas a day and account, whatever its amount.
    assert identity_of(replace(GIFT, amount_wei=1)) == identity_of(GIFT)
    assert identity_of(replace(GIFT, day=1)) != identity_of(GIFT)


def test_money_that_protects_goes_first() -> None:
    outbox = Outbox()
    for intent in (REPORT, POST, OPEN, CLOSE, REFUND, REDEEM):
        assert outbox.add(intent) == ()

    assert outbox.take_next() == [CLOSE, REFUND, REDEEM, OPEN, POST, REPORT]
    assert len(outbox) == 0
    assert [row_of(intent).priority for intent in (REDEEM, OPEN, POST, REPORT)] == [0, 1, 2, 3]


def test_few_go_at_once_and_what_protects_overtakes_those_that_wait() -> None:
    outbox = Outbox()
    gifts = [replace(GIFT, day=day) for day in range(MOST_AT_ONCE + 2)]
    for gift in gifts:
        outbox.add(gift)
    first = outbox.take_next()
    outbox.add(REDEEM)

    assert first == gifts[:MOST_AT_ONCE]
    assert outbox.take_next() == [REDEEM, *gifts[MOST_AT_ONCE:]]


def test_fewer_go_at_once_while_the_endpoint_does_not_keep_up() -> None:
    outbox = Outbox()
    gifts = [replace(GIFT, day=day) for day in range(3 * MOST_AT_ONCE)]

    def taken() -> int:
        for gift in gifts:
            outbox.add(gift)
        return len(outbox.take_next())

    sizes = [taken()]
    for _ in range(5):
        outbox.hand_out_fewer()
        sizes.append(taken())
    for _ in range(4):
        outbox.hand_out_more()
        sizes.append(taken())

    assert sizes == [8, 4, 2, 1, 1, 1, 2, 4, 8, 8]


def test_newer_offer_takes_the_place_of_a_waiting_one() -> None:
    outbox, newer = Outbox(), replace(POST, price_per_kwh=9)
    outbox.add(POST)
    ((dropped, refusal),) = outbox.add(newer)

    assert (dropped, refusal.name) == (POST, "Superseded")
    assert outbox.take_next() == [newer]


def test_newer_order_of_a_meter_takes_the_place_of_a_waiting_one() -> None:
    outbox, newer = Outbox(), replace(PLACE, added=9)
    others = (replace(PLACE, interval=8), replace(PLACE, meter_id=2))
    for intent in (PLACE, *others):
        assert outbox.add(intent) == ()
    ((dropped, refusal),) = outbox.add(newer)

    assert (dropped, refusal.name) == (PLACE, "Superseded")
    assert outbox.take_next() == [*others, newer]


def test_same_promise_waits_once_and_never_on_other_terms() -> None:
    outbox, other = Outbox(), replace(OPEN, energy_milliwh=300)
    outbox.add(OPEN)
    assert outbox.add(OPEN) == ()
    ((dropped, refusal),) = outbox.add(other)

    assert (dropped, refusal.name) == (other, "AlreadyPromised")
    assert outbox.take_next() == [OPEN]


def test_waiting_room_is_bounded() -> None:
    outbox = Outbox()
    for number in range(MOST_WAITING):
        assert outbox.add(replace(OPEN, number=number)) == ()
    ((_, refusal),) = outbox.add(replace(OPEN, number=MOST_WAITING))

    assert refusal.name == "LedgerBusy"
    assert len(outbox) == MOST_WAITING


def test_purchases_and_offers_perish_and_protection_stays() -> None:
    outbox = Outbox()
    for intent in (OPEN, POST, PLACE, REDEEM, CLOSE, REFUND, REPORT, GIFT):
        outbox.add(intent)

    assert set(outbox.take_perishable()) == {OPEN, POST, PLACE}
    assert set(outbox.take_next()) == {REDEEM, CLOSE, REFUND, REPORT, GIFT}


def test_nested_beyond_reading_is_unreadable() -> None:
    with pytest.raises(IntentUnreadable):
        from_json("[" * 5000)
