"""Find what the auction has left to do, from the chain alone: for the start of an observer.

A meter has at most one unsettled order in each of the auction's two lanes, and it is the newest
there. So the search goes back from the head only until it has both of every meter. Meters that do
not trade are looked for by their numbers, which costs no more than the blocks' filters.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from node.core.auction.gate import LANES
from node.core.auction.market import ClearedInterval, MarketRules
from node.core.errors import ChainUnavailable
from node.ledger.chain import answers as read
from node.ledger.chain.asking import asked, asked_in_parts, at_block
from node.ledger.chain.heads import Head
from node.ledger.chain.look_back import OF_ALL, Filters, look_back
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.auction import AuctionContract, Placed
from node.ledger.contracts.registry import RegistryContract
from node.ledger.views.auction import read_tariffs
from node.ledger.views.book import MarketBook, placed_order
from node.ledger.views.events import MarketEvents, cleared_interval, read_results
from node.ledger.views.partners import topic_of_number

OUTAGE_S = 7 * 86_400
"""Chain seconds for which nobody may have settled; a meter that trades settles its own before."""
MOST_METERS = 50_000
_NOTED_FOR = 2
"""From which boundary after the note's interval on it counts."""
_MOST_NAMED = 1_000
"""Meters that one search names."""

_log = logging.getLogger(__name__)
Value = TypeVar("Value")
_Place = tuple[int, int]
"""A meter and a lane."""


class Search:
    """Look back once from a head."""

    def __init__(
        self,
        rpc: Rpc,
        auction: AuctionContract,
        registry: RegistryContract,
        rules: MarketRules,
        head: Head,
    ) -> None:
        self._rpc = rpc
        self._events = MarketEvents(rpc, auction, registry)
        self._auction = auction
        self._registry = registry
        self._rules = rules
        self._head = head
        self._at = hex(head.number)
        self._newest: dict[_Place, Placed] = {}
        self._cleared: dict[int, Any] = {}

    def run(self, closing: Callable[[], bool]) -> MarketBook:
        """Give the book at the head.

        Raises:
            ChainUnavailable: the search could not be finished; it may be begun again.
        """
        missing = self._all_places()
        self._look_back(missing, closing)
        results = {result.interval: result for result in self._results()}
        standing = self._standing(results)
        now = self._head.timestamp_s // self._rules.interval_s
        oldest = min([now, *(placed.placement.interval for placed in standing)])
        tariffs = read_tariffs(self._rpc, self._auction, oldest, self._at)
        try:
            orders = [placed_order(placed, self._rules, tariffs) for placed in standing]
        except ValueError as error:
            raise ChainUnavailable(
                f"the endpoint shows an order without a tariff: {error}"
            ) from error
        kept = {order.interval for order in orders}
        meters = sorted({order.meter_id for order in orders})
        boundaries = self._events.boundaries(meters, self._at)
        return MarketBook(
            self._rules,
            tariffs,
            orders=orders,
            cleared=[result for interval, result in results.items() if interval in kept],
            boundaries=[(told.meter_id, told.boundary) for told in boundaries],
            noted=self._noted(sorted(kept & results.keys())),
        )

    def _all_places(self) -> set[_Place]:
        (count,) = asked(self._rpc, at_block(self._registry.meter_count(), self._at))
        if count > MOST_METERS:
            raise ChainUnavailable(f"the registry has {count} meters, above {MOST_METERS}")
        return {(meter_id, lane) for meter_id in range(1, count + 1) for lane in range(LANES)}

    def _look_back(self, missing: set[_Place], closing: Callable[[], bool]) -> None:
        rules, now_s = self._rules, self._head.timestamp_s
        lately_s = now_s - (LANES + 1) * rules.interval_s
        oldest_s = now_s - rules.reading_deadline_s - OUTAGE_S

        def filters(began_s: int) -> Filters:
            named = sorted({meter_id for meter_id, _ in missing}) if began_s < lately_s else []
            placed: list[object] = [self._auction.placed_topic]
            if 0 < len(named) <= _MOST_NAMED:
                placed += [None, [topic_of_number(meter_id) for meter_id in named]]
            where = {"address": self._auction.address}
            return [
                where | {"topics": placed},
                where | {"topics": [self._auction.cleared_topic]},
            ]

        spans = look_back(
            self._rpc,
            self._head,
            since_s=oldest_s,
            filters=filters,
            closing=closing,
            stride=OF_ALL,
        )
        while missing and (found := next(spans, None)) is not None:
            placed_logs, cleared_logs = found.of_filters
            self._take(placed_logs, missing)
            for log in cleared_logs:
                self._cleared.setdefault(cleared_interval(self._auction, log), log)
        _log.info("%d newest orders of meters found", len(self._newest))

    def _take(self, logs: Sequence[Any], missing: set[_Place]) -> None:
        for log in reversed(logs):
            placed = read.event(self._auction.placed, log)
            place = (placed.placement.meter_id, placed.placement.interval % LANES)
            if place in missing:
                missing.discard(place)
                self._newest[place] = placed

    def _results(self) -> Iterator[ClearedInterval]:
        intervals = {placed.placement.interval for placed in self._newest.values()}
        logs = [log for interval, log in self._cleared.items() if interval in intervals]
        yield from read_results(self._rpc, self._auction, logs, self._at)

    def _noted(self, intervals: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Read which results are noted as silent, and from when that counts."""
        asks = [self._auction.noted_after(interval) for interval in intervals]
        for interval, after in zip(intervals, self._ask(asks), strict=True):
            if after:
                yield interval, (interval + after + _NOTED_FOR) * self._rules.interval_s

    def _standing(self, results: dict[int, ClearedInterval]) -> list[Placed]:
        """Leave out what is settled: a cleared interval's orders that the chain no longer holds."""
        placed = [p for p in self._newest.values() if p.placement.interval in results]
        asks = [self._auction.order_at(p.placement.meter_id, p.placement.interval) for p in placed]
        held = [p for p, kept in zip(placed, self._ask(asks), strict=True) if kept]
        waiting = [p for p in self._newest.values() if p.placement.interval not in results]
        return held + waiting

    def _ask(self, asks: Sequence[Ask[Value]]) -> list[Value]:
        return asked_in_parts(self._rpc, [at_block(ask, self._at) for ask in asks])
