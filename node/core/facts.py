"""What has happened outside: past tense, frozen; rooms post these, the loop consumes them."""

from dataclasses import dataclass

from node.core.auction.market import HomeMarket, SettledOrder, StreetInterval, UtilityView
from node.core.auction.pairing import Pairing
from node.core.commands import Intent
from node.core.records import (
    BlockStamp,
    ChainView,
    ClosedOrder,
    ConnectionView,
    Reading,
    Receipt,
    RelayView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayReported:
    """Say that the relay told its whole state."""

    view: RelayView


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLost:
    """Say that the conversation with the relay broke, and why, in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseGranted:
    """Say that the relay took a command for these channels (none: all are open)."""

    contacts: tuple[int, ...]
    lease_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRefused:
    """Say that the relay refused a command, with the refusal's name and sentence."""

    contacts: tuple[int, ...]
    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGranted:
    """Say that the relay took a consent or its withdrawal (0 seconds)."""

    connection: int
    consent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRefused:
    """Say that the relay refused a consent, with the refusal's name and sentence."""

    connection: int
    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReceived:
    """Say that a buyer's receipt arrived, over MQTT or through the relay; not yet verified."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAcknowledged:
    """Say that the broker has a reading."""

    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRefused:
    """Say that the broker does not take a reading, and why, in one sentence."""

    reading: Reading
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainObserved:
    """Say what the chain looked like at one block; `market` is None where there is no auction.

    `street` has all orders of the auction in the intervals that are not over. `ended` are the own
    orders whose end was seen since the last view; after a reorganisation, some once more.
    """

    view: ChainView
    market: HomeMarket | None = None
    street: tuple[StreetInterval, ...] = ()
    ended: tuple[ClosedOrder | SettledOrder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetObserved:
    """Say what the utility saw of the auction at one block."""

    view: UtilityView


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingHeard:
    """Say that the utility has published whom this home is paired with; not yet checked.

    `relays` are those whose wiring it has paired over; empty where it does not tell.
    """

    pairing: Pairing
    relays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WiringHeard:
    """Say what a relay, which is not this home's own, has announced of its wiring."""

    relay: str
    connections: tuple[ConnectionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStands:
    """Say that the newest block told is still the newest, on a chain without empty blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLost:
    """Say that no RPC endpoint answered, and why, in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentConfirmed:
    """Say that an intent's transaction succeeded and its block has the configured depth."""

    intent: Intent
    block: BlockStamp
    transaction: str
    gas_used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRefused:
    """Say that an intent will not be carried out: reverted, or refused before it was sent.

    `name` is the contract's custom error or our own refusal's name; `sentence` says it plainly.
    """

    intent: Intent
    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentUndone:
    """Say that a reorganisation removed a confirmed intent's block."""

    intent: Intent
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentResumed:
    """Say that an intent of an earlier run is still under way; its outcome follows as a fact."""

    intent: Intent


Fact = (
    RelayReported
    | RelayLost
    | LeaseGranted
    | LeaseRefused
    | ConsentGranted
    | ConsentRefused
    | ReceiptReceived
    | ReadingAcknowledged
    | ReadingRefused
    | ChainObserved
    | StreetObserved
    | PairingHeard
    | WiringHeard
    | ChainLost
    | ChainStands
    | IntentConfirmed
    | IntentRefused
    | IntentUndone
    | IntentResumed
)
