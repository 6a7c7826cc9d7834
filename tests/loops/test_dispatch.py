"""From a command to the port that carries it out, in order."""

from node.core.commands import CloseOrder, GiveConsent, HoldContacts, RefundOrder, SignReceipt
from node.loops.dispatch import Dispatch
from node.loops.picture import Picture
from tests.factories.home import CHANNELS1, NOW_S, open_order, receipt
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1
from tests.factories.street import street
from tests.worlds.recording_ports import RecordingPorts, Stamps

SIGN = SignReceipt(seller=SELLER1, number=7, drawn_milliwh=1_000)
HOLD = HoldContacts(contacts=CHANNELS1, lease_s=15.0)
REST = HoldContacts(contacts=(), lease_s=15.0)


def world(refuses=False):
    ports, stamps = RecordingPorts(), Stamps(refuses)
    picture = Picture(HOME, stamps, NOW_S, street())
    dispatch = Dispatch(
        account=HOME, ledger=ports, relay=ports, broker=ports, receipts=stamps, picture=picture
    )
    return dispatch, ports, picture


def test_each_command_reaches_its_port_in_its_order():
    dispatch, ports, _ = world()
    close, refund = (
        CloseOrder(buyer=NEIGHBOUR, number=7),
        RefundOrder(buyer=HOME, seller=SELLER1, number=7),
    )

    signed = dispatch.carry_out(
        (HOLD, GiveConsent(connection=5, consent_s=60.0), open_order(), close, refund)
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
    dispatch.carry_out((HOLD,))
    ports.asked.clear()

    signed = dispatch.carry_out((SIGN,))

    assert signed == (receipt(),) == picture.receipts
    assert ports.asked == [("receipt", receipt()), ("hold", CHANNELS1, 15.0, (receipt(),))]


def test_on_the_way_back_the_contact_opens_first_and_the_last_receipt_follows():
    dispatch, ports, _ = world()

    dispatch.carry_out((REST, SIGN))

    assert ports.asked == [
        ("hold", (), 15.0, ()),
        ("receipt", receipt()),
        ("hold", (), 15.0, (receipt(),)),
    ]


def test_a_receipt_signed_at_rest_closes_nothing():
    dispatch, ports, _ = world()

    dispatch.carry_out((SIGN,))

    assert ports.asked[-1] == ("hold", (), 1.0, (receipt(),))


def test_a_receipt_that_cannot_be_signed_is_left_out():
    dispatch, ports, picture = world(refuses=True)

    assert dispatch.carry_out((SIGN,)) == ()
    assert ports.asked == []
    assert picture.receipts == ()


def test_the_relay_gets_own_receipts_alone():
    dispatch, ports, picture = world()
    picture.restore(receipt(buyer=NEIGHBOUR, seller=HOME))

    dispatch.carry_out((HOLD,))

    assert ports.asked == [("hold", CHANNELS1, 15.0, ())]
