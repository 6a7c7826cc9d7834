"""Keep up one side of the talk with the relay: what to sign and send next, what answers mean.

Touches no socket. The newest wish of each kind waits until the one before it is answered; what
cannot be sent now is refused now, so that nothing stale is ever sent later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from node.core.announcement import Announcement, read_relay_line, relay_view
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
from node.core.typed_data import checksummed
from node.core.wire import (
    MOST_RECEIPTS,
    OK,
    ConsentLine,
    HelloLine,
    HoldLine,
    Reply,
    digest,
    write_line,
)
from node.ports import Hasher, Signer

AWAY = "RelayAway"
MOST_LAST = 2**63
"""Sequences are 64 bits: below this, no number of later commands uses them up."""
REPLY_WITHIN_S = 3.0
PING_AFTER_S = 5.0

_Wish = HoldContacts | GiveConsent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """Hold what was sent and is not answered: "hello" carries no wish."""

    wish: _Wish | None
    sequence: int
    is_retry: bool
    answer_by_s: float


class RelayTalk:
    """Hold the talk of one account; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        signer: Signer,
        hasher: Hasher,
        post: Callable[[Fact], None],
        clock: Callable[[], float],
        expected_relay: str | None,
    ) -> None:
        self._signer = signer
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
        self._sequences: dict[str, int] = {}
        self._boot = b""
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
        if self._hold is not None and "hold" not in self._sent:
            wish, self._hold = self._hold, None
            lines.append(self._sign(wish, is_retry=False))
        if self._consents and "consent" not in self._sent:
            given = self._consents.pop(next(iter(self._consents)))
            lines.append(self._sign(given, is_retry=False))
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
        waiting: list[_Wish | None] = [sent.wish for sent in self._sent.values()]
        waiting += [self._hold, *self._consents.values()]
        self._state = None
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
        if state.boot != self._boot:
            self._boot = state.boot
            self._sequences.clear()
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
            return ()
        if reply.last is not None:
            if reply.last > MOST_LAST:
                raise RelayUnavailable(f"the relay leaves no sequence: {reply.last} was the last")
            self._sequences[reply.kind] = reply.last
            if not sent.is_retry:
                return self._retry(sent.wish)
        if reply.name == OK:
            self._grant(sent.wish)
            self._tell_receipts(reply.receipts)
        else:
            self._refuse(sent.wish, reply.name, reply.sentence)
        return ()

    def _retry(self, wish: _Wish) -> tuple[bytes, ...]:
        # A newer wish of the same kind takes this one's place.
        match wish:
            case HoldContacts():
                is_overtaken = self._hold is not None
            case GiveConsent():
                is_overtaken = wish.connection in self._consents
        return () if is_overtaken else (self._sign(wish, is_retry=True),)

    def _sign(self, wish: _Wish, *, is_retry: bool) -> bytes:
        assert self._state is not None
        kind = "hold" if isinstance(wish, HoldContacts) else "consent"
        sequence = self._sequences.get(kind, 0) + 1
        self._sequences[kind] = sequence
        line = self._unsigned(wish, self._state, sequence)
        signed = replace(line, signature=self._signer.sign(digest(line, self._hasher)))
        self._sent[kind] = _Sent(
            wish=wish,
            sequence=sequence,
            is_retry=is_retry,
            answer_by_s=self._clock() + REPLY_WITHIN_S,
        )
        return write_line(signed)

    def _unsigned(self, wish: _Wish, state: Announcement, sequence: int) -> HoldLine | ConsentLine:
        match wish:
            case HoldContacts(contacts=contacts, lease_s=lease_s):
                return HoldLine(
                    relay=state.relay,
                    boot=state.boot,
                    account=self._signer.account,
                    sequence=sequence,
                    contacts=tuple(sorted(set(contacts))),
                    lease_ms=round(lease_s * 1000),
                    signature=b"",
                    receipts=self._receipts,
                )
            case GiveConsent(connection=connection, consent_s=consent_s):
                return ConsentLine(
                    relay=state.relay,
                    boot=state.boot,
                    account=self._signer.account,
                    sequence=sequence,
                    connection=connection,
                    consent_ms=round(consent_s * 1000),
                    signature=b"",
                )

    def _hello(self) -> bytes:
        self._sent["hello"] = _Sent(
            wish=None, sequence=0, is_retry=False, answer_by_s=self._clock() + REPLY_WITHIN_S
        )
        return write_line(HelloLine(client=self._signer.account))

    def _grant(self, wish: _Wish) -> None:
        match wish:
            case HoldContacts(contacts=contacts, lease_s=lease_s):
                self._post(LeaseGranted(contacts=contacts, lease_s=lease_s))
            case GiveConsent(connection=connection, consent_s=consent_s):
                self._post(ConsentGranted(connection=connection, consent_s=consent_s))

    def _refuse(self, wish: _Wish, name: str, sentence: str) -> None:
        match wish:
            case HoldContacts(contacts=contacts):
                self._post(LeaseRefused(contacts=contacts, name=name, sentence=sentence))
            case GiveConsent(connection=connection):
                self._post(ConsentRefused(connection=connection, name=name, sentence=sentence))

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
