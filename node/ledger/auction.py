"""Speak with IntervalAuction: orders, clearing, settling, tariffs, balances, and its events."""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from node.core.auction import NO_TRADE, Bid, Clearing, Kind, Offer, Order, Step
from node.core.commands import PlaceOrder, PostTariff, SettleOrders
from node.core.gate import TariffVersion
from node.core.market import MarketRules, PostedTariff
from node.core.tariff import Tariff
from node.ledger.artifacts import Artifact, UnexpectedAnswer, artifact, topic_of
from node.ledger.keccak import checksum_address

_BALANCE_OF = "balanceOf(address)"
_CLEAR = "clear(uint32)"
_FUND = "fund(uint256)"
_PLACE = "place((uint32,uint8,uint8,uint8,uint32,uint64))"
_PLACEMENT = "(uint32,uint8,uint8,uint8,uint32,uint64)"
_RESULT_OF = "resultOf(uint32)"
_SET_TARIFF = "setTariff(uint32,uint64,uint64)"
_SETTLE = "settle(uint32,uint64[])"
_TARIFF_COUNT = "tariffCount()"
_TARIFFS = "tariffs(uint24)"
_UTILITY = "utility()"
_WITHDRAW = "withdraw(uint256)"
_RULES = ("INTERVAL()", "GATE_LEAD()", "UNIT()", "LEAST_ENERGY()", "MARGIN()", "READING_DEADLINE()")

_PLACED = "Placed(uint32,uint64,address,uint8,uint8,uint8,uint32)"
_CLEARED = "IntervalCleared(uint32,bool,uint8,uint8,uint256,uint256,uint256,uint256)"
_SETTLED = (
    "Settled(uint32,uint64,address,uint256,uint256,uint256,bool,int256,int256,uint256,uint256)"
)

_BUYER, _SOLAR_SELLER, _CHP_SELLER = range(3)


class AuctionContract:
    """Build calls to the auction and read its answers; energies of orders are its units."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("IntervalAuction")
        events = self._artifact.events
        self.placed_topic = topic_of(events[_PLACED])
        self.cleared_topic = topic_of(events[_CLEARED])
        self.settled_topic = topic_of(events[_SETTLED])

    def place(self, placed: PlaceOrder) -> str:
        """Place, change or cancel the order of a meter from the caller's balance."""
        return self._artifact.call_data(_PLACE, _placement(placed))

    def placement(self, placed: PlaceOrder) -> bytes:
        """Encode what the token hands to the auction with a payment."""
        return encode([_PLACEMENT], [_placement(placed)])

    def clear(self, interval: int) -> str:
        """Clear an interval."""
        return self._artifact.call_data(_CLEAR, interval)

    def settle(self, orders: SettleOrders) -> str:
        """Settle some meters' orders."""
        return self._artifact.call_data(_SETTLE, orders.interval, orders.meter_ids)

    def set_tariff(self, tariff: PostTariff) -> str:
        """Set the grid's prices; the utility alone may."""
        return self._artifact.call_data(
            _SET_TARIFF,
            tariff.first_interval,
            tariff.feed_in_per_kwh,
            tariff.tick_size_per_kwh,
        )

    def fund(self, amount: int) -> str:
        """Move money from the caller's balance to the utility's; the utility alone may."""
        return self._artifact.call_data(_FUND, amount)

    def withdraw(self, amount: int) -> str:
        """Take money out of the caller's balance."""
        return self._artifact.call_data(_WITHDRAW, amount)

    def balance_of(self, account: str) -> str:
        """Ask for an account's balance."""
        return self._artifact.call_data(_BALANCE_OF, account)

    def balance(self, answer: str) -> int:
        """Read an account's balance."""
        return int(self._artifact.results(_BALANCE_OF, answer)[0])

    def utility(self) -> str:
        """Ask for the utility's balance and debts."""
        return self._artifact.call_data(_UTILITY)

    def grid(self, answer: str) -> tuple[int, int]:
        """Read the utility's balance, and what it owes homes."""
        balance, owed = self._artifact.results(_UTILITY, answer)
        return int(balance), int(owed)

    def rules(self) -> tuple[str, ...]:
        """Ask for what the contract fixed for ever; the answers are read together."""
        return tuple(self._artifact.call_data(name) for name in _RULES)

    def market_rules(self, answers: Sequence[str]) -> MarketRules:
        """Read what the contract fixed for ever."""
        interval_s, lead_s, unit, least, margin, deadline_s = (
            int(self._artifact.results(name, answer)[0])
            for name, answer in zip(_RULES, answers, strict=True)
        )
        return MarketRules(
            interval_s=interval_s,
            gate_lead_s=lead_s,
            unit_milliwh=unit,
            least_units=least,
            margin_percent=margin,
            reading_deadline_s=deadline_s,
        )

    def tariff_count(self) -> str:
        """Ask how many tariffs there are."""
        return self._artifact.call_data(_TARIFF_COUNT)

    def count(self, answer: str) -> int:
        """Read how many tariffs there are."""
        return int(self._artifact.results(_TARIFF_COUNT, answer)[0])

    def tariff(self, version: int) -> str:
        """Ask for a tariff by its version, from 1 on."""
        return self._artifact.call_data(_TARIFFS, version)

    def posted_tariff(self, version: int, answer: str) -> PostedTariff:
        """Read a tariff."""
        first, feed_in, tick_size = self._artifact.results(_TARIFFS, answer)
        return PostedTariff(
            version=TariffVersion(number=version, first_interval=first),
            tariff=Tariff(feed_in_per_kwh=feed_in, tick_size_per_kwh=tick_size),
        )

    def result_of(self, interval: int) -> str:
        """Ask how an interval cleared."""
        return self._artifact.call_data(_RESULT_OF, interval)

    def clearing(self, answer: str, event: Mapping[str, Any]) -> Clearing:
        """Read how an interval cleared: prices and fractions, and from its event the volumes.

        Raises:
            UnexpectedAnswer: it is not cleared, or the event is another one.
        """
        (result,) = self._artifact.results(_RESULT_OF, answer)
        is_cleared, chp_first, _tariff, *steps = result
        if not is_cleared:
            raise UnexpectedAnswer("the auction tells of a clearing, and has no result of it")
        _first, _solar_tick, _chp_tick, solar, chp, unsold, unserved = _decoded(
            ("bool", "uint8", "uint8", *["uint256"] * 4), event
        )
        return Clearing(
            first=Kind.CHP if chp_first else Kind.SOLAR,
            solar=_step(solar, steps[:4]),
            chp=_step(chp, steps[4:]),
            unsold_units=unsold,
            unserved_units=unserved,
        )


def order_of_event(log: Mapping[str, Any]) -> tuple[str, Order]:
    """Read who placed which order; no energy is a cancellation.

    Raises:
        UnexpectedAnswer: the data is not that of the event.
    """
    account, side, tick, chp_tick, energy_units = _decoded(
        ("address", "uint8", "uint8", "uint8", "uint32"), log
    )
    order: Order
    if side == _BUYER:
        order = Bid(solar_tick=tick, chp_tick=chp_tick, energy_units=energy_units)
    else:
        kind = Kind.SOLAR if side == _SOLAR_SELLER else Kind.CHP
        order = Offer(kind=kind, tick=tick, energy_units=energy_units)
    return checksum_address(account), order


def _step(volume_units: int, members: Sequence[int]) -> Step:
    if volume_units == 0:
        return NO_TRADE
    price_tick, marginal_tick, seller_fraction, buyer_fraction = members
    return Step(
        volume_units=volume_units,
        price_tick=price_tick,
        marginal_tick=marginal_tick,
        seller_fraction=seller_fraction,
        buyer_fraction=buyer_fraction,
    )


def _decoded(types: Sequence[str], log: Mapping[str, Any]) -> tuple[Any, ...]:
    try:
        return decode(types, bytes.fromhex(str(log["data"])[2:]))
    except (DecodingError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise UnexpectedAnswer("an event of the auction has other data than it should") from error


def _placement(placed: PlaceOrder) -> tuple[int, int, int, int, int, int]:
    match placed.order:
        case Bid() as bid:
            side, ticks, units = _BUYER, (bid.solar_tick, bid.chp_tick), bid.energy_units
        case Offer() as offer:
            side = _SOLAR_SELLER if offer.kind is Kind.SOLAR else _CHP_SELLER
            ticks, units = (offer.tick, 0), offer.energy_units
    return placed.interval, side, *ticks, units, placed.meter_id
