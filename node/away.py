"""What stands in for a room that is not there: it refuses by name, and never stops the start."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from node.core.auction.pairing import Pairing, Wires
from node.core.commands import Intent
from node.core.errors import NodeError
from node.core.facts import ChainLost, ConsentRefused, Fact, IntentRefused, LeaseRefused
from node.core.records import Reading, Receipt
from node.ports import Take
from node.state.journal import JOURNAL_NAME, Journal

log = logging.getLogger(__name__)


class AwayLedger:
    """Refuse every intent, for one reason."""

    def __init__(self, reason: str, post: Callable[[Fact], None]) -> None:
        self._reason = reason
        self._post = post

    def start(self) -> None:
        """Say that the chain is away."""
        self._post(ChainLost(reason=self._reason))

    def submit(self, intent: Intent) -> None:
        """Refuse."""
        self._post(IntentRefused(intent=intent, name="NoLedger", sentence=self._reason))

    def close(self) -> None:
        """Do nothing."""


class AwayRelay:
    """Refuse every lease and consent, for one reason."""

    def __init__(self, reason: str, post: Callable[[Fact], None]) -> None:
        self._reason = reason
        self._post = post

    async def run(self) -> None:
        """Return at once: there is nobody to speak with."""

    def hold(
        self, contacts: tuple[int, ...], _lease_s: float, _receipts: tuple[Receipt, ...]
    ) -> None:
        """Refuse."""
        self._post(LeaseRefused(contacts=contacts, name="NoRelay", sentence=self._reason))

    def consent(self, connection: int, _consent_s: float) -> None:
        """Refuse."""
        self._post(ConsentRefused(connection=connection, name="NoRelay", sentence=self._reason))

    def close(self) -> None:
        """Do nothing."""


class NoBroker:
    """Publish nowhere; a home without a broker has nothing to complain of."""

    problem: str | None = None

    def start(self) -> None:
        """Do nothing."""

    def publish(self, topic: str, payload: str) -> None:
        """Do nothing."""

    def announce(self, topic: str, payload: str) -> None:
        """Do nothing."""

    def tell(self, topic: str, payload: str) -> None:
        """Do nothing."""

    def listen(self, topic: str, take: Take) -> None:
        """Do nothing: nobody says anything."""

    def ask(self, topic: str) -> None:
        """Do nothing."""

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Do nothing."""

    def publish_pairings(
        self, account: str, pairings: Sequence[Pairing], relays: Sequence[str]
    ) -> None:
        """Do nothing."""

    def send_reading(self, reading: Reading, instant_s: int) -> None:
        """Do nothing."""

    def send_receipt(self, receipt: Receipt) -> None:
        """Do nothing: the relay carries receipts too."""

    def clear_receipt(self, seller: str, number: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class VolatileStore:
    """Remember nothing over a restart, and say so at every flush."""

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._texts: dict[str, str] = {}

    def put(self, key: str, value: str | None, *, durable: bool) -> None:
        """Keep a text in memory."""
        if value is None:
            self._texts.pop(key, None)
        else:
            self._texts[key] = value
        if durable:
            self.flush()

    def get(self, key: str) -> str | None:
        """Give the text under a key."""
        return self._texts.get(key)

    def items(self, prefix: str) -> Mapping[str, str]:
        """Give every key that begins so."""
        return {key: text for key, text in self._texts.items() if key.startswith(prefix)}

    def copy_to(self, path: Path) -> None:
        """Refuse.

        Raises:
            NodeError: always, with the reason.
        """
        raise NodeError(self._reason)

    def flush(self) -> None:
        """Refuse.

        Raises:
            NodeError: always, with the reason.
        """
        raise NodeError(self._reason)

    def close(self) -> None:
        """Do nothing."""


def open_journal(directory: Path) -> Journal | VolatileStore:
    """Open the journal in a state directory, or give what stands in for it; why is logged."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        journal = Journal(directory / JOURNAL_NAME)
        journal.open()
    except (NodeError, OSError) as error:
        log.error("the journal cannot be opened: %s", error)
        return VolatileStore(str(error))
    return journal
