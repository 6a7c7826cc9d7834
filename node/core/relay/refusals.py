"""Refuse what a holder may not ask for, by name: the table of `lease`, without its state."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from node.core.errors import Refusal
from node.core.relay.board import Wiring, channels_of, held_by

SHORTEST_LEASE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Hold what an account asks for, and what it is measured against.

    `asked` are its connections that `contacts` close whole, `consents` those that stand, by
    (connection, account), and `barred` the connections that a stuck contact bars, by channels.
    """

    account: str
    contacts: tuple[int, ...]
    asked: frozenset[int]
    lease_s: float
    longest_lease_s: float
    wiring: Wiring
    consents: Collection[tuple[int, str]]
    barred: Mapping[int, frozenset[int]]


def refusal_of_wish(wish: Wish) -> Refusal | None:
    """Say which rule forbids it, if one does."""
    for name, rule in _RULES:
        sentence = rule(wish)
        if sentence is not None:
            return Refusal(name=name, sentence=sentence)
    return None


def stuck_contact(barred: Mapping[int, frozenset[int]], asked: frozenset[int]) -> str | None:
    """Say which stuck contact bars a connection that is asked for, if one does."""
    for number in sorted(asked & barred.keys()):
        return f"connection {number} may not close: channel {min(barred[number])} is stuck"
    return None


def _unknown_channel(wish: Wish) -> str | None:
    channels = wish.wiring.channels
    beyond = [channel for channel in wish.contacts if not 0 <= channel < channels]
    return f"channel {beyond[0]} is not from 0 to {channels - 1}" if beyond else None


def _foreign_channel(wish: Wish) -> str | None:
    mine = channels_of(wish.wiring, held_by(wish.wiring, wish.account))
    foreign = sorted(set(wish.contacts) - mine)
    return f"{wish.account} holds no connection with channel {foreign[0]}" if foreign else None


def _half_connection(wish: Wish) -> str | None:
    halves = sorted(set(wish.contacts) - channels_of(wish.wiring, wish.asked))
    return f"channel {halves[0]} moves only with its other poles" if halves else None


def _lease_out_of_range(wish: Wish) -> str | None:
    longest_s = wish.longest_lease_s
    if not wish.asked or SHORTEST_LEASE_S <= wish.lease_s <= longest_s:
        return None
    return f"{wish.lease_s:g} s is not from {SHORTEST_LEASE_S:g} to {longest_s:g} s"


def _no_consent(wish: Wish) -> str | None:
    for number in sorted(wish.asked):
        for account in wish.wiring.connections[number].consents:
            if (number, account) not in wish.consents:
                return f"{account} does not consent to connection {number}"
    return None


def _stuck_contact(wish: Wish) -> str | None:
    return stuck_contact(wish.barred, wish.asked)


_RULES: tuple[tuple[str, Callable[[Wish], str | None]], ...] = (
    ("UnknownChannel", _unknown_channel),
    ("NotHolder", _foreign_channel),
    ("HalfConnection", _half_connection),
    ("LeaseOutOfRange", _lease_out_of_range),
    ("NoConsent", _no_consent),
    ("ContactStuck", _stuck_contact),
)
