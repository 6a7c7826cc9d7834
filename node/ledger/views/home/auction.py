"""Read what a home sees of the auction, at the block of its view and in the same requests.

Events tell which of it is news. Orders, results and money are the contract's word at the block.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from node.core.auction.gate import LANES
from node.core.auction.market import (
    ClearedInterval,
    HomeMarket,
    MarketRules,
    PlacedOrder,
    PostedTariff,
    StreetInterval,
    tariffs_since,
)
from node.core.errors import ChainUnavailable
from node.core.forecast.need import DAY_S
from node.ledger.chain.asking import Question, at_block, both, each
from node.ledger.chain.heads import WATCHED_BLOCKS, Head
from node.ledger.chain.look_back import OF_ONE, Log, look_back
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract, Placed
from node.ledger.views.auction import read_rules, read_tariffs
from node.ledger.views.book import placed_order
from node.ledger.views.events import cleared_interval, read_results
from node.ledger.views.home.street import StreetOrders
from node.ledger.views.partners import topic_of_number

_log = logging.getLogger(__name__)

NEWEST_TOLD = 2 * LANES
"""Results that are told beside those of the own orders, once the first view has told a day's."""


_MOST_INTERVAL = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold an account's money in the auction, and the meter's order of each interval asked for."""

    balance: int
    owed: int
    placed: Mapping[int, Placed | None]


class HomeMarketReader:
    """Keep one meter's side of the auction current; used from the ledger's thread alone."""

    def __init__(self, rpc: Rpc, auction: AuctionContract, account: str, meter_id: int) -> None:
        self._rpc = rpc
        self._auction = auction
        self._account = account
        self._meter_id = meter_id
        self._rules: MarketRules | None = None
        self._tariffs: tuple[PostedTariff, ...] | None = None
        # Intervals that may hold an own order, and since which block it is known that they do not.
        self._intervals: dict[int, int | None] = {}
        self._results: dict[int, ClearedInterval] = {}
        self._unread: dict[int, Log] = {}
        self._has_told_a_day = False
        self._street = StreetOrders(auction)
        self._closing: Callable[[], bool] = lambda: False

    @property
    def address(self) -> str:
        """Give the auction's address."""
        return self._auction.address

    @property
    def topics(self) -> list[str]:
        """Name the events that concern every home, beside those that name it."""
        auction = self._auction
        return [auction.cleared_topic, auction.tariff_set_topic, auction.placed_topic]

    def start(self, head: Head, closing: Callable[[], bool]) -> None:
        """Read what never changes, and look for own orders that may be open, and a day's results.

        An older order was settled, or is when the meter's next one is placed.

        Raises:
            ChainUnavailable: the search could not be finished; it may be begun again.
        """
        self._closing = closing
        rules = read_rules(self._rpc, self._auction, hex(head.number))
        span_s = max(DAY_S, rules.reading_deadline_s) + (LANES + 1) * rules.interval_s
        placed, meter = self._auction.placed_topic, topic_of_number(self._meter_id)
        own: list[object] = [placed, None, meter]
        self._look_back(head, span_s, [own, [self._auction.cleared_topic]], closing)
        # All that an interval which is not over can hold was ordered since.
        open_s = (LANES + 1) * rules.interval_s + rules.gate_lead_s
        self._look_back(head, open_s, [[placed]], closing)
        self._rules = rules

    def _look_back(
        self,
        head: Head,
        span_s: int,
        topics: Sequence[list[object]],
        closing: Callable[[], bool],
    ) -> None:
        filters = [{"address": self.address, "topics": wanted} for wanted in topics]
        for found in look_back(
            self._rpc,
            head,
            since_s=head.timestamp_s - span_s,
            filters=lambda _: filters,
            closing=closing,
            stride=OF_ONE,
            whole=False,
        ):
            self.learn(found.logs)

    def refresh(self, head: Head) -> None:
        """Begin anew if the rules are other ones: a false word of the start would stay for ever.

        Raises:
            ChainUnavailable: the endpoint could not answer; it is to be called again.
        """
        self._tariffs = None
        if self._rules is not None:
            if read_rules(self._rpc, self._auction, hex(head.number)) == self._rules:
                return
            _log.warning("the auction has other rules than were told: its events are read anew")
            self._rules = None
            self._intervals.clear()
            self._results.clear()
            self.forget(0)
        self.start(head, self._closing)

    @property
    def is_started(self) -> bool:
        """Say whether the rules are known."""
        return self._rules is not None

    def forget(self, block_number: int) -> None:
        """Forget what blocks above one have told; their events are searched again.

        A result that was not read yet is of such a block: events are read in the look that finds
        them, or in the next one.
        """
        self._tariffs = None
        self._unread.clear()
        self._street.forget(block_number)
        self._results = {
            interval: result
            for interval, result in self._results.items()
            if result.block.number <= block_number
        }

    def learn(self, logs: Sequence[Log]) -> bool:
        """Take note of what events concern; say whether any is more than another home's order.

        Raises:
            ChainUnavailable: what the endpoint says is no such event.
        """
        own = topic_of_number(self._meter_id)
        concerned = False
        for log in logs:
            topics = log["topics"]
            is_order = topics[:1] == [self._auction.placed_topic]
            concerned = concerned or not is_order or topics[2:] == [own]
            if topics[:1] == [self._auction.cleared_topic]:
                self._unread[_bounded(cleared_interval(self._auction, log))] = log
            elif topics[:1] == [self._auction.tariff_set_topic]:
                self._tariffs = None
            elif is_order:
                self._street.learn(log)
                if topics[2:] == [own]:
                    self._intervals[_bounded(int(topics[1], 16))] = None
        return concerned

    def street(self, head: Head) -> tuple[StreetInterval, ...]:
        """Give all orders of the intervals that are not over at a block."""
        rules = self._rules
        return self._street.tell(head.timestamp_s // rules.interval_s) if rules is not None else ()

    def question(self, at: str) -> Question[Standing]:
        """Ask for the account's money and the meter's orders at a block."""
        auction, intervals = self._auction, sorted(self._intervals)
        money = (auction.balance_of(self._account), auction.owed_to(self._account))
        orders = (auction.order_at(self._meter_id, interval) for interval in intervals)

        def standing(money: list[int], orders: list[Placed | None]) -> Standing:
            balance, owed = money
            placed = dict(zip(intervals, orders, strict=True))
            return Standing(balance=balance, owed=owed, placed=placed)

        return both(
            each(at_block(ask, at) for ask in money),
            each(at_block(ask, at) for ask in orders),
            standing,
        )

    def tell(self, standing: Standing, head: Head) -> HomeMarket:
        """Give the home's side of the auction at a block, and ask for what else is news.

        Raises:
            ChainUnavailable: the endpoint could not answer for this block.
        """
        rules = self._rules
        if rules is None:
            raise ChainUnavailable("the auction's rules are not known yet")
        self._read_results(rules, head)
        now = head.timestamp_s // rules.interval_s
        oldest = min((now, *self._intervals))
        if self._tariffs is None:
            self._tariffs = read_tariffs(self._rpc, self._auction, oldest, hex(head.number))
        self._tariffs = tariffs_since(oldest, self._tariffs)
        orders = tuple(self._orders(standing.placed, rules, self._tariffs, head))
        return HomeMarket(
            rules=rules,
            tariffs=self._tariffs,
            orders=orders,
            cleared=self._told({order.interval for order in orders}),
            balance=standing.balance,
            owed=standing.owed,
        )

    def _read_results(self, rules: MarketRules, head: Head) -> None:
        logs = [self._unread[interval] for interval in sorted(self._unread)]
        results = read_results(self._rpc, self._auction, logs, hex(head.number))
        self._results.update({result.interval: result for result in results})
        self._unread.clear()
        oldest = head.timestamp_s // rules.interval_s - DAY_S // rules.interval_s
        for interval in [n for n in self._results if n < oldest and n not in self._intervals]:
            del self._results[interval]

    def _orders(
        self,
        found: Mapping[int, Placed | None],
        rules: MarketRules,
        tariffs: tuple[PostedTariff, ...],
        head: Head,
    ) -> list[PlacedOrder]:
        orders = []
        for interval, placed in found.items():
            if placed is None or placed.account != self._account:
                self._close(interval, head.number)
                continue
            try:
                orders.append(placed_order(placed, rules, tariffs))
            except ValueError as error:
                raise ChainUnavailable(f"the endpoint shows what is no order: {error}") from error
            self._intervals[interval] = None
        return orders

    def _close(self, interval: int, block_number: int) -> None:
        """Let go of an interval without an order, once no reorganisation can bring one back."""
        since = self._intervals[interval]
        if since is None:
            self._intervals[interval] = block_number
        elif block_number - since > WATCHED_BLOCKS:
            del self._intervals[interval]

    def _told(self, own: set[int]) -> tuple[ClearedInterval, ...]:
        """Give a day's results once, for the prices to learn from, and later the newest."""
        newest = sorted(self._results)
        if self._has_told_a_day:
            newest = newest[-NEWEST_TOLD:]
        self._has_told_a_day = True
        return tuple(self._results[n] for n in sorted({*newest, *(own & self._results.keys())}))


def _bounded(interval: int) -> int:
    if interval > _MOST_INTERVAL:
        raise ChainUnavailable(f"the endpoint shows an event of interval {interval}: there is none")
    return interval
