"""What is known of one kind of intent: how it is called, ordered, known again and written."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, TypeVar

from node.core.commands import Intent
from node.ledger.contracts.community import Contracts

PLAIN_TRANSFER_GAS = 21_000
MOST_GAS = 16_777_216
"""No transaction above this can be sent on chains that have EIP-7825."""

Sent = TypeVar("Sent", bound=Intent)


def members_of(intent: Intent) -> dict[str, Any]:
    """Give an intent's members as they are."""
    return {name: getattr(intent, name) for name in intent.__slots__}


class Priority(IntEnum):
    """Say what goes first: money that protects, then light, then trade, then the rest."""

    PROTECT = 0
    LIGHT = 1
    TRADE = 2
    REST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCall:
    """Hold one call, with a gas limit that the chain's estimate may raise."""

    to: str
    data: str
    gas: int
    value_wei: int


@dataclass(frozen=True, kw_only=True)
class Row(Generic[Sent]):
    """Hold what is known of one kind of intent.

    `call` gives the contract's address and the data. `gas` is a bound, no estimate: what the
    contracts were measured to use at their dearest, and half again. `name` names the promise: of
    two intents of one name only one may ever be carried out; None where the newest counts, or where
    it is the account's own money or the chain takes it but once, so that a kept promise may be
    repeated. `is_once` says that the chain itself takes it but once, so that signing it under a
    second nonce, while the first may stand, cannot carry it out twice. What is `perishable` would
    surprise if it were sent late. A newer one takes the place of one that waits where their
    `place` is the same. `write` gives its members as JSON has them, and `read` takes them back,
    where they are more than numbers and names; it raises `KeyError`, `TypeError` or `ValueError`.
    """

    call: Callable[[Contracts, Sent], tuple[str, str]]
    gas: Callable[[Sent], int]
    priority: Priority
    name: Callable[[Sent], str] | None
    is_once: bool
    perishable: bool = False
    place: Callable[[Sent], Hashable] | None = None
    value_wei: Callable[[Sent], int] = lambda _: 0
    write: Callable[[Sent], dict[str, Any]] = members_of
    read: Callable[[dict[str, Any]], Sent] | None = None
