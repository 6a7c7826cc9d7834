"""Work out which neighbour's energy reaches which home over whose contact; pays nobody.

Money follows the auction's fills alone. A pairing only says which contact moves, so what the wires
cannot deliver changes no fill: it stays on the grid or the own source, and the meters settle it.
Anybody can work it out again from the fills and the wires. The rule is greedy and not a maximum
flow: it can be explained to the home that came away empty.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from node.core.records import ConnectionView

Wires = Mapping[str, tuple[str, ...]]
"""For each buyer's account the accounts of the sellers on its board, in the order of its file."""
Energies = Mapping[str, int]
"""For each account what it bought or sold of one kind, in milliwatt-hours, above 0."""

_ACCOUNT_BYTES = 20
_INTERVAL_BYTES = 8
_ACCOUNT = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Hold the fills of one kind; kinds come in the order in which they were cleared."""

    kind: str
    sold: Energies
    bought: Energies


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Assign energy of one seller to one buyer; its place in the pairing is its turn."""

    kind: str
    buyer: str
    seller: str
    energy_milliwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Hold who draws from whom in one interval, in the order assigned, and by which wires."""

    interval: int
    wires_hash: bytes
    parts: tuple[Part, ...]


def pair(interval: int, rounds: Sequence[Round], wires: Wires) -> Pairing:
    """Assign the sold energy to those who bought it, as far as the wires go.

    In each kind the buyers with the fewest wired sellers that have something come first, and of
    equals the one with the smaller hash of interval and account: that rotates, and nobody chooses
    it. Each takes from its fullest seller first; a need is split, and a surplus goes on to the
    next buyer.

    Raises:
        ValueError: an account is none.
    """
    parts = [part for fills in rounds for part in _pair_kind(interval, fills, wires)]
    return Pairing(interval=interval, wires_hash=wires_hash(wires), parts=tuple(parts))


def wires_of(connections: Iterable[ConnectionView]) -> Wires:
    """Give the wires of boards, in their order; a seller is who consents to a connection.

    A connection without an account to hold it, or to consent, wires nobody.
    """
    wires: dict[str, dict[str, None]] = {}
    for connection in connections:
        sellers = [seller for seller in connection.consents if _ACCOUNT.fullmatch(seller)]
        if _ACCOUNT.fullmatch(connection.holder) and sellers:
            wires.setdefault(connection.holder, {}).update(dict.fromkeys(sellers))
    return {buyer: tuple(sellers) for buyer, sellers in wires.items()}


def wires_hash(wires: Wires) -> bytes:
    """Give the SHA-256 of the wires as JSON without spaces, buyers in rising order."""
    plain = {buyer: list(wires[buyer]) for buyer in sorted(wires)}
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode("ascii")).digest()


def lot(interval: int, account: str) -> bytes:
    """Give an account's lot in an interval: it rotates, and nobody chooses it.

    Raises:
        ValueError: the account is none.
    """
    raw = bytes.fromhex(account.removeprefix("0x"))
    if len(raw) != _ACCOUNT_BYTES:
        raise ValueError(f"{account} is no account")
    return hashlib.sha256(interval.to_bytes(_INTERVAL_BYTES, "big") + raw).digest()


def _pair_kind(interval: int, fills: Round, wires: Wires) -> Iterator[Part]:
    left = {seller: energy for seller, energy in fills.sold.items() if energy > 0}
    buyers = (buyer for buyer, energy in fills.bought.items() if energy > 0)
    for buyer in _in_turn(interval, buyers, wires, left):
        need_milliwh = fills.bought[buyer]
        sellers = sorted(
            (seller for seller in dict.fromkeys(wires.get(buyer, ())) if left.get(seller, 0) > 0),
            key=lambda seller: (-left[seller], lot(interval, seller)),
        )
        for seller in sellers:
            energy_milliwh = min(need_milliwh, left[seller])
            if energy_milliwh == 0:
                break
            need_milliwh -= energy_milliwh
            left[seller] -= energy_milliwh
            yield Part(kind=fills.kind, buyer=buyer, seller=seller, energy_milliwh=energy_milliwh)


def _in_turn(
    interval: int, buyers: Iterable[str], wires: Wires, left: Mapping[str, int]
) -> list[str]:
    """Order buyers; who can choose least comes first, so that others do not starve it."""

    def choices(buyer: str) -> int:
        return sum(seller in left for seller in set(wires.get(buyer, ())))

    return sorted(buyers, key=lambda buyer: (choices(buyer), lot(interval, buyer)))
