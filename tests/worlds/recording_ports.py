"""Ports that write down what they were asked: what stands behind them is not played."""

from node.core.commands import Intent
from node.core.errors import Refused
from node.core.records import Reading, Receipt
from tests.factories.settings import HOME


class RecordingPorts:
    """Be ledger, relay and broker at once, so that the order of all asks is kept."""

    problem: str | None = None

    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def submit(self, intent: Intent) -> None:
        """Take an intent."""
        self.asked.append(("submit", intent))

    def hold(
        self, contacts: tuple[int, ...], lease_s: float, receipts: tuple[Receipt, ...]
    ) -> None:
        """Take a wish for contacts."""
        self.asked.append(("hold", contacts, lease_s, receipts))

    def consent(self, connection: int, consent_s: float) -> None:
        """Take a consent."""
        self.asked.append(("consent", connection, consent_s))

    def publish(self, topic: str, payload: str) -> None:
        """Take a value."""
        self.asked.append(("publish", topic, payload))

    def announce(self, topic: str, payload: str) -> None:
        """Take a value for others' topics."""
        self.asked.append(("announce", topic, payload))

    def tell(self, topic: str, payload: str) -> None:
        """Take what has happened."""
        self.asked.append(("tell", topic, payload))

    def send_reading(self, reading: Reading, instant_s: int) -> None:
        """Take a reading."""
        self.asked.append(("reading", reading, instant_s))

    def send_receipt(self, receipt: Receipt) -> None:
        """Take a receipt."""
        self.asked.append(("receipt", receipt))

    def clear_receipt(self, seller: str, number: int) -> None:
        """Take the end of an order."""
        self.asked.append(("clear", seller, number))


class Stamps:
    """Sign with an empty signature, and take every receipt for signed but those that begin FF."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.verified = 0

    def sign(self, seller: str, number: int, drawn_milliwh: int) -> Receipt:
        """Sign as this home."""
        if self.refuses:
            raise Refused("NoKey", "there is no key")
        return Receipt(
            buyer=HOME,
            seller=seller,
            number=number,
            drawn_milliwh=drawn_milliwh,
            signature=bytes(65),
        )

    def verify(self, receipt: Receipt) -> bool:
        """Say whether it is signed."""
        self.verified += 1
        return receipt.signature[:1] != b"\xff"
