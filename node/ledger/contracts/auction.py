"""Speak with IntervalAuction: orders, clearing, settlement, tariffs, and what its events tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from eth_abi.abi import encode

from node.core.auction.clearing import Clearing, Fills, Kind, Order
from node.core.auction.gate import TariffVersion
from node.core.auction.market import PostedTariff
from node.core.auction.tariff import Tariff
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import Artifact, UnexpectedAnswer, artifact, topic_of
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction_words import members, order_of, step_of

_ANNOUNCE_WITHDRAWAL = "announceWithdrawal(uint256)"
_BALANCE_OF = "balanceOf(address)"
_CLEAR = "clear(uint32)"
_COLLECT_OWED = "collectOwed()"
_EXECUTE_WITHDRAWAL = "executeWithdrawal()"
_FUND = "fund(uint256)"
_HAS_ROLE = "hasRole(bytes32,address)"
_LEAVING = "leaving()"
_NOTE_SILENCE = "noteSilence(uint32)"
_ORDER_AT = "orderAt(uint64,uint32)"
_OWED_TO = "owedTo(address)"
_PLACE = "place((uint32,uint8,uint8,uint8,uint32,uint64))"
_RESULT_OF = "resultOf(uint32)"
_SETTLE = "settle(uint32,uint64[])"
_SET_TARIFF = "setTariff(uint32,uint64,uint64)"
_TARIFF_COUNT = "tariffCount()"
_TARIFFS = "tariffs(uint24)"
_UTILITY = "utility()"
_UTILITY_ROLE = "UTILITY_ROLE()"
_WITHDRAW = "withdraw(uint256)"

_PLACED = "Placed(uint32,uint64,address,uint8,uint8,uint8,uint32)"
_CLEARED = "IntervalCleared(uint32,bool,uint8,uint8,uint256,uint256,uint256,uint256)"
_SETTLED = (
    "Settled(uint32,uint64,address,uint256,uint256,uint256,bool,int256,int256,uint256,uint256)"
)
_SILENCE_NOTED = "SilenceNoted(uint32,uint256)"
_TARIFF_SET = "TariffSet(uint24,uint32,uint64,uint64)"
_PLACEMENT = "(uint32,uint8,uint8,uint8,uint32,uint64)"
_INDEXED = 2

_CONSTANTS: Mapping[str, str] = {
    "interval_s": "INTERVAL()",
    "gate_lead_s": "GATE_LEAD()",
    "unit_milliwh": "UNIT()",
    "least_units": "LEAST_ENERGY()",
    "margin_percent": "MARGIN()",
    "reading_deadline_s": "READING_DEADLINE()",
}


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
    """Build calls and questions to the auction, and read its events.

    Energy is in units, money in base units.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("IntervalAuction")
        self.placed_topic = topic_of(self._artifact.events[_PLACED])
        self.cleared_topic = topic_of(self._artifact.events[_CLEARED])
        self.settled_topic = topic_of(self._artifact.events[_SETTLED])
        self.noted_topic = topic_of(self._artifact.events[_SILENCE_NOTED])
        self.tariff_set_topic = topic_of(self._artifact.events[_TARIFF_SET])

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

    def note_silence(self, interval: int) -> str:
        """Note that an interval's reading deadline is over; anybody may, once."""
        return self._artifact.call_data(_NOTE_SILENCE, interval)

    def constants(self) -> Mapping[str, Ask[int]]:
        """Ask for what never changes, each by what a market's rules call it."""
        return {
            name: self._artifact.ask(self.address, int, signature)
            for name, signature in _CONSTANTS.items()
        }

    def balance_of(self, account: str) -> Ask[int]:
        """Ask for an account's money in the auction."""
        return self._artifact.ask(self.address, int, _BALANCE_OF, account)

    def owed_to(self, account: str) -> Ask[int]:
        """Ask what the grid owes an account."""
        return self._artifact.ask(self.address, int, _OWED_TO, account)

    def utility(self) -> Ask[tuple[int, int]]:
        """Ask for the grid's balance and all that it owes."""
        return self._artifact.ask(self.address, _pair, _UTILITY)

    def leaving(self) -> Ask[tuple[int, int]]:
        """Ask what the utility has announced to withdraw, and the chain time from when it may."""
        return self._artifact.ask(self.address, _pair, _LEAVING)

    def utility_role(self) -> Ask[bytes]:
        """Ask for the name of the role that sets tariffs and funds the grid."""
        return self._artifact.ask(self.address, bytes, _UTILITY_ROLE)

    def has_role(self, role: bytes, account: str) -> Ask[bool]:
        """Ask whether an account holds a role."""
        return self._artifact.ask(self.address, bool, _HAS_ROLE, role, account)

    def order_at(self, meter_id: int, interval: int) -> Ask[Placed | None]:
        """Ask for a meter's order in an interval, and whose it is; None if none is open."""

        def placed(stored: tuple[Any, ...]) -> Placed | None:
            account, _, energy, side, tick, chp_tick = stored
            if not energy:
                return None
            order = order_of(side, tick, chp_tick, energy)
            placement = Placement(interval=interval, meter_id=meter_id, order=order)
            return Placed(account=checksum_address(account), placement=placement)

        return self._artifact.ask(self.address, placed, _ORDER_AT, meter_id, interval)

    def tariff_count(self) -> Ask[int]:
        """Ask how many tariffs were posted; also the newest one's number."""
        return self._artifact.ask(self.address, int, _TARIFF_COUNT)

    def tariff(self, number: int) -> Ask[PostedTariff]:
        """Ask for a tariff by its number."""
        return self._artifact.ask(self.address, partial(_posted, number), _TARIFFS, number)

    def noted_after(self, interval: int) -> Ask[int]:
        """Ask how many intervals after an interval its silence was noted; 0 if it was not."""

        def noted_after(result: tuple[Any, ...]) -> int:
            return int(result[-1])

        return self._artifact.ask(self.address, noted_after, _RESULT_OF, interval)

    def clearing_of(self, cleared: Mapping[str, Any]) -> Ask[Clearing]:
        """Ask how the interval of an `IntervalCleared` event cleared, whose volumes that tells.

        Raises as `Artifact.event` does.
        """
        (interval,), values = self._event(_CLEARED, cleared, indexed=1)
        _, _, _, solar_volume, chp_volume, unsold, unserved = values

        def clearing(result: tuple[Any, ...]) -> Clearing:
            is_cleared, chp_first, _, *parts = result
            if not is_cleared:
                raise UnexpectedAnswer(f"the auction has not cleared interval {interval}")
            return Clearing(
                first=Kind.CHP if chp_first else Kind.SOLAR,
                solar=step_of(solar_volume, parts[:4]),
                chp=step_of(chp_volume, parts[4:8]),
                unsold_units=unsold,
                unserved_units=unserved,
            )

        return self._artifact.ask(self.address, clearing, _RESULT_OF, interval)

    def cleared_interval(self, log: Mapping[str, Any]) -> int:
        """Read which interval an `IntervalCleared` event is about."""
        (interval,), _ = self._event(_CLEARED, log, indexed=1)
        return interval

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

    def tariff_set(self, log: Mapping[str, Any]) -> PostedTariff:
        """Read a `TariffSet` event."""
        (number, first_interval), values = self._event(_TARIFF_SET, log)
        return _posted(number, first_interval, *values)

    def _event(
        self, signature: str, log: Mapping[str, Any], indexed: int = _INDEXED
    ) -> tuple[list[int], tuple[Any, ...]]:
        values = self._artifact.event(signature, log, indexed)
        return list(values[:indexed]), values[indexed:]


def _posted(number: int, first_interval: int, feed_in: int, tick_size: int) -> PostedTariff:
    return PostedTariff(
        version=TariffVersion(number=number, first_interval=first_interval),
        tariff=Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick_size),
    )


def _pair(first: int, second: int) -> tuple[int, int]:
    return first, second
