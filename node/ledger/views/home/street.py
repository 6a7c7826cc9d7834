"""Keep every home's orders in the intervals that are not over, from the auction's events alone.

A home works its pairing out of them, so that it need not believe the utility's. They cost no
request: the events of all orders come with each block's others.
"""

from node.core.auction.clearing import Order
from node.core.auction.gate import LANES
from node.core.auction.market import StreetInterval
from node.ledger.chain import answers as read
from node.ledger.chain.look_back import Log
from node.ledger.contracts.auction import AuctionContract, Placed

_Position = tuple[int, int]
"""A block, and an event's place in it."""


class StreetOrders:
    """Hold the orders of some intervals, each at its place on the chain."""

    def __init__(self, auction: AuctionContract) -> None:
        self._auction = auction
        self._placed: dict[int, dict[_Position, Placed]] = {}
        self._told: tuple[StreetInterval, ...] | None = None

    def learn(self, log: Log) -> None:
        """Take a `Placed` event in; one that is known already changes nothing.

        Raises:
            ChainUnavailable: what the endpoint says is no such event.
        """
        placed = read.event(self._auction.placed, log)
        position = read.index(log.get("blockNumber")), read.index(log.get("logIndex"))
        self._placed.setdefault(placed.placement.interval, {})[position] = placed
        self._told = None

    def forget(self, block_number: int) -> None:
        """Forget what blocks above one have told."""
        for interval, placed in self._placed.items():
            self._placed[interval] = {p: e for p, e in placed.items() if p[0] <= block_number}
        self._told = None

    def tell(self, now: int) -> tuple[StreetInterval, ...]:
        """Give the orders that stand in the interval delivered now, and in those that follow."""
        # No other interval can have an order: what says so is made up.
        kept = {k: placed for k, placed in self._placed.items() if now <= k <= now + LANES + 1}
        if self._told is None or len(kept) < len(self._placed):
            self._placed = kept
            self._told = tuple(
                StreetInterval(interval=k, orders=_standing(placed))
                for k, placed in sorted(kept.items())
            )
        return self._told


def _standing(placed: dict[_Position, Placed]) -> tuple[tuple[str, Order], ...]:
    """Give each meter's newest order, if it has energy."""
    newest = {event.placement.meter_id: event for _, event in sorted(placed.items(), key=_place)}
    return tuple(
        (newest[meter].account, newest[meter].placement.order)
        for meter in sorted(newest)
        if newest[meter].placement.order.energy_units
    )


def _place(item: tuple[_Position, Placed]) -> _Position:
    return item[0]
