"""What the relay's leases hear: who asked for what, by a signature that was checked before."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HereSaid:
    """Say that an account said, by its own signature, that it is here; it asks for nothing."""

    account: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAsked:
    """Say that an account asked, by its own signature, to hold exactly these channels closed."""

    account: str
    sequence: int
    contacts: tuple[int, ...]
    lease_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAsked:
    """Say that an account gave a consent by its own signature, or withdrew it (0 seconds)."""

    account: str
    sequence: int
    connection: int
    consent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AncestorAsked:
    """Say that a trusted address sent an ancestor's message: (channel, closed) pairs."""

    switches: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsStuck:
    """Say which connections may not close now, each with the stuck channels that bar it."""

    barred: Mapping[int, frozenset[int]]
