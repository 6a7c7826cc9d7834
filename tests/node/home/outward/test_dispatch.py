"""From a command to the port that carries it out, in order."""

import pytest

from node.core.commands import (
    CloseOrder,
    GiveConsent,
    HoldContacts,
    RefundOrder,
    ReportReadings,
    SettleOrders,
    SignReceipt,
)
from node.core.energy.spool import EMPTY, Spool, Spools
from node.home.inward.outside import Outside
from node.home.memory.memory import Memory
from node.home.outward.dispatch import Dispatch
from tests.factories.home import CHANNELS1, NOW_S, open_order, reading, receipt
from tests.factories.memory import counts
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1
from tests.factories.street import street
from tests.factories.trading import place
from tests.worlds.recording_ports import RecordingPorts, Stamps

SIGN = SignReceipt(seller=SELLER1, number=7, drawn_milliwh=1_000)
HOLD = HoldContacts(contacts=CHANNELS1, lease_s=15.0)
REST = HoldContacts(contacts=(), lease_s=15.0)


def at_once(do):
    do()


def world(refuses=False):
    ports, stamps = RecordingPorts(), Stamps(refuses)
    picture = Outside(HOME, stamps, NOW_S, street())
    dispatch = Dispatch(
        account=HOME, ledger=ports, relay=ports, broker=ports, receipts=stamps, outside=picture
    )
    return dispatch, ports, picture


def test_each_command_reaches_its_port_in_its_order():
    dispatch, ports, _ = world()
    close, refund = (
        CloseOrder(buyer=NEIGHBOUR, number=7),
        RefundOrder(buyer=HOME, seller=SELLER1, number=7),
    )

    signed = dispatch.carry_out(
        (HOLD, GiveConsent(connection=5, consent_s=60.0), open_order(), close, refund), at_once
    )

    assert signed == ()
    assert ports.asked == [
        ("hold", CHANNELS1, 15.0, ()),
        ("consent", 5, 60.0),
        ("submit", open_order()),
        ("submit", close),
        ("submit", refund),
    ]


def test_a_receipt_is_kept_sent_and_handed_to_the_relay_with_the_lease_that_stands():
    dispatch, ports, picture = world()
    dispatch.carry_out((HOLD,), at_once)
    ports.asked.clear()

    signed = dispatch.carry_out((SIGN,), at_once)

    assert signed == (receipt(),) == picture.receipts
    assert ports.asked == [("receipt", receipt()), ("hold", CHANNELS1, 15.0, (receipt(),))]


def test_on_the_way_back_the_contact_opens_first_and_the_last_receipt_follows():
    dispatch, ports, _ = world()

    dispatch.carry_out((REST, SIGN), at_once)

    assert ports.asked == [
        ("hold", (), 15.0, ()),
        ("receipt", receipt()),
        ("hold", (), 15.0, (receipt(),)),
    ]


def test_a_receipt_signed_at_rest_closes_nothing():
    dispatch, ports, _ = world()

    dispatch.carry_out((SIGN,), at_once)

    assert ports.asked[-1] == ("hold", (), 1.0, (receipt(),))


def test_a_receipt_that_cannot_be_signed_is_left_out():
    dispatch, ports, picture = world(refuses=True)

    assert dispatch.carry_out((SIGN,), at_once) == ()
    assert ports.asked == []
    assert picture.receipts == ()


def test_the_relay_gets_own_receipts_alone():
    dispatch, ports, picture = world()
    picture.restore(receipt(buyer=NEIGHBOUR, seller=HOME))

    dispatch.carry_out((HOLD,), at_once)

    assert ports.asked == [("hold", CHANNELS1, 15.0, ())]


@pytest.mark.parametrize(
    "staked",
    [
        place(),
        SettleOrders(interval=7, meter_ids=(5,)),
        ReportReadings(meter_id=5, readings=(reading(7),)),
        open_order(),
    ],
    ids=lambda intent: type(intent).__name__,
)
def test_what_rests_on_counts_is_promised_only_once_these_are_with_the_journal(journal, staked):
    """A reading of the same moment would be lost with the power, and its order pays the worst.

    A report that is sent again after a crash would tell more than the registers have, and a
    purchase would not count against the day's budget.
    """
    dispatch, ports, _ = world()
    memory = Memory(journal, 1_000)
    waiting = Spools(chain=Spool(waiting=(reading(7),), dropped=0), broker=EMPTY)
    known = []
    ports.submit = lambda intent: known.append((intent, sorted(journal.items(""))))

    dispatch.carry_out(
        (HOLD, staked), lambda do: memory.keep_before(NOW_S, counts(spools=waiting), do)
    )
    memory.close()

    assert known == [(staked, ["drawing", "reading/7", "registers/connection", "spent"])]
