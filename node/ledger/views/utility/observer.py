"""Read what the utility sees of the chain, all of it at one block, by the auction's events.

A block costs one small request, and a second one if an interval was cleared in it. The first view
is searched for (see `market_search`); after that an order is read once, when it is placed.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.core.auction.market import MarketRules, UtilityView, tariffs_since
from node.core.errors import ChainUnavailable
from node.core.facts import StreetObserved
from node.core.records import BlockStamp
from node.ledger.chain import answers as read
from node.ledger.chain.account_state import AccountState, account_state_at
from node.ledger.chain.asking import (
    Question,
    asked,
    at_block,
    both,
    each,
    events_of,
    still_at,
)
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import WATCHED_BLOCKS, Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc
from node.ledger.contracts.auction import AuctionContract, Placed
from node.ledger.contracts.community import Contracts
from node.ledger.views.auction import read_rules, read_tariffs
from node.ledger.views.book import MarketBook, Reported
from node.ledger.views.events import Log, MarketEvents, Numbered
from node.ledger.views.utility.homes import Homes, HomesTold
from node.ledger.views.utility.search import Search

FAR_BLOCKS = 256
"""After a longer absence the search begins anew: it asks for spans that the endpoint can bear."""
CHECK_BLOCKS = WATCHED_BLOCKS // 2
"""So often the events of the watched blocks are asked for again: an endpoint may have left some out
in its time, and no block tells of them later."""
SEARCH_AGAIN_BLOCKS = 2_048
"""So often all of it is searched anew, for what was left out for longer."""
_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Money:
    """Hold the account's money at the auction and in tokens, and what the grid has, owes and
    is to pay out."""

    balance: int
    tokens: int
    grid_balance: int
    grid_owes: int
    leaving: int
    leaving_from_s: int


class UtilityObserver:
    """Keep the utility's view current; `account` is None for a mere onlooker.

    Used from the ledger's thread alone.
    """

    def __init__(
        self, rpc: Rpc, contracts: Contracts, account: str | None, homes: Sequence[str] | None
    ) -> None:
        if contracts.auction is None:
            raise ValueError("a utility needs an auction")
        self.account_state: AccountState | None = None
        self._rpc = rpc
        self._auction: AuctionContract = contracts.auction
        self._registry = contracts.registry
        self._token = contracts.token
        self._account = account
        self._homes = Homes(rpc, contracts.registry, contracts.auction, homes, account)
        self._events = MarketEvents(rpc, contracts.auction, contracts.registry)
        self._rules: MarketRules | None = None
        self._is_whole = False
        self._closing: Callable[[], bool] = lambda: False
        # The deep book is that of a block which no reorganisation is expected to reach; the
        # recent events, applied to it, give the book of the head.
        self._deep: MarketBook | None = None
        self._deep_at = 0
        self._recent: deque[Numbered] = deque()
        self._book: MarketBook | None = None
        self._logs_to = 0
        self._searched_at = self._checked_at = 0

    @property
    def is_stale(self) -> bool:
        """Say whether a view is due although the head is the same: the last one failed."""
        return not self._is_whole

    def start(self, head: Head, closing: Callable[[], bool]) -> None:
        """Read the auction's rules, and search for what it has left to do.

        Raises:
            ChainUnavailable: the search could not be finished.
        """
        self._closing = closing
        self._search(head)

    def forget(self) -> None:
        """Go back to a block that a reorganisation has not reached."""
        self._is_whole, self._book = False, None
        self._recent.clear()
        if self._deep is None or self._deep_at > self._logs_to - WATCHED_BLOCKS:
            self._deep = None
            return
        self._book, self._logs_to = self._deep.copy(), self._deep_at

    def observe(self, head: Head, *, observed_at_s: float, block_period_s: float) -> StreetObserved:
        """Tell the view at a head.

        Raises:
            ChainUnavailable: the endpoint could not answer for this block.
        """
        self._is_whole = False
        is_far = not 0 <= head.number - self._logs_to <= FAR_BLOCKS
        if self._book is None or is_far or head.number >= self._searched_at + SEARCH_AGAIN_BLOCKS:
            self._search(head)
        elif head.number >= self._checked_at + CHECK_BLOCKS:
            self._check(head)
        account_state, money, homes, logs = self._ask(head)
        self._homes.learn(homes, head.number)
        book = self._learn(logs, head)
        self.account_state = account_state
        view = self._view(book, account_state, money, observed_at_s, block_period_s)
        self._is_whole = True
        return StreetObserved(view=view)

    def _ask(self, head: Head) -> tuple[AccountState, _Money, HomesTold, Sequence[Log]]:
        """Ask all that a block is asked, its header last; events in spans that can be borne."""
        at = hex(head.number)
        plain = (
            account_state_at(head, self._account),
            self._money_question(at),
            self._homes.question(at),
        )
        blocks, searches = head.number - self._logs_to, list[Call]()
        if blocks:
            searches = self._events.searches(self._logs_to + 1, head.number)
        try:
            account_state, money, homes, logs, _ = asked(
                self._rpc, *plain, events_of(searches), still_at(head)
            )
            if not isinstance(logs, RpcError):
                return account_state, money, homes, logs
            if blocks <= 1:
                read.taken(logs)
        except AnswerTooLarge:
            if blocks <= 1:
                raise
        # The search anew has spans as small as the endpoint wants them.
        self._search(head)
        account_state, money, homes, _ = asked(self._rpc, *plain, still_at(head))
        return account_state, money, homes, ()

    def _view(
        self,
        book: MarketBook,
        account_state: AccountState,
        money: _Money,
        observed_at_s: float,
        block_period_s: float,
    ) -> UtilityView:
        head, rules = account_state.head, book.rules
        oldest = _oldest(book, head)
        tariffs = tariffs_since(oldest, book.tariffs)
        if not any(posted.version.first_interval <= oldest for posted in tariffs):
            raise ChainUnavailable(f"the endpoint shows no tariff for interval {oldest}")
        return UtilityView(
            chain_id=self._rpc.chain_id or 0,
            block=BlockStamp(number=head.number, hash=head.hash, timestamp_s=head.timestamp_s),
            observed_at_s=observed_at_s,
            block_period_s=block_period_s,
            gas_balance_wei=account_state.balance_wei,
            tokens=money.tokens,
            rules=rules,
            tariffs=tariffs,
            orders=book.orders,
            cleared=book.cleared,
            boundaries=book.boundaries,
            balance=money.balance,
            grid_balance=money.grid_balance,
            grid_owes=money.grid_owes,
            noted=book.noted,
            leaving=money.leaving,
            leaving_from_s=money.leaving_from_s,
            homes=self._homes.homes,
        )

    def _search(self, head: Head) -> None:
        self._book = None
        self._rules = read_rules(self._rpc, self._auction, hex(head.number))
        search = Search(self._rpc, self._auction, self._registry, self._rules, head)
        self._deep, self._deep_at = search.run(self._closing), head.number
        self._recent.clear()
        self._book, self._logs_to = self._deep.copy(), head.number
        self._searched_at = self._checked_at = head.number

    def _check(self, head: Head) -> None:
        """Search anew if rules, prices or the newest events are not what was told before."""
        self._checked_at = head.number
        if self._is_misled(head):
            self._search(head)
            return
        if self._deep_at >= self._logs_to:
            return
        searches = self._events.searches(self._deep_at + 1, self._logs_to)
        (logs,) = asked(self._rpc, events_of(searches))
        if isinstance(logs, RpcError):
            # It searches no so many blocks at once, so it has to wait for the search anew.
            return
        told, known = set(self._events.read(logs, hex(head.number))), set(self._recent)
        # A meter's boundary is asked for without an event when it orders for the first time.
        made_up = {one for one in known - told if not isinstance(one[1], Reported)}
        if made_up or not told <= known:
            self._search(head)

    def _is_misled(self, head: Head) -> bool:
        """Say whether the contract has other rules or prices: a false word would stay for ever."""
        book, auction, at = self._book, self._auction, hex(head.number)
        if book is None or read_rules(self._rpc, auction, at) != self._rules:
            return True
        oldest = _oldest(book, head)
        told = tariffs_since(oldest, book.tariffs)
        return read_tariffs(self._rpc, auction, oldest, at) != told

    def _learn(self, logs: Sequence[Log], head: Head) -> MarketBook:
        """Apply a block's events to the head's book, and older ones to the deep one."""
        book, deep = self._book, self._deep
        if book is None or deep is None:
            raise ChainUnavailable("the auction has not been searched yet")
        fresh = self._read(book, logs, head)
        try:
            for _, event in fresh:
                book.apply(event)
        except ValueError as error:
            # Half of them may be applied, so the book is made anew.
            self._book = self._deep = None
            raise ChainUnavailable(f"the endpoint shows what cannot be: {error}") from error
        self._recent.extend(fresh)
        self._logs_to = head.number
        while self._recent and self._recent[0][0] <= head.number - WATCHED_BLOCKS:
            deep.apply(self._recent.popleft()[1])
        self._deep_at = max(self._deep_at, head.number - WATCHED_BLOCKS)
        return book

    def _read(self, book: MarketBook, logs: Sequence[Log], head: Head) -> list[Numbered]:
        """Read a block's events; of a meter's first order its newest boundary is asked for."""
        fresh = self._events.read(logs, hex(head.number))
        meters = {e.placement.meter_id for _, e in fresh if isinstance(e, Placed)}
        unknown = sorted(meter_id for meter_id in meters if not book.knows(meter_id))
        asked = self._events.boundaries(unknown, hex(head.number))
        return [*fresh, *((head.number, told) for told in asked)]

    def _money_question(self, at: str) -> Question[_Money]:
        who, auction = self._account or _NOBODY, self._auction
        own = (auction.balance_of(who), self._token.balance_of(who))
        of_grid = (auction.utility(), auction.leaving())
        return both(
            each(at_block(ask, at) for ask in own),
            each(at_block(ask, at) for ask in of_grid),
            _money,
        )


def _money(own: list[int], of_grid: list[tuple[int, int]]) -> _Money:
    (balance, tokens), ((grid_balance, grid_owes), (leaving, from_s)) = own, of_grid
    return _Money(
        balance=balance,
        tokens=tokens,
        grid_balance=grid_balance,
        grid_owes=grid_owes,
        leaving=leaving,
        leaving_from_s=from_s,
    )


def _oldest(book: MarketBook, head: Head) -> int:
    """Give the oldest interval that prices are needed for."""
    now = head.timestamp_s // book.rules.interval_s
    return min([now, *(placed.interval for placed in book.orders[:1])])
