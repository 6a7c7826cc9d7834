"""Sign lines for the relay: each with the next sequence of its kind, and the newest nonce heard."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.core.commands import GiveConsent, HoldContacts
from node.core.records import Receipt
from node.core.wire.announcement import Announcement
from node.core.wire.format import Reply, write_line
from node.core.wire.lines import ConsentLine, HereLine, HoldLine, SignedLine, digest
from node.ports import Hasher, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class SayHere:
    """Wish to be known to the relay, so that it keeps this conversation a place."""


Wish = HoldContacts | GiveConsent | SayHere


def kind_of(wish: Wish) -> str:
    """Give the kind of line that says a wish."""
    match wish:
        case HoldContacts():
            return "hold"
        case GiveConsent():
            return "consent"
        case SayHere():
            return "here"


class RelaySigning:
    """Hold one account's sequences within a boot, and what the relay wants answered."""

    def __init__(self, signer: Signer, hasher: Hasher) -> None:
        self._signer = signer
        self._hasher = hasher
        self._sequences: dict[str, int] = {}
        self._relay = ""
        self._boot = b""
        self.nonce: bytes | None = None

    @property
    def account(self) -> str:
        """Give the account that signs."""
        return self._signer.account

    def follow(self, state: Announcement) -> bool:
        """Take the relay's state; say whether another boot has begun."""
        is_other = state.boot != self._boot
        if is_other:
            self._sequences.clear()
        self._relay, self._boot, self.nonce = state.relay, state.boot, state.nonce
        return is_other

    def learn(self, reply: Reply) -> None:
        """Take the newest nonce, and the last sequence where ours was stale."""
        if reply.nonce is not None:
            self.nonce = reply.nonce
        if reply.last is not None:
            self._sequences[reply.kind] = reply.last

    def sign(self, wish: Wish, receipts: Sequence[Receipt]) -> tuple[int, bytes]:
        """Give the line that says a wish, with its sequence."""
        kind = kind_of(wish)
        sequence = self._sequences.get(kind, 0) + 1
        self._sequences[kind] = sequence
        line = self._unsigned(wish, sequence, tuple(receipts))
        signature = self._signer.sign(digest(line, self._hasher))
        return sequence, write_line(replace(line, signature=signature))

    def _unsigned(self, wish: Wish, sequence: int, receipts: tuple[Receipt, ...]) -> SignedLine:
        match wish:
            case HoldContacts(contacts=contacts, lease_s=lease_s):
                return HoldLine(
                    relay=self._relay,
                    boot=self._boot,
                    nonce=self.nonce,
                    account=self.account,
                    sequence=sequence,
                    contacts=tuple(sorted(set(contacts))),
                    lease_ms=round(lease_s * 1000),
                    signature=b"",
                    receipts=receipts,
                )
            case GiveConsent(connection=connection, consent_s=consent_s):
                return ConsentLine(
                    relay=self._relay,
                    boot=self._boot,
                    nonce=self.nonce,
                    account=self.account,
                    sequence=sequence,
                    connection=connection,
                    consent_ms=round(consent_s * 1000),
                    signature=b"",
                )
            case SayHere():
                assert self.nonce is not None, "a relay without nonces knows no such line"
                return HereLine(
                    relay=self._relay,
                    boot=self._boot,
                    nonce=self.nonce,
                    account=self.account,
                    sequence=sequence,
                    signature=b"",
                )
