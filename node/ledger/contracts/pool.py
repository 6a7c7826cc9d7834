"""Speak with CommitmentPool: commitments, prices, settlement, and what it tells of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode

from node.core.commitment.settlement import Commitment, Sums
from node.ledger.contracts.artifacts import Artifact, artifact, topic_of
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.pool_refusals import POOL

_CLAIM = "claim(uint32,(uint64,uint8)[])"
_COMMIT = "commit((uint64,uint8,uint8,uint32,uint8,uint48,uint48,uint48))"
_FIX_PRICE = "fixPrice(uint32)"
_INTERVAL_AT = "intervalAt(uint32)"
_NOTE_SILENCE = "noteSilence(uint32)"
_PROFILE_OF = "profileOf(uint64)"
_RECORD = "record(uint32,(uint64,uint8)[])"
_WITHDRAW = "withdraw(uint64,uint256)"

_CLAIMED = "Claimed(uint32,uint64,uint8,uint256,uint256,uint256)"
_PLEDGE = "(uint64,uint8,uint8,uint32,uint8,uint48,uint48,uint48)"
_INDEXED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """Hold a commitment to make: which of a meter's places it takes, 0 to 2, and for how many
    intervals, 1 to 8, from the first on."""

    meter_id: int
    place: int
    first: int
    length: int
    commitment: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold a meter's balance in base units, and the milliwatt-hours that it ever committed and
    delivered, as far as they are claimed."""

    balance: int
    committed_milliwh: int
    delivered_milliwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolInterval:
    """Hold an interval's price, 0 if none is fixed, its sums, and how many commitments it has, are
    recorded and are claimed."""

    price_per_kwh: int
    consumers: Sums
    producers: Sums
    committed: int
    recorded: int
    claimed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Hold a `Claimed` event; money in base units."""

    interval: int
    meter_id: int
    place: int
    charged: int
    received: int
    credited: int


class PoolContract:
    """Build calls and questions to the pool, and read its events.

    Energy is in milliwatt-hours, money in base units.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact(POOL.name)
        self.claimed_topic = topic_of(self._artifact.events[_CLAIMED])

    def pledge(self, pledge: Pledge) -> bytes:
        """Encode what the token hands to the pool with a transfer or an approval."""
        return encode([_PLEDGE], [_members(pledge)])

    def deposit(self, meter_id: int) -> bytes:
        """Encode which meter's balance a transfer or an approval is for."""
        return encode(["uint64"], [meter_id])

    def commit(self, pledge: Pledge) -> str:
        """Commit from the meter's balance; its owner alone may."""
        return self._artifact.call_data(_COMMIT, _members(pledge))

    def withdraw(self, meter_id: int, amount: int) -> str:
        """Take money out of a meter's balance; its owner alone may."""
        return self._artifact.call_data(_WITHDRAW, meter_id, amount)

    def fix_price(self, interval: int) -> str:
        """Fix an interval's price by the oracle's answer; anybody may, once."""
        return self._artifact.call_data(_FIX_PRICE, interval)

    def record(self, interval: int, standing: Sequence[tuple[int, int]]) -> str:
        """Record what meters did, each with its place; what is not ready is skipped."""
        return self._artifact.call_data(_RECORD, interval, list(standing))

    def note_silence(self, interval: int) -> str:
        """Note that an interval's deadline is over; anybody may, once."""
        return self._artifact.call_data(_NOTE_SILENCE, interval)

    def claim(self, interval: int, standing: Sequence[tuple[int, int]]) -> str:
        """Credit what commitments come to, each meter's with its place; what is not ready is
        skipped."""
        return self._artifact.call_data(_CLAIM, interval, list(standing))

    def profile_of(self, meter_id: int) -> Ask[Profile]:
        """Ask for a meter's balance, and how well it has kept its word."""
        return self._artifact.ask(self.address, _profile, _PROFILE_OF, meter_id)

    def interval_at(self, interval: int) -> Ask[PoolInterval]:
        """Ask for an interval's entry; all of it is 0 where there is none."""
        return self._artifact.ask(self.address, _interval, _INTERVAL_AT, interval)

    def claimed(self, log: Mapping[str, Any]) -> Claimed:
        """Read a `Claimed` event."""
        interval, meter_id, place, charged, received, credited = self._artifact.event(
            _CLAIMED, log, _INDEXED
        )
        return Claimed(
            interval=interval, meter_id=meter_id, place=place, charged=charged, received=received,
            credited=credited,
        )  # fmt: skip


def _members(pledge: Pledge) -> tuple[int, ...]:
    """Give a commitment in the contract's order."""
    one = pledge.commitment
    return (
        pledge.meter_id, pledge.place, one.side.value, pledge.first, pledge.length,
        one.amount_milliwh, one.least_per_kwh, one.most_per_kwh,
    )  # fmt: skip


def _profile(*told: int) -> Profile:
    balance, committed, delivered = told
    return Profile(balance=balance, committed_milliwh=committed, delivered_milliwh=delivered)


def _interval(told: Sequence[Any]) -> PoolInterval:
    _, price, consumers, producers, committed, recorded, claimed, _ = told
    return PoolInterval(
        price_per_kwh=price, consumers=_sums(consumers), producers=_sums(producers),
        committed=committed, recorded=recorded, claimed=claimed,
    )  # fmt: skip


def _sums(told: Sequence[int]) -> Sums:
    committed, delivered, silent = told
    return Sums(committed_milliwh=committed, delivered_milliwh=delivered, silent_milliwh=silent)
