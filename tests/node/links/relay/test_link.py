"""The node's talk with the relay, against the real handler and without a socket."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.commands import GiveConsent, HoldContacts
from node.core.errors import RelayUnavailable
from node.core.facts import (
    ConsentGranted,
    ConsentRefused,
    Fact,
    LeaseGranted,
    LeaseRefused,
    ReceiptReceived,
    RelayLost,
    RelayReported,
)
from node.core.wire.announcement import write_announcement
from node.core.wire.format import read_line, write_reply
from node.core.wire.lines import HoldLine
from node.keys.account import Account
from node.keys.keccak import keccak256
from node.links.relay.conversation import AWAY, PING_AFTER_S, REPLY_WITHIN_S, RelayConversation
from tests.factories.relay_keys import BUYER, SELLER, receipt
from tests.worlds.relay_world import World, relay_world

HOLD = HoldContacts(contacts=(1, 0), lease_s=15.0)
REST = HoldContacts(contacts=(), lease_s=0.0)
CONSENT = GiveConsent(connection=0, consent_s=60.0)


class Side:
    """One account's talk, with lines carried to the handler and back by hand."""

    def __init__(self, world: World, signer: Account, relay: str | None = None) -> None:
        self.world = world
        self.facts: list[Fact] = []
        self.talk = RelayConversation(
            signer, keccak256, self.facts.append, lambda: world.now_s, relay
        )

    def greet(self) -> "Side":
        line = self.talk.begin()
        self.tell_state()
        self.carry(line)
        # It says at once whose it is.
        self.pump()
        self.facts.clear()
        return self

    def tell_state(self) -> None:
        self.talk.take(write_announcement(self.world.state()))

    def carry(self, *lines: bytes) -> None:
        """Let the relay answer lines, and send what follows from the answers."""
        ahead = list(lines)
        while ahead:
            reply = self.world.handler.take_line(ahead.pop(0), retained=False)
            ahead += self.talk.take(write_reply(reply))

    def pump(self) -> None:
        self.carry(*self.talk.outgoing())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with relay_world(tmp_path) as world:
        yield world


@pytest.fixture
def buyer(world: World) -> Side:
    return Side(world, BUYER).greet()


@pytest.fixture
def seller(world: World) -> Side:
    return Side(world, SELLER).greet()


def test_state_is_reported_with_its_time(world: World) -> None:
    side = Side(world, BUYER)
    side.talk.begin()
    side.tell_state()

    (fact,) = side.facts
    assert isinstance(fact, RelayReported)
    assert fact.view.received_at_s == world.now_s
    assert fact.view.connections[0].holder == BUYER.account


def test_wishes_are_granted_and_pins_move(world: World, buyer: Side, seller: Side) -> None:
    seller.talk.consent(CONSENT)
    seller.pump()
    buyer.talk.hold(HOLD, ())
    buyer.pump()

    assert seller.facts == [ConsentGranted(connection=0, consent_s=60.0)]
    assert buyer.facts == [LeaseGranted(contacts=(1, 0), lease_s=15.0)]
    assert world.board.closed == {0, 1}


def test_refusal_is_told_by_name(buyer: Side) -> None:
    buyer.talk.hold(HOLD, ())
    buyer.pump()

    sentence = f"{SELLER.account} does not consent to connection 0"
    assert buyer.facts == [LeaseRefused(contacts=(1, 0), name="NoConsent", sentence=sentence)]


def test_refused_consent_is_told_by_name(buyer: Side) -> None:
    buyer.talk.consent(CONSENT)
    buyer.pump()
    (fact,) = buyer.facts
    assert isinstance(fact, ConsentRefused)
    assert (fact.connection, fact.name) == (0, "NotConsentor")


def test_without_a_relay_a_wish_is_refused_at_once_and_never_sent(world: World) -> None:
    side = Side(world, BUYER)
    side.talk.hold(HOLD, ())
    side.talk.consent(CONSENT)

    assert [fact.name for fact in side.facts] == [AWAY, AWAY]
    side.greet()
    assert side.talk.outgoing() == ()


def test_newest_wish_wins_while_one_is_unanswered(buyer: Side) -> None:
    buyer.talk.hold(HOLD, ())
    first = buyer.talk.outgoing()
    buyer.talk.hold(HOLD, ())
    buyer.talk.hold(REST, ())
    assert buyer.talk.outgoing() == ()

    buyer.carry(*first)
    (line,) = buyer.talk.outgoing()
    sent = read_line(line)
    assert isinstance(sent, HoldLine)
    assert (sent.contacts, sent.sequence) == ((), 2)


def test_consents_of_several_connections_do_not_push_each_other_out(seller: Side) -> None:
    seller.talk.consent(CONSENT)
    seller.talk.consent(replace(CONSENT, connection=1))
    seller.talk.consent(replace(CONSENT, consent_s=30.0))
    seller.pump()
    seller.pump()

    assert seller.facts == [
        ConsentGranted(connection=1, consent_s=60.0),
        ConsentGranted(connection=0, consent_s=30.0),
    ]


def test_restarted_node_goes_on_after_the_last_sequence(world: World, buyer: Side) -> None:
    for _ in range(3):
        buyer.talk.hold(REST, ())
        buyer.pump()
    again = Side(world, BUYER).greet()
    again.talk.hold(REST, ())
    again.pump()

    assert again.facts == [LeaseGranted(contacts=(), lease_s=0.0)]
    assert world.handler.leases.sequences[BUYER.account, "hold"] == 4


def test_stale_sequence_is_retried_once_only(world: World, buyer: Side) -> None:
    buyer.talk.hold(REST, ())
    (line,) = buyer.talk.outgoing()
    stale = b'{"reply":"StaleSequence","kind":"hold","account":"%s","sequence":%d,"last":7}\n'
    (retried,) = buyer.talk.take(stale % (BUYER.account.encode(), 1))
    assert retried != line
    assert buyer.talk.take(stale % (BUYER.account.encode(), 8)) == ()

    assert [type(fact) for fact in buyer.facts] == [LeaseRefused]


@pytest.mark.failure(
    part="relay",
    failure="a relay says that the last sequence number is used up",
    person="it is left: `18446744073709551615 was the last`",
)
def test_a_relay_that_leaves_no_sequence_is_left(buyer: Side) -> None:
    buyer.talk.hold(REST, ())
    buyer.talk.outgoing()
    stale = b'{"reply":"StaleSequence","kind":"hold","account":"%s","sequence":1,"last":%d}\n'

    with pytest.raises(RelayUnavailable, match="18446744073709551615 was the last"):
        buyer.talk.take(stale % (BUYER.account.encode(), 2**64 - 1))


def test_stale_wish_is_not_retried_over_a_newer_one(buyer: Side) -> None:
    buyer.talk.hold(HOLD, ())
    buyer.talk.outgoing()
    buyer.talk.hold(REST, ())
    stale = b'{"reply":"StaleSequence","kind":"hold","account":"%s","sequence":1,"last":7}\n'
    assert buyer.talk.take(stale % BUYER.account.encode()) == ()

    (line,) = buyer.talk.outgoing()
    sent = read_line(line)
    assert isinstance(sent, HoldLine)
    assert (sent.contacts, sent.sequence) == ((), 8)


def test_new_boot_begins_its_own_sequences(buyer: Side) -> None:
    buyer.talk.hold(REST, ())
    buyer.pump()
    buyer.talk.take(write_announcement(replace(buyer.world.state(), boot=bytes(16))))
    buyer.talk.hold(REST, ())

    (line,) = buyer.talk.outgoing()
    sent = read_line(line)
    assert isinstance(sent, HoldLine)
    assert (sent.boot, sent.sequence) == (bytes(16), 1)


def test_receipts_reach_the_seller_once_each(buyer: Side, seller: Side) -> None:
    seller.talk.consent(CONSENT)
    seller.pump()
    buyer.talk.hold(HOLD, (receipt(5),))
    buyer.pump()
    seller.facts.clear()
    for _ in range(2):
        seller.talk.consent(CONSENT)
        seller.pump()
    buyer.talk.hold(HOLD, (receipt(9),))
    buyer.pump()
    seller.talk.consent(CONSENT)
    seller.pump()

    told = [fact for fact in seller.facts if isinstance(fact, ReceiptReceived)]
    assert told == [ReceiptReceived(receipt=receipt(5)), ReceiptReceived(receipt=receipt(9))]


def test_loss_refuses_what_waits_and_is_told_once(buyer: Side) -> None:
    buyer.talk.hold(HOLD, ())
    buyer.talk.outgoing()
    buyer.talk.hold(REST, ())
    buyer.talk.consent(CONSENT)
    buyer.talk.lose("the cable is out")
    buyer.talk.lose("the cable is still out")

    assert buyer.facts == [
        RelayLost(reason="the cable is out"),
        LeaseRefused(contacts=(1, 0), name=AWAY, sentence="the cable is out"),
        LeaseRefused(contacts=(), name=AWAY, sentence="the cable is out"),
        ConsentRefused(connection=0, name=AWAY, sentence="the cable is out"),
    ]
    assert not buyer.talk.is_greeted


def test_overdue_answer_ends_the_conversation(buyer: Side) -> None:
    buyer.talk.hold(REST, ())
    buyer.talk.outgoing()
    assert buyer.talk.next_at_s == buyer.world.now_s + REPLY_WITHIN_S
    buyer.world.now_s += REPLY_WITHIN_S
    with pytest.raises(RelayUnavailable, match="no answer"):
        buyer.talk.outgoing()


def test_silence_is_broken_by_a_sign_of_life(buyer: Side) -> None:
    assert buyer.talk.next_at_s == buyer.world.now_s + PING_AFTER_S
    buyer.world.now_s += PING_AFTER_S
    (line,) = buyer.talk.outgoing()
    assert line.startswith(b'{"hello"')
    assert buyer.talk.outgoing() == ()
    assert buyer.talk.next_at_s == buyer.world.now_s + REPLY_WITHIN_S


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b'{"state":{}}\n', b'{"reply":"NotJson","kind":"line"}\n', b"\xff\n"]
)
def test_what_is_not_our_relay_is_left(buyer: Side, line: bytes) -> None:
    with pytest.raises(RelayUnavailable):
        buyer.talk.take(line)


def test_other_relay_than_expected_is_left(world: World) -> None:
    side = Side(world, BUYER, relay="relay2")
    side.talk.begin()
    with pytest.raises(RelayUnavailable, match="relay1 answers, and not relay2"):
        side.tell_state()
    assert side.facts == []


def test_late_or_foreign_reply_means_nothing(buyer: Side) -> None:
    line = b'{"reply":"ok","kind":"hold","account":"%s","sequence":9}\n' % BUYER.account.encode()
    assert buyer.talk.take(line) == ()
    assert buyer.facts == []
