"""Look at a chain as one home's observer does, and count what it asks."""

from pathlib import Path

from node.core.market import HomeMarket
from node.journal import Journal
from node.ledger.calls import Contracts
from node.ledger.heads import head_of
from node.ledger.observer import Observer
from node.ledger.partners import Partners
from node.ledger.rpc import Rpc
from node.ledger.settings import LedgerSettings
from tests.market_street import MarketStreet, PlayedHome


class Eye:
    """A home's observer with its own way to the chain."""

    def __init__(
        self, street: MarketStreet, home: PlayedHome, directory: Path, *, trades: bool = True
    ) -> None:
        addresses = street.addresses
        settings = LedgerSettings(
            rpc_urls=(street.chain.url,),
            chain_id=None,
            token=str(addresses.token),
            sale=str(addresses.sale),
            registry=str(addresses.registry),
            auction=addresses.auction,
            sellers=(),
            meter_id=home.meter_id,
            read_only=False,
            trades_at_auction=trades,
        )
        self.rpc = Rpc(settings.rpc_urls, chain_id=None, timeout_s=10.0)
        self.requests: list[list[str]] = []
        batch = self.rpc.batch

        def counted(calls):
            self.requests.append([method for method, _ in calls])
            return batch(calls)

        self.rpc.batch = counted
        contracts = Contracts(settings)
        journal = Journal(directory / "journal.db")
        journal.open()
        partners = Partners(contracts.sale, home.account, journal)
        self.observer = Observer(self.rpc, contracts, settings, home.account, partners)
        self.observer.start(self._head(), lambda: False)
        journal.close()
        partners.save = lambda _: None

    def look(self) -> HomeMarket | None:
        told = self.observer.observe(self._head(), observed_at_s=1.0, block_period_s=1.0)
        assert told.view.block.hash == self._head().hash
        return told.market

    def _head(self):
        return head_of(self.rpc.call("eth_getBlockByNumber", "latest", False))
