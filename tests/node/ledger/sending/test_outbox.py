"""What waits to be sent: the most protective first, each once, and no more than fits."""

from dataclasses import replace

from node.ledger.sending.intents import row_of
from node.ledger.sending.outbox import MOST_AT_ONCE, MOST_WAITING, Outbox
from tests.factories.intents import (
    CLOSE,
    GIFT,
    OPEN,
    PLACE,
    POST,
    REDEEM,
    REFUND,
    REPORT,
)


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


def test_what_has_gone_out_may_wait_again() -> None:
    outbox = Outbox()
    outbox.add(OPEN)
    outbox.take_next()

    assert outbox.add(OPEN) == ()
    assert outbox.take_next() == [OPEN]


def test_only_its_own_kind_takes_a_waiting_ones_place() -> None:
    outbox = Outbox()
    waiting = (REDEEM, CLOSE, REFUND, OPEN, POST, PLACE, REPORT, GIFT)
    for intent in waiting:
        assert outbox.add(intent) == ()

    assert outbox.add(replace(OPEN, number=2)) == ()
    assert len(outbox) == len(waiting) + 1


def test_a_full_room_still_lets_a_newer_one_take_a_place() -> None:
    outbox, newer = Outbox(), replace(POST, price_per_kwh=9)
    outbox.add(POST)
    for number in range(1, MOST_WAITING):
        outbox.add(replace(OPEN, number=number))
    ((dropped, refusal),) = outbox.add(newer)

    assert (dropped, refusal.name) == (POST, "Superseded")
    assert len(outbox) == MOST_WAITING
