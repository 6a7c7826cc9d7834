"""Read one account's side of the sale: its sellers' offers, its orders, and how they ended."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from node.core.records import ClosedOrder, Offer, Order
from node.ledger.chain import answers as read
from node.ledger.chain.asking import Question, at_block, both, each, nothing
from node.ledger.chain.heads import Head
from node.ledger.chain.look_back import Log
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.sale import SaleContract
from node.ledger.views.partners import Pair, Partners, topic_of_address
from node.state.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold what the sale says at a block: offers, open orders by their pairs, the newest number."""

    offers: tuple[Offer, ...]
    orders: tuple[tuple[Pair, tuple[Order, ...]], ...]
    last_number: int


class HomeSaleReader:
    """Keep one account's side of the sale; `account` and `journal` are None for an onlooker."""

    def __init__(
        self,
        rpc: Rpc,
        sale: SaleContract,
        sellers: Sequence[str],
        account: str | None,
        journal: Journal | None,
    ) -> None:
        self.address = sale.address
        self._rpc = rpc
        self._sale = sale
        self._sellers = sellers
        self._account = account
        self._topic = topic_of_address(account) if account is not None else None
        self._partners: Partners | None = None
        if account and journal:
            self._partners = Partners(sale, account, journal)

    def start(self, head: Head, closing: Callable[[], bool]) -> None:
        """Search for those with whom the account may have open orders.

        Raises:
            ChainUnavailable: the search could not be finished; it may be begun again.
        """
        if self._partners is not None:
            self._partners.search(self._rpc, head, closing)

    def learn(self, logs: Iterable[Log]) -> None:
        """Take in with whom orders were opened."""
        if self._partners is not None:
            self._partners.learn(logs)

    def ended(self, log: Log) -> ClosedOrder | None:
        """Read how one of the account's orders ended; None for another event.

        Raises:
            LookupError, ValueError, DecodingError: it is not what it seems.
        """
        topics = log["topics"]
        if topics[0] != self._sale.order_closed_topic or self._topic not in topics[1:3]:
            return None
        return self._sale.closed(log, read.index(log["blockNumber"]))

    def question(self, at: str) -> Question[Standing]:
        """Ask for all that a view tells of the sale."""
        offering = sorted({*self._sellers, *([self._account] if self._account else [])})
        pairs = sorted(self._pairs())
        offers = each(at_block(self._sale.offer_of(seller), at) for seller in offering)
        orders = each(at_block(self._sale.orders_of(*pair), at) for pair in pairs)
        number = self._number_question(at)

        def standing(
            found: tuple[list[Offer | None], list[tuple[Order, ...]]], last_number: int
        ) -> Standing:
            offered, ordered = found
            return Standing(
                offers=tuple(offer for offer in offered if offer is not None),
                orders=tuple(zip(pairs, ordered, strict=True)),
                last_number=last_number,
            )

        return both(both(offers, orders, lambda *found: found), number, standing)

    def keep(self, standing: Standing, head: Head) -> None:
        """Remember with whom orders are open, and that others are not."""
        if self._partners is None:
            return
        still_open = [pair for pair, orders in standing.orders if orders]
        closed = [pair for pair, orders in standing.orders if not orders]
        self._partners.note(still_open, closed, head.number)
        self._partners.save(head.number)

    def _number_question(self, at: str) -> Question[int]:
        if self._account is None:
            return nothing(0)
        return at_block(self._sale.last_number(self._account), at)

    def _pairs(self) -> set[Pair]:
        account = self._account
        if account is None or self._partners is None:
            return set()
        configured = {(account, seller) for seller in self._sellers if seller != account}
        return configured | self._partners.pairs
