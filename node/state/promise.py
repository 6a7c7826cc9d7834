"""Name what the journal keeps of a promise: its transactions, its state, the block it is in."""

from dataclasses import dataclass
from enum import Enum


class PromiseState(Enum):
    """Say how far a promise has come."""

    PREPARED = "prepared"
    BROADCAST = "broadcast"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNDONE = "undone"


SETTLED = (PromiseState.CONFIRMED, PromiseState.REFUSED)
"""States in which no transaction is to be mined any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Hold one signed transaction; one that `closes` only uses up the nonce of a void intent."""

    nonce: int
    hash: str
    raw: bytes
    fee_wei: int
    tip_wei: int
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Say in which block a transaction stands; `timestamp_s` is chain time."""

    transaction: str
    block_number: int
    block_hash: str
    timestamp_s: int
    gas_used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Hold one intent (as JSON), all its transactions, oldest first, and how far it has come."""

    id: int
    identity: str
    intent: str
    state: PromiseState
    attempts: tuple[Attempt, ...]
    inclusion: Inclusion | None
