"""What the loops need from outside, each as a Protocol of few verbs, so that rooms stay apart."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from node.core.auction.pairing import Pairing, Wires
from node.core.commands import Intent
from node.core.records import Reading, Receipt, Sample


class Signer(Protocol):
    """Sign 32-byte digests with the node's account."""

    @property
    def account(self) -> str:
        """Give the account's checksummed address."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Return the 65-byte signature r || s || v of a 32-byte digest, v being 27 or 28, s low."""
        ...


class Hasher(Protocol):
    """Hash bytes with Keccak-256, which the standard library does not have."""

    def __call__(self, data: bytes, /) -> bytes:
        """Return the 32-byte Keccak-256 of the data (not SHA3-256: the padding differs)."""
        ...

    def __hash__(self) -> int:
        """Tell one from another, so that what it gave can be kept."""
        ...


class Sensor(Protocol):
    """Give samples of one chip."""

    @property
    def name(self) -> str:
        """Give the sensor's name in the parameters."""
        ...

    def sample(self) -> Sample:
        """Measure now; blocks for the bus transfer alone.

        Raises:
            DeviceError: the chip is absent, or its value is outside physical limits.
        """
        ...

    def close(self) -> None:
        """Let the chip go; may be called twice."""
        ...


class SensorBus(Protocol):
    """Run every sensor on the one thread that owns the bus."""

    async def sample_all(self) -> Sequence[Sample | Exception]:
        """Sample each sensor once, within the deadline; a failure stands in its sensor's place."""
        ...

    def close(self) -> None:
        """Stop the thread and close the bus; may be called twice."""
        ...


Take = Callable[[bytes, bool], None]
"""Take a payload, and whether it was retained; called on whatever thread hears it."""


class Topics(Protocol):
    """Hear topics of a broker."""

    def listen(self, topic: str, take: Take) -> None:
        """Hear a topic from now on, or from when the broker is there."""
        ...

    def ask(self, topic: str) -> None:
        """Send an empty message, not retained; it is lost where the broker is away."""
        ...


class Ledger(Protocol):
    """Carry intents to the chain."""

    def submit(self, intent: Intent) -> None:
        """Take an intent; never blocks; its outcome comes back as a fact."""
        ...


class Relay(Protocol):
    """Carry lease and consent to the relay server."""

    def hold(
        self, contacts: tuple[int, ...], lease_s: float, receipts: tuple[Receipt, ...]
    ) -> None:
        """Ask for exactly these contacts; never blocks; the newest request wins."""
        ...

    def consent(self, connection: int, consent_s: float) -> None:
        """Give or withdraw (0) a consent; never blocks; the newest wins."""
        ...


class Broker(Protocol):
    """Carry retained values and readings to the broker."""

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        ...

    def publish(self, topic: str, payload: str) -> None:
        """Publish a retained value under the node's root, now or when the broker is back."""
        ...

    def announce(self, topic: str, payload: str) -> None:
        """Publish a retained value under a topic of others, now or when the broker is back."""
        ...

    def tell(self, topic: str, payload: str) -> None:
        """Publish what has just happened, not retained; nobody hears of it while it is away."""
        ...

    def send_reading(self, reading: Reading, instant_s: int) -> None:
        """Publish a reading, not retained; once it is acknowledged or refused, a fact says so."""
        ...

    def send_receipt(self, receipt: Receipt) -> None:
        """Publish a receipt, retained."""
        ...

    def clear_receipt(self, seller: str, number: int) -> None:
        """Remove the retained receipt of a closed order."""
        ...


class UtilityBroker(Protocol):
    """Carry what the utility says to the broker; all of it is retained."""

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        ...

    def publish(self, topic: str, payload: str) -> None:
        """Publish a value under the utility's root, now or when the broker is back."""
        ...

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Publish a whole pairing and the wires that it came from, for anybody to check."""
        ...

    def publish_pairings(
        self, account: str, pairings: Sequence[Pairing], relays: Sequence[str]
    ) -> None:
        """Publish one account's parts of the pairings in force, and over which relays they are."""
        ...


class Receipts(Protocol):
    """Sign and verify receipts against one chain and one sale."""

    def sign(self, seller: str, number: int, drawn_milliwh: int) -> Receipt:
        """Sign a cumulative receipt as the buyer.

        Raises:
            Refused: there is no key, or the chain is not known yet.
        """
        ...

    def verify(self, receipt: Receipt) -> bool:
        """Say whether the sale contract would take this receipt's signature."""
        ...


class Store(Protocol):
    """Keep named texts over a power loss."""

    def put(self, key: str, value: str | None, *, durable: bool) -> None:
        """Keep a text (None forgets it); on disk at once if durable, else within a minute.

        Raises:
            NodeError: it cannot be written.
        """
        ...

    def get(self, key: str) -> str | None:
        """Give the text under a key."""
        ...

    def items(self, prefix: str) -> Mapping[str, str]:
        """Give every key that begins so, with its text."""
        ...

    def flush(self) -> None:
        """Put every text on disk now.

        Raises:
            NodeError: it cannot be written.
        """
        ...
