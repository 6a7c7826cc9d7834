"""Read what one account sees of the chain, all of it at one block, in few requests.

A quiet block costs one small batch. The whole view is read again when an event concerns the
account or its sellers, after a reorganisation, and every `REFRESH_BLOCKS`.
"""

from collections.abc import Callable

from node.core.errors import ChainUnavailable
from node.core.facts import ChainObserved
from node.core.records import BlockStamp, ChainView, MeterName, Reading, Registers
from node.keys.keccak import checksum_address
from node.ledger.chain import answers as read
from node.ledger.chain.account_state import AccountState, account_state_at
from node.ledger.chain.asking import (
    Question,
    asked,
    at_block,
    both,
    events_of,
    nothing,
    still_at,
    unless_refused,
)
from node.ledger.chain.endpoint import Call, RpcError
from node.ledger.chain.heads import WATCHED_BLOCKS, Head
from node.ledger.chain.rpc import AnswerTooLarge, Rpc
from node.ledger.chain.spans import MOST_SPANS, Spans
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.holdings import NOTHING, Holdings
from node.ledger.views.home.auction import HomeMarketReader, Standing
from node.ledger.views.home.ends import Ends, own_settled
from node.ledger.views.home.sale import HomeSaleReader
from node.ledger.views.partners import topic_of_address, topic_of_number
from node.state.journal import Journal

REFRESH_BLOCKS = 30
SEARCH_AGAIN_BLOCKS = 2_048
"""So often as many blocks are searched for events again: an endpoint may have left some out."""


class Observer:
    """Keep one account's view current; `account` and `journal` are None for a mere onlooker."""

    def __init__(
        self,
        rpc: Rpc,
        contracts: Contracts,
        settings: LedgerSettings,
        account: str | None,
        journal: Journal | None,
    ) -> None:
        self.account_state: AccountState | None = None
        self._rpc = rpc
        self._contracts = contracts
        self._account = account
        self._meter_id = settings.meter_id
        self._sellers = tuple(checksum_address(seller) for seller in settings.sellers)
        self._sale = HomeSaleReader(rpc, contracts.sale, self._sellers, account, journal)
        self._market: HomeMarketReader | None = None
        auction, meter_id = contracts.auction, settings.meter_id
        if settings.trades_at_auction and account and auction and meter_id is not None:
            self._market = HomeMarketReader(rpc, auction, account, meter_id)
        self._ends = Ends(self._sale.ended, own_settled(auction, meter_id))
        self._holdings = NOTHING
        self._spans = Spans()
        self._logs_to: int | None = None
        self._seen_to = self._searched_at = 0
        self._whole_at: int | None = None

    @property
    def is_stale(self) -> bool:
        """Say whether a view is due although the head is the same: the last one failed."""
        return self._whole_at is None

    def start(self, head: Head, closing: Callable[[], bool]) -> None:
        """Search for open orders, of the auction too, before the first view.

        Raises:
            ChainUnavailable: the search could not be finished.
        """
        self._sale.start(head, closing)
        if self._market is not None:
            self._market.start(head, closing)
        self._logs_to = self._seen_to = self._searched_at = head.number

    def forget(self) -> None:
        """Read everything again at the next head: blocks were replaced."""
        self._whole_at = None
        if self._logs_to is not None:
            # Not further back each time, though one look after the other fails.
            self._logs_to = max(0, min(self._logs_to, self._seen_to - WATCHED_BLOCKS))
            if self._market is not None:
                self._market.forget(self._logs_to)

    def observe(self, head: Head, *, observed_at_s: float, block_period_s: float) -> ChainObserved:
        """Tell the view at a head.

        Raises:
            ChainUnavailable: the endpoint could not answer for this block.
        """
        if self._market is not None and not self._market.is_started:
            self._market.refresh(head)
        self._search_again(head)
        concerned = self._read_block(head)
        if concerned or self._whole_at is None or head.number >= self._whole_at + REFRESH_BLOCKS:
            self._whole_at = None
            self._holdings = self._read_holdings(head)
            self._whole_at = head.number
        self._seen_to = head.number
        account_state, holdings = self._known_account(), self._holdings
        view = ChainView(
            chain_id=self._rpc.chain_id or 0,
            block=BlockStamp(number=head.number, hash=head.hash, timestamp_s=head.timestamp_s),
            observed_at_s=observed_at_s,
            block_period_s=block_period_s,
            tokens=holdings.tokens,
            allowed=holdings.allowed,
            gas_balance_wei=account_state.balance_wei,
            gas_price_wei=account_state.gas_price_wei,
            last_number=holdings.last_number,
            offers=holdings.offers,
            orders=holdings.orders,
            meter=holdings.meter,
            meter_max_power_w=holdings.meter_max_power_w,
            meter_owner=holdings.meter_owner,
        )
        street = self._market.street(head) if self._market is not None else ()
        return ChainObserved(
            view=view, market=holdings.market, street=street, ended=self._ends.take()
        )

    def _search_again(self, head: Head) -> None:
        """Search some blocks twice, some of them a third time: what was left out comes late."""
        if self._logs_to is None or self._whole_at is None:
            return
        # A head below the last one: that was an endpoint's word that there are so many blocks.
        if not 0 <= head.number - self._searched_at < SEARCH_AGAIN_BLOCKS:
            self._searched_at = head.number
            self._logs_to = max(0, self._logs_to - SEARCH_AGAIN_BLOCKS)
        elif head.number >= self._whole_at + REFRESH_BLOCKS:
            if self._market is not None:
                self._market.refresh(head)
            self._logs_to = max(0, self._logs_to - WATCHED_BLOCKS)

    def _known_account(self) -> AccountState:
        if self.account_state is None:
            raise ChainUnavailable("no block has been read yet")
        return self.account_state

    def _read_block(self, head: Head) -> bool:
        """Read one block's small news; say whether any of it concerns the view."""
        since = self._searched_from(head)
        concerned = False
        for _ in range(MOST_SPANS):
            until = self._spans.until(since, head.number)
            logs = self._read_span(head, since, until)
            if logs is None:
                continue
            self._spans.bear(since, until)
            self._sale.learn(logs)
            self._ends.learn(logs)
            is_news = bool(logs)
            if self._market is not None:
                is_news = self._market.learn(logs)
            if is_news:
                # Noted before the whole view is read: if that fails, it is due at the next look.
                self._whole_at, concerned = None, True
            self._logs_to, since = until, until + 1
            if until >= head.number:
                return concerned
        self._whole_at = None
        raise ChainUnavailable(f"events are searched up to block {since - 1} of {head.number}")

    def _searched_from(self, head: Head) -> int:
        if self._logs_to is None:
            return head.number
        if self._logs_to > head.number:
            # It was an endpoint's word that there are so many blocks.
            self._logs_to = max(0, head.number - WATCHED_BLOCKS)
            if self._market is not None:
                self._market.forget(self._logs_to)
        return self._logs_to + 1

    def _read_span(self, head: Head, since: int, until: int) -> list[read.Members] | None:
        """Read how the account stands, and some blocks' events; None where those are too many."""
        searches = self._log_searches(since, until) if since <= until else []
        try:
            self.account_state, found = asked(
                self._rpc, account_state_at(head, self._account), events_of(searches)
            )
        except AnswerTooLarge as error:
            self._spans.halve(since, until, error)
            return None
        if isinstance(found, RpcError):
            self._spans.halve(since, until, found)
            return None
        return found

    def _log_searches(self, since: int, until: int) -> list[Call]:
        watched = [topic_of_address(seller) for seller in self._sellers]
        if self._account is not None:
            watched.append(topic_of_address(self._account))
        if self._meter_id is not None:
            watched.append(topic_of_number(self._meter_id))
        if not watched:
            return []
        sources = (self._sale, self._contracts.token, self._contracts.registry)
        addresses = [source.address for source in sources]
        span = {"fromBlock": hex(since), "toBlock": hex(until)}
        of_all: list[Call] = []
        if self._market is not None:
            addresses.append(self._market.address)
            wanted = {"address": self._market.address, "topics": [self._market.topics]}
            of_all.append(("eth_getLogs", [span | wanted]))
        where = span | {"address": addresses}
        return [
            ("eth_getLogs", [where | {"topics": [None, watched]}]),
            ("eth_getLogs", [where | {"topics": [None, None, watched]}]),
            *of_all,
        ]

    def _read_holdings(self, head: Head) -> Holdings:
        at = hex(head.number)
        _, sale, (tokens, allowed), standing, (owned, reading) = asked(
            self._rpc,
            still_at(head),
            self._sale.question(at),
            self._money_question(at),
            self._market_question(at),
            self._meter_question(at),
        )
        agreed = self._rpc.agreed
        self._sale.keep(sale, head)
        self._ensure_plausible(sale.last_number, agreed=agreed)
        market = self._market
        owner, power_w = owned or (None, None)
        return Holdings(
            tokens=tokens,
            allowed=allowed,
            last_number=sale.last_number,
            market=market.tell(standing, head) if market and standing else None,
            offers=sale.offers,
            orders=tuple(order for _, orders in sale.orders for order in orders),
            meter=reading,
            meter_max_power_w=power_w,
            meter_owner=owner,
        )

    def _money_question(self, at: str) -> Question[tuple[int, int | None]]:
        """Ask for the account's tokens, and for those that the sale may take."""
        if self._account is None:
            return nothing((0, None))
        tokens = at_block(self._contracts.token.balance_of(self._account), at)
        return both(tokens, self._allowed_question(at), lambda *money: money)

    def _allowed_question(self, at: str) -> Question[int | None]:
        if self._account is None or not self._contracts.pays_by_allowance:
            return nothing(None)
        allowance = self._contracts.token.allowance(self._account, self._sale.address)
        return at_block(allowance, at)

    def _market_question(self, at: str) -> Question[Standing | None]:
        return self._market.question(at) if self._market is not None else nothing(None)

    def _meter_question(self, at: str) -> Question[tuple[tuple[str, int] | None, Reading | None]]:
        """Ask for the meter's owner and power, and its reading; None for one never installed."""
        if self._meter_id is None:
            return nothing((None, None))
        registry = self._contracts.registry
        owned = at_block(registry.owned_power_of(self._meter_id), at)
        newest = at_block(registry.last_reading(self._meter_id), at)
        return both(
            unless_refused(owned),
            unless_refused(newest),
            lambda owned, newest: (owned, None if newest is None else _reading(*newest)),
        )

    def _ensure_plausible(self, number: int, *, agreed: bool) -> None:
        sent = self._known_account().nonce
        # Each order takes a transaction, and a number rises by two at most.
        if number > 2 * sent and not agreed:
            raise ChainUnavailable(
                f"{self._rpc.endpoint} tells order number {number} of an account with {sent}"
                " transactions, which no second endpoint (contract.node) confirms"
            )


def _reading(boundary: int, registers: Registers) -> Reading:
    return Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=registers)
