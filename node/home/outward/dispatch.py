"""The one ladder from a command to the port that carries it out."""

import logging
from collections.abc import Callable
from functools import partial

from node.core.commands import AFTER_COUNTS, Command, GiveConsent, HoldContacts, SignReceipt
from node.core.errors import Refused
from node.core.records import Receipt
from node.home.inward.outside import Outside
from node.ports import Broker, Ledger, Receipts, Relay

log = logging.getLogger(__name__)

Kept = Callable[[Callable[[], None]], None]
"""Do something once what a home counts has been handed to its journal."""


class Dispatch:
    """Carry commands out, in their order; never waits for any of them."""

    def __init__(
        self,
        *,
        account: str | None,
        ledger: Ledger,
        relay: Relay,
        broker: Broker,
        receipts: Receipts,
        outside: Outside,
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._relay = relay
        self._broker = broker
        self._receipts = receipts
        self._outside = outside
        self._held = HoldContacts(contacts=(), lease_s=1.0)

    def carry_out(self, commands: tuple[Command, ...], kept: Kept) -> tuple[Receipt, ...]:
        """Carry out a step's commands; give the receipts that were signed, to be kept.

        An intent of `AFTER_COUNTS` is promised only once the counts are `kept`.
        """
        signed = []
        for command in commands:
            match command:
                case HoldContacts():
                    self._held = command
                    self._hold()
                case GiveConsent():
                    self._relay.consent(command.connection, command.consent_s)
                case SignReceipt():
                    receipt = self._sign(command)
                    if receipt is not None:
                        signed.append(receipt)
                case _ if isinstance(command, AFTER_COUNTS):
                    kept(partial(self._ledger.submit, command))
                case _:
                    # Whatever else there is becomes a transaction.
                    self._ledger.submit(command)
        if signed:
            # Once more after the contact was asked to open: the relay hands the receipts to the
            # seller, so that it is paid for the last energy, too, while the broker is down.
            self._hold()
        return tuple(signed)

    def _hold(self) -> None:
        own = tuple(r for r in self._outside.receipts if r.buyer == self._account)
        self._relay.hold(self._held.contacts, self._held.lease_s, own)

    def _sign(self, command: SignReceipt) -> Receipt | None:
        try:
            receipt = self._receipts.sign(command.seller, command.number, command.drawn_milliwh)
        except Refused as refusal:
            log.warning("no receipt for order %d: %s", command.number, refusal.sentence)
            return None
        self._outside.restore(receipt)
        self._broker.send_receipt(receipt)
        return receipt
