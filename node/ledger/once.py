"""View the chain once, for a command; the node's own journal is left alone."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from node.core.auction.market import MarketRules, UtilityView
from node.core.errors import ChainUnavailable
from node.core.records import ChainView
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked, asked_now, at_block, unless_refused
from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.rpc import rpc_of
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.auction import is_utility, read_rules
from node.ledger.views.home.observer import Observer
from node.ledger.views.utility.observer import UtilityObserver
from node.state.journal import Journal

_MEASURED_BLOCKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Hold the constants that a node's parameters repeat; `grace_s` is chain time."""

    interval_s: int
    grace_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionView:
    """Hold what a home needs of the auction; `owner` and `kind` are None for no installed meter.

    `block_s` is the mean time between the newest blocks, in chain seconds.
    """

    rules: MarketRules
    block_s: float
    balance: int
    owner: str | None
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityStanding:
    """Hold a view, whether its account holds the utility's role, and the gas price."""

    view: UtilityView
    is_utility: bool
    gas_price_wei: int


class ViewOnce:
    """View the newest block, each time anew.

    Every view raises `ChainUnavailable` where no endpoint answered, or what stands at an address is
    no contract of ours.
    """

    def __init__(self, settings: LedgerSettings) -> None:
        self._settings = settings
        self._contracts = Contracts(settings)
        self._rpc = rpc_of(settings)

    def community(self) -> Community:
        """Give what the registry and the sale were deployed with.

        Raises:
            RpcError: a contract refused the question.
        """
        return Community(
            interval_s=asked_now(self._rpc, self._contracts.registry.interval()),
            grace_s=asked_now(self._rpc, self._contracts.sale.grace()),
        )

    def home(self, account: str) -> ChainView:
        """Give the view of a home's account."""
        who = checksum_address(account)
        with tempfile.TemporaryDirectory() as directory:
            journal = Journal(Path(directory) / "journal.db")
            journal.open()
            try:
                observer = Observer(self._rpc, self._contracts, self._settings, who, journal)
                head = self._head()
                observer.start(head, lambda: False)
                told = observer.observe(head, observed_at_s=time.monotonic(), block_period_s=0.0)
                return told.view
            finally:
                journal.close()

    def auction(self, account: str, meter_id: int) -> AuctionView:
        """Give a home's side of the auction: its rules, the home's meter, its money there."""
        auction, registry = self._contracts.auction, self._contracts.registry
        if auction is None:
            raise ChainUnavailable("the parameters name no auction")
        balance, owner, kind = asked(
            self._rpc,
            at_block(auction.balance_of(account), "latest"),
            unless_refused(at_block(registry.owner_of(meter_id), "latest")),
            unless_refused(at_block(registry.kind_of(meter_id), "latest")),
        )
        if owner is not None and kind is None:
            name = self._rpc.endpoint
            raise ChainUnavailable(f"{name} tells the owner of meter {meter_id}, not its kind")
        return AuctionView(
            rules=read_rules(self._rpc, auction),
            block_s=self._block_s(),
            balance=balance,
            owner=owner,
            kind=kind if owner is not None else None,
        )

    def utility(self, account: str) -> UtilityStanding:
        """Give what a utility's account sees of the auction."""
        who = checksum_address(account)
        auction = self._contracts.auction
        if auction is None:
            raise ChainUnavailable("the parameters name no auction")
        observer = UtilityObserver(self._rpc, self._contracts, who, None)
        head = self._head()
        observer.start(head, lambda: False)
        told = observer.observe(head, observed_at_s=time.monotonic(), block_period_s=0.0)
        return UtilityStanding(
            view=told.view,
            is_utility=is_utility(self._rpc, auction, who),
            gas_price_wei=observer.account_state.gas_price_wei if observer.account_state else 0,
        )

    def _head(self) -> Head:
        return head_of(self._rpc.call("eth_getBlockByNumber", "latest", False))

    def _block_s(self) -> float:
        newest = self._head()
        first = max(0, newest.number - _MEASURED_BLOCKS)
        older = self._rpc.call("eth_getBlockByNumber", hex(first), False)
        if older is None or newest.number == first:
            return 0.0
        return (newest.timestamp_s - head_of(older).timestamp_s) / (newest.number - first)
