"""Play one street's market for the forecast bench: orders, clearing, settlement, in plain Python.

No chain: `decide`, `clear` and `settle` are called as a node and the contract would. What an order
does not cover is billed as without a market, so the difference of the two bills is the saving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.core.auction.clearing import Bid, Clearing, Kind, Order, clear
from node.core.auction.settlement import Terms, settle
from node.core.auction.tariff import Tariff
from node.core.trading.bidding import BiddingTerms, Change, revise
from node.core.trading.prices import PriceMemory, absorb_step, expected_tick, new_memory
from node.core.units import cost_up, proceeds_down

HOURS_PER_DAY = 24
UNIT_MILLIWH = 1000
MARGIN_PERCENT = 20
LEAST_UNITS = 10
TARIFF = Tariff(feed_in_per_kwh=40_000, tick_size_per_kwh=2_659)
"""Quartierstrom's: feed-in 0.04, retail 0.2075 a kWh (a field test of 37 homes)."""

TERMS = BiddingTerms(
    unit_milliwh=UNIT_MILLIWH,
    least_units=LEAST_UNITS,
    least_gain=1,
    buy_limits_per_kwh={Kind.SOLAR: None, Kind.CHP: None},
    sells=Kind.SOLAR,
    sell_limit_per_kwh=None,
)
_MONEY = Terms(unit_milliwh=UNIT_MILLIWH, margin_percent=MARGIN_PERCENT, tariff=TARIFF)

Outcomes = Sequence[int]
"""What a home believes of the next hour: need in milliwatt-hours, surplus below zero; empty: no
forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Hold a day's saving of each home against no market, in base units.

    `unpaid` is what all lost of it because a seller is paid for twice its order at most.
    """

    savings: tuple[int, ...]
    unpaid: int


class Market:
    """Clear and settle a street hour by hour, with beliefs and meters handed in.

    An hour's beliefs are asked for before its meters; what is learned from it serves later hours.
    """

    def __init__(self, homes: int) -> None:
        self._homes = homes
        self._memories = {kind: new_memory(HOURS_PER_DAY) for kind in Kind}
        self._hours: list[list[int]] = []
        self._unpaid: list[int] = []
        self._orders: list[Order | None] = []

    def order(self, hour: int, beliefs: Sequence[Sequence[Outcomes]]) -> list[Order | None]:
        """Let every home order for an hour, at each look; the street's first homes come first."""
        expected = self._expected(hour)
        self._orders = [_ordered(looks, expected) for looks in beliefs[: self._homes]]
        return self._orders

    def settle(self, hour: int, nets_milliwh: Sequence[int]) -> None:
        """Clear the hour, and settle each home against its meters."""
        clearing = clear([order for order in self._orders if order is not None])
        self._memories = {
            kind: _learned(memory, hour, clearing, kind) for kind, memory in self._memories.items()
        }
        pairs = list(zip(self._orders, nets_milliwh[: self._homes], strict=True))
        self._hours.append([saving(order, clearing, net) for order, net in pairs])
        self._unpaid.append(sum(unpaid(order, net) for order, net in pairs))

    def days(self, first_day: int) -> list[Day]:
        """Add up whole days, from a day on."""
        starts = range(first_day * HOURS_PER_DAY, len(self._hours), HOURS_PER_DAY)
        return [
            Day(
                savings=tuple(map(sum, zip(*self._hours[at : at + HOURS_PER_DAY], strict=True))),
                unpaid=sum(self._unpaid[at : at + HOURS_PER_DAY]),
            )
            for at in starts
        ]

    def _expected(self, hour: int) -> Mapping[Kind, int]:
        return {kind: expected_tick(memory, hour) for kind, memory in self._memories.items()}


def _ordered(looks: Sequence[Outcomes], expected: Mapping[Kind, int]) -> Order | None:
    """Place an order at the first look that brings one, and change it at the next as a node does.

    What was cancelled stays so: an interval takes one side of an account.
    """
    order: Order | None = None
    for outcomes in looks:
        revision = revise(order, outcomes, expected, TARIFF, TERMS)
        if revision.change is Change.CANCEL:
            return None
        order = revision.order
    return order


def saving(order: Order | None, clearing: Clearing, net_milliwh: int) -> int:
    """Give what a home spares in an hour against no market, in base units; below zero, loses.

    The register that an order does not settle is billed alike with and without the market.
    """
    if order is None:
        return 0
    if not isinstance(order, Bid):
        export = max(0, -net_milliwh)
        found = settle(order, clearing, export, _MONEY)
        return found.trade + found.grid - proceeds_down(export, TARIFF.feed_in_per_kwh)
    drawn = max(0, net_milliwh)
    found = settle(order, clearing, drawn, _MONEY)
    beyond = drawn - (found.fills.solar_units + found.fills.chp_units) * UNIT_MILLIWH
    # What its deposit does not cover the grid bills to the home as without a market.
    billed = cost_up(max(0, beyond), TARIFF.retail_per_kwh) - (found.deposit + found.trade)
    return found.trade + found.grid - max(0, billed) + cost_up(drawn, TARIFF.retail_per_kwh)


def unpaid(order: Order | None, net_milliwh: int) -> int:
    """Give what a seller loses in an hour because it exports more than twice its order."""
    if order is None or isinstance(order, Bid):
        return 0
    beyond = max(0, -net_milliwh - 2 * order.energy_units * UNIT_MILLIWH)
    return proceeds_down(beyond, TARIFF.feed_in_per_kwh)


def bill(net_milliwh: int) -> int:
    """Give what an hour costs without a market, in base units; below zero, brings."""
    if net_milliwh > 0:
        return cost_up(net_milliwh, TARIFF.retail_per_kwh)
    return -proceeds_down(-net_milliwh, TARIFF.feed_in_per_kwh)


def _learned(memory: PriceMemory, hour: int, clearing: Clearing, kind: Kind) -> PriceMemory:
    left = clearing.unsold_units, clearing.unserved_units
    return absorb_step(memory, hour, clearing.step(kind), *left)
