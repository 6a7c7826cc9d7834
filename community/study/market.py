"""Play one street's market: orders on what is believed, clearing, settlement, in plain Python.

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

UNIT_MILLIWH = 1000
MARGIN_PERCENT = 20
LEAST_UNITS = 10

TERMS = BiddingTerms(
    unit_milliwh=UNIT_MILLIWH,
    least_units=LEAST_UNITS,
    least_gain=1,
    buy_limits_per_kwh={Kind.SOLAR: None, Kind.CHP: None},
    sells=Kind.SOLAR,
    sell_limit_per_kwh=None,
)

Outcomes = Sequence[int]
"""What a home believes of the next interval: need in milliwatt-hours, surplus below zero; empty: no
forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Hold a day's saving of each home against no market, in base units.

    `unpaid` is what all lost of it because a seller is paid for twice its order at most.
    """

    savings: tuple[int, ...]
    unpaid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Hold how a home's order ended: its fill, and what it spares against no market.

    `saving` is in base units, below zero it loses; `unpaid` is what a seller loses of it because it
    exports more than twice its order.
    """

    bought_milliwh: int
    sold_milliwh: int
    saving: int
    unpaid: int


NOTHING = Ended(bought_milliwh=0, sold_milliwh=0, saving=0, unpaid=0)


class Market:
    """Clear and settle a street interval by interval, with beliefs and meters handed in.

    Its beliefs are asked for before its meters; what is learned from it serves later intervals.
    """

    def __init__(self, terms: Sequence[BiddingTerms], tariff: Tariff, per_day: int) -> None:
        self._terms = terms
        self._tariff = tariff
        self._per_day = per_day
        self._memories = {kind: new_memory(per_day) for kind in Kind}
        self._savings: list[list[int]] = []
        self._unpaid: list[int] = []
        self._orders: list[Order | None] = []

    def order(self, interval: int, beliefs: Sequence[Sequence[Outcomes]]) -> list[Order | None]:
        """Let every home order for an interval, at each look; the first homes come first."""
        expected = self._expected(interval)
        self._orders = [
            _ordered(looks, expected, self._tariff, terms)
            for looks, terms in zip(beliefs, self._terms, strict=False)
        ]
        return self._orders

    def settle(self, interval: int, nets_milliwh: Sequence[int]) -> tuple[Clearing, list[Ended]]:
        """Clear the interval, and settle each home against its meters."""
        clearing = clear([order for order in self._orders if order is not None])
        self._memories = {
            kind: _learned(memory, interval, clearing, kind)
            for kind, memory in self._memories.items()
        }
        ends = [
            ended(order, clearing, net, self._tariff)
            for order, net in zip(self._orders, nets_milliwh[: len(self._terms)], strict=True)
        ]
        self._savings.append([end.saving for end in ends])
        self._unpaid.append(sum(end.unpaid for end in ends))
        return clearing, ends

    def days(self, first_day: int) -> list[Day]:
        """Add up whole days, from a day on."""
        starts = range(first_day * self._per_day, len(self._savings), self._per_day)
        return [
            Day(
                savings=tuple(map(sum, zip(*self._savings[at : at + self._per_day], strict=True))),
                unpaid=sum(self._unpaid[at : at + self._per_day]),
            )
            for at in starts
        ]

    def _expected(self, interval: int) -> Mapping[Kind, int]:
        return {kind: expected_tick(memory, interval) for kind, memory in self._memories.items()}


def _ordered(
    looks: Sequence[Outcomes], expected: Mapping[Kind, int], tariff: Tariff, terms: BiddingTerms
) -> Order | None:
    """Place an order at the first look that brings one, and change it at the next as a node does.

    What was cancelled stays so: an interval takes one side of an account.
    """
    order: Order | None = None
    for outcomes in looks:
        revision = revise(order, outcomes, expected, tariff, terms)
        if revision.change is Change.CANCEL:
            return None
        order = revision.order
    return order


def ended(order: Order | None, clearing: Clearing, net_milliwh: int, tariff: Tariff) -> Ended:
    """Settle an order against the meter, as the contract does.

    The register that an order does not settle is billed alike with and without the market.
    """
    if order is None:
        return NOTHING
    money = Terms(unit_milliwh=UNIT_MILLIWH, margin_percent=MARGIN_PERCENT, tariff=tariff)
    metered = max(0, net_milliwh if isinstance(order, Bid) else -net_milliwh)
    found = settle(order, clearing, metered, money)
    filled = (found.fills.solar_units + found.fills.chp_units) * UNIT_MILLIWH
    if not isinstance(order, Bid):
        # It is paid for twice its order at most.
        beyond = max(0, metered - 2 * order.energy_units * UNIT_MILLIWH)
        earned = proceeds_down(metered, tariff.feed_in_per_kwh)
        return Ended(
            bought_milliwh=0,
            sold_milliwh=filled,
            saving=found.trade + found.grid - earned,
            unpaid=proceeds_down(beyond, tariff.feed_in_per_kwh),
        )
    retail = tariff.retail_per_kwh
    # What its deposit does not cover the grid bills to the home as without a market.
    billed = cost_up(max(0, metered - filled), retail) - (found.deposit + found.trade)
    return Ended(
        bought_milliwh=filled,
        sold_milliwh=0,
        saving=found.trade + found.grid - max(0, billed) + cost_up(metered, retail),
        unpaid=0,
    )


def bill(net_milliwh: int, tariff: Tariff) -> int:
    """Give what an interval costs without a market, in base units; below zero, brings."""
    if net_milliwh > 0:
        return cost_up(net_milliwh, tariff.retail_per_kwh)
    return -proceeds_down(-net_milliwh, tariff.feed_in_per_kwh)


def _learned(memory: PriceMemory, interval: int, clearing: Clearing, kind: Kind) -> PriceMemory:
    left = clearing.unsold_units, clearing.unserved_units
    return absorb_step(memory, interval, clearing.step(kind), *left)
