"""Read a month's settlements and payments from the chain's events, without a key.

What an order of the auction was settled for is worked out again by the rule itself: a contract that
says anything else is not billed from. Money is in base units, as the account receives it; negative,
what it pays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from community.refusal import NotDone
from node.core.auction.clearing import Bid
from node.core.auction.market import ClearedInterval, tariff_in
from node.core.auction.settlement import Terms, settle
from node.ledger.chain import answers as read
from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.look_back import OF_ALL, Log, look_back
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.auction import AuctionContract, Placed, Settled
from node.ledger.contracts.sale import Redeemed, SaleContract
from node.ledger.views.auction import read_rules, read_tariffs
from node.ledger.views.events import read_results

BEFORE_S = 45 * 86_400
"""So long before a month an order that is paid in it may have been opened."""

_OPEN_INTERVALS = 4
"""So many intervals before its own an order may be placed, and two beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Hold one order's end in the auction, or one payment of the sale, as one account has it.

    `at_s` is when the interval begins, or the time of the payment's block. `beside` is what the
    utility was paid or paid for the rest of the interval.
    """

    at_s: int
    account: str
    what: str
    bought_milliwh: int
    sold_milliwh: int
    trade: int
    beside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Hold a month's entries by their times, and how many of its orders are not settled yet."""

    entries: Sequence[Entry]
    waiting: int

    @property
    def dust(self) -> int:
        """Give what rounding left in the contracts: what was paid and nobody received."""
        return -sum(entry.trade for entry in self.entries)


def read_month(
    rpc: Rpc, auction: str | None, sale: str | None, since_s: int, until_s: int
) -> Month:
    """Read what was settled of the intervals that begin in a span, and what was paid in it.

    Raises:
        ChainUnavailable: no endpoint answered, or what it says is no such event.
        NotDone: a settlement is not the rule's, or more was received than paid.
    """
    head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    entries: list[Entry] = []
    waiting = 0
    if auction is not None:
        market = _Market(rpc, AuctionContract(auction), head, since_s, until_s)
        entries += market.entries()
        waiting = market.waiting
    if sale is not None:
        entries += _payments(rpc, SaleContract(sale), head, since_s, until_s)
    found = Month(
        entries=sorted(entries, key=lambda entry: (entry.at_s, entry.what, entry.account)),
        waiting=waiting,
    )
    if found.dust < 0:
        raise NotDone(f"the contracts paid out {-found.dust} base units more than they took")
    return found


class _Market:
    """Read the auction's part."""

    def __init__(
        self, rpc: Rpc, auction: AuctionContract, head: Head, since_s: int, until_s: int
    ) -> None:
        self._rules = read_rules(rpc, auction)
        self._interval_s = self._rules.interval_s
        # The intervals that begin in the span.
        self._intervals = range(-(-since_s // self._interval_s), -(-until_s // self._interval_s))
        self._tariffs = read_tariffs(rpc, auction, self._intervals.start)
        topics = [auction.placed_topic, auction.cleared_topic, auction.settled_topic]
        placed_s = since_s - _OPEN_INTERVALS * self._interval_s
        logs = _logs(rpc, head, auction.address, topics, placed_s)
        of = {topic: [log for log in logs if log["topics"][0] == topic] for topic in topics}
        placed = [read.event(auction.placed, log) for log in of[auction.placed_topic]]
        settled = [read.event(auction.settled, log) for log in of[auction.settled_topic]]
        # The newest order of a meter and interval is the one that stands; one of nothing cancels.
        self._orders: dict[tuple[int, int], Placed] = {
            (one.placement.meter_id, one.placement.interval): one for one in placed
        }
        self._settled: dict[tuple[int, int], Settled] = {
            (one.meter_id, one.interval): one for one in settled if one.interval in self._intervals
        }
        cleared = [
            log
            for log in of[auction.cleared_topic]
            if read.event(auction.cleared_interval, log) in self._intervals
        ]
        results = read_results(rpc, auction, cleared, hex(head.number))
        self._results: Mapping[int, ClearedInterval] = {one.interval: one for one in results}
        self.waiting = sum(
            interval in self._intervals
            and one.placement.order.energy_units > 0
            and (meter_id, interval) not in self._settled
            for (meter_id, interval), one in self._orders.items()
        )

    def entries(self) -> list[Entry]:
        """Give each order's end, once the rule has said the same."""
        return [self._entry(one) for one in self._settled.values()]

    def _entry(self, settled: Settled) -> Entry:
        self._ensure_by_the_rule(settled)
        fills = settled.fills
        filled = (fills.solar_units + fills.chp_units) * self._rules.unit_milliwh
        is_bid = isinstance(self._order(settled).placement.order, Bid)
        return Entry(
            at_s=settled.interval * self._interval_s,
            account=settled.account,
            what=f"auction, interval {settled.interval}",
            bought_milliwh=filled if is_bid else 0,
            sold_milliwh=0 if is_bid else filled,
            trade=settled.trade,
            beside=settled.grid,
        )

    def _ensure_by_the_rule(self, settled: Settled) -> None:
        terms = Terms(
            unit_milliwh=self._rules.unit_milliwh,
            margin_percent=self._rules.margin_percent,
            tariff=tariff_in(settled.interval, self._tariffs),
        )
        meant = settle(
            self._order(settled).placement.order,
            self._results[settled.interval].clearing,
            None if settled.missing else settled.metered_milliwh,
            terms,
        )
        if (settled.trade, settled.grid) != (meant.trade, meant.grid):
            raise NotDone(
                f"interval {settled.interval}, meter {settled.meter_id}: settled for"
                f" {(settled.trade, settled.grid)} base units, and the rule says"
                f" {(meant.trade, meant.grid)}"
            )

    def _order(self, settled: Settled) -> Placed:
        found = self._orders.get((settled.meter_id, settled.interval))
        if found is None or settled.interval not in self._results:
            raise NotDone(
                f"interval {settled.interval}: its orders or its result are not among the events"
                " that the endpoint shows; ask one that keeps them"
            )
        return found


def _payments(rpc: Rpc, sale: SaleContract, head: Head, since_s: int, until_s: int) -> list[Entry]:
    """Give both sides of each payment that the sale made in the span."""
    topics = [sale.order_opened_topic, sale.redeemed_topic]
    drawn: dict[tuple[str, str, int], int] = {}
    times: dict[int, int] = {}
    entries = []
    for log in _logs(rpc, head, sale.address, topics, since_s - BEFORE_S):
        if log["topics"][0] == sale.order_opened_topic:
            drawn[read.event(sale.opened, log)] = 0
            continue
        paid: Redeemed = read.event(sale.redeemed, log)
        key = (paid.buyer, paid.seller, paid.number)
        before, drawn[key] = drawn.get(key), paid.drawn_milliwh
        number = read.index(log["blockNumber"])
        if number not in times:
            block = rpc.call("eth_getBlockByNumber", hex(number), False)
            times[number] = head_of(block).timestamp_s
        if not since_s <= times[number] < until_s:
            continue
        if before is None:
            raise NotDone(
                f"order {paid.number} of {paid.buyer} from {paid.seller}: the endpoint shows no"
                " event of its begin; ask one that keeps them"
            )
        energy = paid.drawn_milliwh - before
        what = f"sale, order {paid.number}"
        for account, bought, sold, money in (
            (paid.buyer, energy, 0, -paid.amount),
            (paid.seller, 0, energy, paid.amount),
        ):
            entries.append(
                Entry(
                    at_s=times[number],
                    account=account,
                    what=what,
                    bought_milliwh=bought,
                    sold_milliwh=sold,
                    trade=money,
                    beside=0,
                )
            )
    return entries


def _logs(rpc: Rpc, head: Head, address: str, topics: Sequence[str], since_s: int) -> list[Log]:
    """Give a contract's events since some time, in the chain's order."""
    filters = [{"address": address, "topics": [list(topics)]}]
    found: list[Mapping[str, Any]] = []
    for span in look_back(
        rpc, head, since_s=since_s, filters=lambda _: filters, closing=lambda: False, stride=OF_ALL
    ):
        found += span.logs
    return sorted(found, key=_place_of)


def _place_of(log: Log) -> tuple[int, int]:
    return read.index(log["blockNumber"]), read.index(log["logIndex"])
