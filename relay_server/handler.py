"""Handle whatever arrives on either wire: check who speaks, decide, and move the contacts.

Owns the one state of the relay (leases and contacts) and carries the interlock's commands to the
board, in order. Knows no socket; the clock is handed in.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from node.core.errors import Refusal, Refused
from node.core.records import Receipt
from node.core.relay import feedback, interlock, lease
from node.core.relay.board import accounts_of, held_by
from node.core.relay.facts import AncestorAsked, ContactsStuck
from node.core.relay.interlock import (
    CloseContacts,
    ConnectionsWanted,
    OpenContacts,
    TimePassed,
)
from node.core.wire.format import (
    OK,
    Reply,
    read_line,
    refusal_of,
)
from node.core.wire.lines import ConsentLine, HelloLine, HereLine, HoldLine, SignedLine, digest
from node.keys.keccak import checksum_address, keccak256
from node.keys.signatures import signer_of
from node.system.seldom import Seldom
from relay_server.asked import fact_of, normal, opens
from relay_server.board import Board
from relay_server.counts import SwitchCounts
from relay_server.nonces import Nonces
from relay_server.receipts import ReceiptShelf
from relay_server.settings import ServerSettings

# A contact bounces for some milliseconds; a person does not see this much.
LOOK_EVERY_S = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    """Hold who is told: at each move of a contact, at a right won or lost, at a renewal."""

    contacts_moved: Callable[[], None]
    rights_changed: Callable[[], None]
    rights_renewed: Callable[[], None]


class Handler:
    """Obey lines and switches; `clock` is monotonic, in seconds."""

    def __init__(
        self,
        settings: ServerSettings,
        boot: bytes,
        board: Board,
        counts: SwitchCounts,
        clock: Callable[[], float],
        watchers: Watchers,
    ) -> None:
        self._settings = settings
        self._boot = boot
        self._board = board
        self._counts = counts
        self._clock = clock
        self._watchers = watchers
        self._shelf = ReceiptShelf()
        self.nonces = Nonces(settings.nonce_s, clock)
        self._refused: dict[tuple[str, str], Seldom] = {}
        self.rest()

    def rest(self) -> None:
        """Begin, or end, with nothing held and every contact open."""
        settings = self._settings
        self.leases = lease.none_held(
            lease.LeaseRules(
                wiring=settings.wiring,
                longest_lease_s=settings.max_lease_s,
                longest_consent_s=settings.max_consent_s,
                ancestor_lease_s=settings.ancestor_lease_s,
                closings_per_hour=settings.closings_per_hour,
            )
        )
        timing = interlock.Timing(
            dead_time_s=settings.dead_time_s, min_change_s=settings.min_change_s
        )
        self.contacts = interlock.at_rest(settings.wiring, timing, self._clock())
        self.feedback = feedback.unseen(self._board.sensed, settings.settle_s)
        self._look_wake_s = self._clock() if self._board.sensed else None
        self._leases_wake_s: float | None = None
        self._contacts_wake_s: float | None = None

    @property
    def wake_at_s(self) -> float | None:
        """Say when to decide again, or look at the feedback pins, if ever."""
        wakes = (self._leases_wake_s, self._contacts_wake_s, self._look_wake_s)
        return min((s for s in wakes if s is not None), default=None)

    def take_line(self, line: bytes, *, retained: bool) -> Reply:
        """Obey one JSON line, or refuse it by name; either way there is one reply.

        A line that a broker had retained is refused, whatever it says.
        """
        try:
            asked = read_line(line)
        except Refused as refused:
            return refusal_of("line", refused)
        match asked:
            case HelloLine():
                return self._reply("hello", "", 0, OK, "")
            case HereLine():
                return self._take_signed("here", asked, retained=retained)
            case HoldLine():
                return self._take_signed("hold", asked, retained=retained)
            case ConsentLine():
                return self._take_signed("consent", asked, retained=retained)

    def take_switches(self, switches: tuple[tuple[int, bool], ...]) -> None:
        """Obey a trusted ancestor's message.

        Raises:
            Refused: by the name of the rule that forbids it.
        """
        refused = self._step_leases(AncestorAsked(switches=switches))
        if refused is not None:
            raise Refused(refused.refusal.name, refused.refusal.sentence)

    def advance(self) -> None:
        """Let time pass: end what has expired, and close what has waited long enough."""
        self._look()
        self._step_leases(TimePassed())
        self._step_contacts(TimePassed())

    def catch_up(self) -> None:
        """Do what is overdue before anything else: a process that was held up wakes to both."""
        wake_at_s = self.wake_at_s
        if wake_at_s is not None and wake_at_s <= self._clock():
            self.advance()

    def _take_signed(self, kind: str, asked: SignedLine, *, retained: bool) -> Reply:
        account = checksum_address(asked.account)
        try:
            if retained:
                raise Refused("Retained", "a command must not be retained by the broker")
            self._ensure_signed(asked, account)
            refusal = self._step_leases(fact_of(asked, account))
        except Refused as refused:
            # Whose it is nobody has proved, and anybody may make accounts up: logged by name alone.
            no = Refusal(name=refused.name, sentence=refused.sentence)
            self._say_refused(kind, account, no, ("", no.name))
            return self._reply(kind, account, asked.sequence, no.name, no.sentence)
        if refusal is not None:
            no = refusal.refusal
            self._say_refused(kind, account, no, (account, no.name))
            return self._reply(kind, account, asked.sequence, no.name, no.sentence, refusal.last)
        granted = self._reply(kind, account, asked.sequence, OK, "")
        if isinstance(asked, HoldLine):
            self._shelf.keep(account, tuple(normal(receipt) for receipt in asked.receipts))
        elif isinstance(asked, ConsentLine):
            return replace(granted, receipts=self._receipts_for(account))
        return granted

    def _say_refused(self, kind: str, account: str, no: Refusal, alike: tuple[str, str]) -> None:
        """Log it, and what is alike once a minute: whoever overhears a line may repeat it."""
        seldom = Seldom(_log, logging.INFO, self._clock)
        seldom = self._refused.setdefault(alike, seldom)
        seldom.say("%s of %s is refused, %s: %s", kind, account, no.name, no.sentence)

    def _ensure_signed(self, asked: SignedLine, account: str) -> None:
        if asked.relay != self._settings.relay:
            raise Refused("WrongRelay", f"this relay is {self._settings.relay}")
        if asked.boot != self._boot:
            raise Refused("WrongBoot", f"this boot is 0x{self._boot.hex()}")
        # A stranger, and what was held back, is turned away before a signature costs anything.
        if not opens(asked) and not self.nonces.stands(asked.nonce):
            raise Refused("StaleNonce", "the line answers none of the relay's newest nonces")
        if isinstance(asked, HereLine):
            if account not in accounts_of(self._settings.wiring):
                raise Refused("NotHolder", f"no connection of this board names {account}")
        elif isinstance(asked, HoldLine):
            if not held_by(self._settings.wiring, account):
                raise Refused("NotHolder", f"{account} holds no connection of this board")
            if any(checksum_address(r.buyer) != account for r in asked.receipts):
                raise Refused("ForeignReceipt", "a receipt is not the holder's own")
        elif not any(account in c.consents for c in self._settings.wiring.connections):
            raise Refused("NotConsentor", f"no connection needs {account}'s consent")
        signer = signer_of(digest(asked, keccak256), asked.signature)
        if signer != account:
            raise Refused("WrongSigner", f"{signer} signed, not {account}")

    def _reply(
        self,
        kind: str,
        account: str,
        sequence: int,
        name: str,
        sentence: str,
        last: int | None = None,
    ) -> Reply:
        return Reply(
            name=name,
            sentence=sentence,
            kind=kind,
            account=account,
            sequence=sequence,
            last=last,
            receipts=(),
            nonce=self.nonces.newest(),
        )

    def _receipts_for(self, seller: str) -> tuple[Receipt, ...]:
        holders = {
            connection.holder
            for connection in self._settings.wiring.connections
            if seller in connection.consents and connection.holder is not None
        }
        return tuple(
            receipt for holder in sorted(holders) for receipt in self._shelf.of(holder, seller)
        )

    def _look(self) -> None:
        if not self._board.sensed:
            return
        before, now_s = self.feedback, self._clock()
        self._look_wake_s = now_s + LOOK_EVERY_S
        observed = self._board.observed
        self.feedback = feedback.look(before, self.contacts.closed, observed, now_s)
        # Whatever holds it, it is told again and again to open: its pin may have been the trouble.
        self._board.open_contacts(sorted(self.feedback.welded))
        stuck = feedback.stuck(self.feedback)
        if stuck.keys() != feedback.stuck(before).keys():
            _log.warning("Contacts stuck: %s", "; ".join(stuck.values()) or "none any more")
            self._watchers.rights_changed()
        elif observed != before.observed:
            self._watchers.rights_renewed()
        barred = feedback.barred(self.feedback, self._settings.wiring, now_s)
        if barred != self.leases.barred:
            self._step_leases(ContactsStuck(barred=barred))
            self._watchers.rights_changed()

    def _step_leases(self, fact: lease.Fact) -> lease.Refuse | None:
        before = self.leases
        refusal: lease.Refuse | None = None
        self.leases, commands, self._leases_wake_s = lease.step(before, fact, self._clock())
        self._tell_rights(before)
        for command in commands:
            match command:
                case lease.Refuse():
                    refusal = command
                case ConnectionsWanted():
                    self._step_contacts(command)
                case lease.Accept():
                    pass
        return refusal

    def _step_contacts(self, fact: interlock.Fact) -> None:
        now_s = self._clock()
        seen = interlock.observing(self.contacts, self._board.observed, now_s)
        state, commands, self._contacts_wake_s = interlock.step(seen, fact, now_s)
        for command in commands:
            match command:
                case OpenContacts(channels=channels):
                    self._board.open_contacts(channels)
                    state = interlock.carried_out(state, channels, self._clock())
                case CloseContacts(channels=channels):
                    self._board.close_contacts(channels)
                    state = interlock.carried_out(state, channels, self._clock())
                    self._counts.add(channels)
        self.contacts = state
        if commands:
            _log.info("Contacts closed: %s", sorted(state.closed) or "none")
            self._watchers.contacts_moved()

    def _tell_rights(self, before: lease.Leases) -> None:
        if _rights(before) != _rights(self.leases):
            self._watchers.rights_changed()
        elif (before.held, before.ancestor, before.consents) != (
            self.leases.held,
            self.leases.ancestor,
            self.leases.consents,
        ):
            self._watchers.rights_renewed()


def _rights(leases: lease.Leases) -> tuple[object, ...]:
    return (leases.held.keys(), leases.ancestor.keys(), leases.consents.keys())
