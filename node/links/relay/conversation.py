"""Keep up one side of the conversation with the relay: what to say next, what answers mean.

Touches no socket. The newest wish of each kind waits until the one before it is answered; what
cannot be sent now is refused now, so that nothing stale is ever sent later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from node.core.commands import GiveConsent, HoldContacts
from node.core.errors import Refused, RelayUnavailable
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
from node.core.records import Receipt
from node.core.wire.announcement import Announcement, read_relay_line, relay_view
from node.core.wire.format import MOST_RECEIPTS, OK, Reply, write_line
from node.core.wire.lines import HelloLine
from node.core.wire.typed_data import checksummed
from node.links.relay.signing import RelaySigning, SayHere, Wish, kind_of
from node.ports import Hasher, Signer

AWAY = "RelayAway"
_STALE = ("StaleSequence", "StaleNonce")
MOST_LAST = 2**63
"""Sequences are 64 bits: below this, no number of later commands uses them up."""
REPLY_WITHIN_S = 3.0
PING_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """Hold what was sent and is not answered: "hello" carries no wish."""

    wish: Wish | None
    sequence: int
    retried: frozenset[str]
    answer_by_s: float


class RelayConversation:
    """Hold the conversation of one account; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        signer: Signer,
        hasher: Hasher,
        post: Callable[[Fact], None],
        clock: Callable[[], float],
        expected_relay: str | None,
    ) -> None:
        self._signing = RelaySigning(signer, hasher)
        self._hasher = hasher
        self._post = post
        self._clock = clock
        self._expected_relay = expected_relay
        self._state: Announcement | None = None
        self._heard_at_s = clock()
        self._receipts: tuple[Receipt, ...] = ()
        self._seen_receipts: frozenset[Receipt] = frozenset()
        self._hold: HoldContacts | None = None
        self._consents: dict[int, GiveConsent] = {}
        self._sent: dict[str, _Sent] = {}
        self._is_known = False
        self._is_lost = False

    @property
    def is_greeted(self) -> bool:
        """Say whether the relay has told its state in this conversation."""
        return self._state is not None

    @property
    def next_at_s(self) -> float:
        """Say when to look again: an answer is overdue then, or a sign of life is."""
        answers = [sent.answer_by_s for sent in self._sent.values()]
        return min(answers, default=self._heard_at_s + PING_AFTER_S)

    def begin(self) -> bytes:
        """Open a conversation."""
        self._heard_at_s = self._clock()
        return self._hello()

    def hold(self, wish: HoldContacts, receipts: Sequence[Receipt]) -> None:
        """Wish for contacts; without a relay that is refused at once."""
        if self._state is None:
            self._refuse(wish, AWAY, "the relay is not connected")
            return
        self._hold = wish
        self._receipts = tuple(receipts)[-MOST_RECEIPTS:]

    def consent(self, wish: GiveConsent) -> None:
        """Wish to give or withdraw a consent; without a relay that is refused at once."""
        if self._state is None:
            self._refuse(wish, AWAY, "the relay is not connected")
            return
        self._consents.pop(wish.connection, None)
        self._consents[wish.connection] = wish

    def outgoing(self) -> tuple[bytes, ...]:
        """Give the lines to send now, signed.

        Raises:
            RelayUnavailable: an answer is overdue.
        """
        now_s = self._clock()
        if any(sent.answer_by_s <= now_s for sent in self._sent.values()):
            raise RelayUnavailable(f"no answer within {REPLY_WITHIN_S:g} s")
        lines: list[bytes] = []
        if self._signing.nonce is not None and self._state is not None and not self._is_known:
            self._is_known = True
            lines.append(self._sign(SayHere(), retried=frozenset()))
        if self._hold is not None and "hold" not in self._sent:
            wish, self._hold = self._hold, None
            lines.append(self._sign(wish, retried=frozenset()))
        if self._consents and "consent" not in self._sent:
            given = self._consents.pop(next(iter(self._consents)))
            lines.append(self._sign(given, retried=frozenset()))
        if not self._sent and now_s >= self._heard_at_s + PING_AFTER_S:
            lines.append(self._hello())
        return tuple(lines)

    def take(self, line: bytes) -> tuple[bytes, ...]:
        """Take a line of the relay's, tell the facts, and give what to send at once.

        Raises:
            RelayUnavailable: it is not the relay we know how to talk to.
        """
        try:
            said = read_relay_line(line)
        except Refused as refused:
            raise RelayUnavailable(f"the relay's line is not understood: {refused}") from refused
        self._heard_at_s = self._clock()
        if isinstance(said, Announcement):
            self._take_state(said)
        elif said is not None:
            return self._take_reply(said)
        return ()

    def lose(self, reason: str) -> None:
        """End the conversation: refuse what waits, and say once that the relay is lost."""
        waiting: list[Wish | None] = [sent.wish for sent in self._sent.values()]
        waiting += [self._hold, *self._consents.values()]
        self._state = None
        self._is_known = False
        self._hold = None
        self._consents.clear()
        self._sent.clear()
        if not self._is_lost:
            self._is_lost = True
            self._post(RelayLost(reason=reason))
        for wish in waiting:
            if wish is not None:
                self._refuse(wish, AWAY, reason)

    def _take_state(self, state: Announcement) -> None:
        if self._expected_relay is not None and state.relay != self._expected_relay:
            raise RelayUnavailable(f"{state.relay} answers, and not {self._expected_relay}")
        if self._signing.follow(state):
            self._seen_receipts = frozenset()
        self._state = state
        self._is_lost = False
        self._post(RelayReported(view=relay_view(state, self._clock())))

    def _take_reply(self, reply: Reply) -> tuple[bytes, ...]:
        if reply.kind == "line":
            # The relay could not read a line of ours at all: it speaks another version.
            raise RelayUnavailable(f"the relay refuses our line, {reply.name}: {reply.sentence}")
        sent = self._sent.get(reply.kind)
        if sent is None or sent.sequence != reply.sequence:
            return ()
        del self._sent[reply.kind]
        if sent.wish is None:
            self._signing.learn(reply)
            return ()
        if reply.last is not None and reply.last > MOST_LAST:
            raise RelayUnavailable(f"the relay leaves no sequence: {reply.last} was the last")
        self._signing.learn(reply)
        if reply.name in _STALE and reply.name not in sent.retried:
            # Once for each reason: a line's nonce may be stale, and then its sequence.
            return self._retry(sent.wish, sent.retried | {reply.name})
        if reply.name == OK:
            self._grant(sent.wish)
            self._tell_receipts(reply.receipts)
        else:
            self._refuse(sent.wish, reply.name, reply.sentence)
        return ()

    def _retry(self, wish: Wish, retried: frozenset[str]) -> tuple[bytes, ...]:
        # A newer wish of the same kind takes this one's place.
        match wish:
            case HoldContacts():
                is_overtaken = self._hold is not None
            case GiveConsent():
                is_overtaken = wish.connection in self._consents
            case SayHere():
                is_overtaken = False
        return () if is_overtaken else (self._sign(wish, retried=retried),)

    def _sign(self, wish: Wish, *, retried: frozenset[str]) -> bytes:
        sequence, line = self._signing.sign(wish, self._receipts)
        self._sent[kind_of(wish)] = _Sent(
            wish=wish,
            sequence=sequence,
            retried=retried,
            answer_by_s=self._clock() + REPLY_WITHIN_S,
        )
        return line

    def _hello(self) -> bytes:
        self._sent["hello"] = _Sent(
            wish=None, sequence=0, retried=frozenset(), answer_by_s=self._clock() + REPLY_WITHIN_S
        )
        return write_line(HelloLine(client=self._signing.account))

    def _grant(self, wish: Wish) -> None:
        match wish:
            case HoldContacts(contacts=contacts, lease_s=lease_s):
                self._post(LeaseGranted(contacts=contacts, lease_s=lease_s))
            case GiveConsent(connection=connection, consent_s=consent_s):
                self._post(ConsentGranted(connection=connection, consent_s=consent_s))
            case SayHere():
                pass

    def _refuse(self, wish: Wish, name: str, sentence: str) -> None:
        match wish:
            case HoldContacts(contacts=contacts):
                self._post(LeaseRefused(contacts=contacts, name=name, sentence=sentence))
            case GiveConsent(connection=connection):
                self._post(ConsentRefused(connection=connection, name=name, sentence=sentence))
            case SayHere():
                # A home that is not wired here yet has nothing to be known for.
                pass

    def _tell_receipts(self, receipts: tuple[Receipt, ...]) -> None:
        for receipt in receipts:
            if receipt not in self._seen_receipts:
                told = replace(
                    receipt,
                    buyer=checksummed(receipt.buyer, self._hasher),
                    seller=checksummed(receipt.seller, self._hasher),
                )
                self._post(ReceiptReceived(receipt=told))
        if receipts:
            self._seen_receipts = frozenset(receipts)
