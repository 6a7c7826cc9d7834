"""Speak with IntervalAuction: orders, clearing, settlement, tariffs, and what its events tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode

from node.core.auction.clearing import Clearing, Fills, Kind, Order
from node.core.auction.gate import Lane
from node.core.auction.tariff import Tariff
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import Artifact, artifact, topic_of
from node.ledger.contracts.auction_words import members, order_of, step_of

_ANNOUNCE_WITHDRAWAL = "announceWithdrawal(uint256)"
_BALANCE_OF = "balanceOf(address)"
_CLEAR = "clear(uint32)"
_COLLECT_OWED = "collectOwed()"
_EXECUTE_WITHDRAWAL = "executeWithdrawal()"
_FUND = "fund(uint256)"
_LEAVING = "leaving()"
_LANE_OF = "laneOf(uint32)"
_NOTE_SILENCE = "noteSilence(uint32)"
_ORDER_AT = "orderAt(uint64,uint32)"
_OWED_TO = "owedTo(address)"
_PLACE = "place((uint32,uint8,uint8,uint8,uint32,uint64))"
_RESULT_OF = "resultOf(uint32)"
_SETTLE = "settle(uint32,uint64[])"
_SET_TARIFF = "setTariff(uint32,uint64,uint64)"
_TARIFF_OF = "tariffOf(uint32)"
_TARIFFS = "tariffs(uint24)"
_UTILITY = "utility()"
_WITHDRAW = "withdraw(uint256)"

_PLACED = "Placed(uint32,uint64,address,uint8,uint8,uint8,uint32)"
_CLEARED = "IntervalCleared(uint32,bool,uint8,uint8,uint256,uint256,uint256,uint256)"
_SETTLED = (
    "Settled(uint32,uint64,address,uint256,uint256,uint256,bool,int256,int256,uint256,uint256)"
)
_SILENCE_NOTED = "SilenceNoted(uint32,uint256)"
_PLACEMENT = "(uint32,uint8,uint8,uint8,uint32,uint64)"
_INDEXED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Hold a meter's order for an interval; an order of 0 units cancels."""

    interval: int
    meter_id: int
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Hold a `Placed` event: what stands now, and who placed it."""

    account: str
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Hold a `Settled` event; money in base units, trade and grid as the home receives them."""

    interval: int
    meter_id: int
    account: str
    fills: Fills
    metered_milliwh: int
    missing: bool
    trade: int
    grid: int
    credited: int
    owed: int


class AuctionContract:
    """Build calls to the auction and read its answers; energy in units, money in base units."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("IntervalAuction")
        self.placed_topic = topic_of(self._artifact.events[_PLACED])
        self.cleared_topic = topic_of(self._artifact.events[_CLEARED])
        self.settled_topic = topic_of(self._artifact.events[_SETTLED])
        self.noted_topic = topic_of(self._artifact.events[_SILENCE_NOTED])

    def placement(self, placement: Placement) -> bytes:
        """Encode what the token hands to the auction with a transfer or an approval."""
        return encode(
            [_PLACEMENT], [members(placement.interval, placement.meter_id, placement.order)]
        )

    def place(self, placement: Placement) -> str:
        """Place, change or cancel an order, from the caller's balance."""
        return self._artifact.call_data(
            _PLACE, members(placement.interval, placement.meter_id, placement.order)
        )

    def clear(self, interval: int) -> str:
        """Clear an interval whose gate has closed; anybody may."""
        return self._artifact.call_data(_CLEAR, interval)

    def settle(self, interval: int, meter_ids: Sequence[int]) -> str:
        """Settle orders of a cleared interval; what is not ready is skipped."""
        return self._artifact.call_data(_SETTLE, interval, list(meter_ids))

    def withdraw(self, amount: int) -> str:
        """Take money out of the caller's balance."""
        return self._artifact.call_data(_WITHDRAW, amount)

    def collect_owed(self) -> str:
        """Collect what the grid owes the caller."""
        return self._artifact.call_data(_COLLECT_OWED)

    def set_tariff(self, first_interval: int, tariff: Tariff) -> str:
        """Set the grid's prices from an interval on; the utility alone may."""
        return self._artifact.call_data(
            _SET_TARIFF, first_interval, tariff.feed_in_per_kwh, tariff.tick_size_per_kwh
        )

    def fund(self, amount: int) -> str:
        """Move money from the utility's own balance to the grid's."""
        return self._artifact.call_data(_FUND, amount)

    def announce_withdrawal(self, amount: int) -> str:
        """Announce that unowed money of the grid's balance will leave; 0 takes it back."""
        return self._artifact.call_data(_ANNOUNCE_WITHDRAWAL, amount)

    def execute_withdrawal(self) -> str:
        """Move what was announced, and is still there, to the utility's own balance."""
        return self._artifact.call_data(_EXECUTE_WITHDRAWAL)

    def leaving(self) -> str:
        """Ask what the utility has announced to withdraw."""
        return self._artifact.call_data(_LEAVING)

    def leaving_money(self, answer: str) -> tuple[int, int]:
        """Read what the utility has announced to withdraw, and the chain time from when it may."""
        amount, from_s = self._artifact.results(_LEAVING, answer)
        return int(amount), int(from_s)

    def note_silence(self, interval: int) -> str:
        """Note that an interval's reading deadline is over; anybody may, once."""
        return self._artifact.call_data(_NOTE_SILENCE, interval)

    def noted_after(self, answer: str) -> int:
        """Read, of a result, the intervals from its own to the note of silence; 0 if not noted."""
        ((*_, noted_after),) = self._artifact.results(_RESULT_OF, answer)
        return int(noted_after)

    def balance_of(self, account: str) -> str:
        """Ask for an account's money in the auction."""
        return self._artifact.call_data(_BALANCE_OF, account)

    def balance(self, answer: str) -> int:
        """Read an account's money in the auction."""
        return int(self._artifact.results(_BALANCE_OF, answer)[0])

    def owed_to(self, account: str) -> str:
        """Ask what the grid owes an account."""
        return self._artifact.call_data(_OWED_TO, account)

    def owed(self, answer: str) -> int:
        """Read what the grid owes an account."""
        return int(self._artifact.results(_OWED_TO, answer)[0])

    def utility(self) -> str:
        """Ask for the grid's balance and all that it owes."""
        return self._artifact.call_data(_UTILITY)

    def utility_money(self, answer: str) -> tuple[int, int]:
        """Read the grid's balance and all that it owes."""
        balance, owed = self._artifact.results(_UTILITY, answer)
        return int(balance), int(owed)

    def lane_of(self, interval: int) -> str:
        """Ask who used an interval's lane last."""
        return self._artifact.call_data(_LANE_OF, interval)

    def lane(self, answer: str) -> Lane:
        """Read who used a lane last."""
        held, cleared = self._artifact.results(_LANE_OF, answer)
        return Lane(interval=held, cleared=cleared)

    def order_at(self, meter_id: int, interval: int) -> str:
        """Ask for a meter's order in an interval."""
        return self._artifact.call_data(_ORDER_AT, meter_id, interval)

    def order(self, answer: str) -> Order | None:
        """Read a meter's order; None if none is open.

        Raises:
            UnexpectedAnswer: it is none that we know.
        """
        ((_, _, energy, side, tick, chp_tick),) = self._artifact.results(_ORDER_AT, answer)
        return order_of(side, tick, chp_tick, energy) if energy else None

    def placed_by(self, answer: str) -> str:
        """Read whose a meter's order is."""
        ((account, *_),) = self._artifact.results(_ORDER_AT, answer)
        return checksum_address(account)

    def tariff_of(self, interval: int) -> str:
        """Ask for the version of the tariff in force in an interval."""
        return self._artifact.call_data(_TARIFF_OF, interval)

    def version(self, answer: str) -> int:
        """Read a tariff's version."""
        return int(self._artifact.results(_TARIFF_OF, answer)[0])

    def tariffs(self, version: int) -> str:
        """Ask for a tariff by its version."""
        return self._artifact.call_data(_TARIFFS, version)

    def tariff(self, answer: str) -> Tariff:
        """Read a tariff."""
        _, feed_in, tick_size = self._artifact.results(_TARIFFS, answer)
        return Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick_size)

    def result_of(self, interval: int) -> str:
        """Ask how an interval cleared."""
        return self._artifact.call_data(_RESULT_OF, interval)

    def clearing(self, answer: str, cleared: Mapping[str, Any]) -> Clearing:
        """Read how an interval cleared: the result, and the volumes that its event tells.

        Raises:
            ValueError: the interval is not cleared.
        """
        ((is_cleared, chp_first, _, *parts),) = self._artifact.results(_RESULT_OF, answer)
        if not is_cleared:
            raise ValueError("the interval is not cleared")
        _, values = self._event(_CLEARED, cleared, indexed=1)
        _, _, _, solar_volume, chp_volume, unsold, unserved = values
        return Clearing(
            first=Kind.CHP if chp_first else Kind.SOLAR,
            solar=step_of(solar_volume, parts[:4]),
            chp=step_of(chp_volume, parts[4:8]),
            unsold_units=unsold,
            unserved_units=unserved,
        )

    @staticmethod
    def cleared_interval(log: Mapping[str, Any]) -> int:
        """Read which interval an `IntervalCleared` event is about."""
        return int(artifact("IntervalAuction").event(_CLEARED, log, indexed=1)[0])

    def placed(self, log: Mapping[str, Any]) -> Placed:
        """Read a `Placed` event.

        Raises:
            UnexpectedAnswer: its order is none that we know.
        """
        (interval, meter_id), values = self._event(_PLACED, log)
        account, side, tick, chp_tick, energy = values
        placement = Placement(
            interval=interval, meter_id=meter_id, order=order_of(side, tick, chp_tick, energy)
        )
        return Placed(account=checksum_address(account), placement=placement)

    def noted(self, log: Mapping[str, Any]) -> tuple[int, int]:
        """Read a `SilenceNoted` event: the interval, and the chain time from when it counts."""
        (interval,), (from_s,) = self._event(_SILENCE_NOTED, log, indexed=1)
        return interval, int(from_s)

    def settled(self, log: Mapping[str, Any]) -> Settled:
        """Read a `Settled` event."""
        (interval, meter_id), values = self._event(_SETTLED, log)
        account, solar, chp, metered, missing, trade, grid, credited, owed = values
        return Settled(
            interval=interval,
            meter_id=meter_id,
            account=checksum_address(account),
            fills=Fills(solar_units=solar, chp_units=chp),
            metered_milliwh=metered,
            missing=missing,
            trade=trade,
            grid=grid,
            credited=credited,
            owed=owed,
        )

    def _event(
        self, signature: str, log: Mapping[str, Any], indexed: int = _INDEXED
    ) -> tuple[list[int], tuple[Any, ...]]:
        values = self._artifact.event(signature, log, indexed)
        return list(values[:indexed]), values[indexed:]
