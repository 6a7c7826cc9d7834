"""Look at a chain as an observer does, with a way of its own, and count what it asks."""

from pathlib import Path
from typing import Any

from node.core.auction.market import HomeMarket, UtilityView
from node.core.facts import ChainObserved, StreetObserved
from node.ledger.chain.heads import Head, head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.community import Contracts
from node.ledger.settings import LedgerSettings
from node.ledger.views.home.observer import Observer
from node.ledger.views.utility.observer import UtilityObserver
from node.parameters.scheme import CONTRACTS
from node.state.journal import Journal
from tests.factories.ledger import ledger_settings
from tests.parts.market_street import MarketStreet, PlayedHome

NOBODY = ()
HomesChoice = tuple[str, ...] | None


class Asking:
    """Ask a chain, and write down the methods of each request."""

    def __init__(self, url: str) -> None:
        self.rpc = Rpc((url,), chain_id=None, timeout_s=10.0)
        self.requests: list[list[str]] = []
        batch = self.rpc.batch

        def counted(calls):
            self.requests.append([method for method, _ in calls])
            return batch(calls)

        self.rpc.batch = counted

    def head(self) -> Head:
        """Ask for the newest block."""
        return head_of(self.rpc.call("eth_getBlockByNumber", "latest", False))


class HomeEye:
    """Observe as one home does; `url` is another way to the street's chain."""

    def __init__(
        self,
        street: MarketStreet,
        home: PlayedHome,
        directory: Path,
        *,
        trades: bool = True,
        url: str | None = None,
    ) -> None:
        settings = settings_of(street, meter_id=home.meter_id, trades_at_auction=trades)
        self._asking = Asking(url or street.chain.url)
        self.rpc, self.requests = self._asking.rpc, self._asking.requests
        contracts = Contracts(settings)
        journal = Journal(directory / "journal.db")
        journal.open()
        self.observer = Observer(self.rpc, contracts, settings, home.account, journal)
        self.observer.start(self._asking.head(), lambda: False)
        journal.close()
        self.observer._sale._partners.save = lambda _: None

    def look(self) -> HomeMarket | None:
        """Give what the home sees of the auction."""
        return self.look_around().market

    def look_around(self) -> ChainObserved:
        """Give all that the home sees, the street's orders too."""
        head = self._asking.head()
        told = self.observer.observe(head, observed_at_s=1.0, block_period_s=1.0)
        assert told.view.block.hash == self._asking.head().hash
        return told


class UtilityEye:
    """Observe as the utility does; `homes` are those that it watches, None for every one.

    `url` is another way to the street's chain.
    """

    def __init__(
        self, street: MarketStreet, homes: HomesChoice = NOBODY, url: str | None = None
    ) -> None:
        self._settings = settings_of(street)
        self._asking = Asking(url or street.chain.url)
        self.requests = self._asking.requests
        self._homes, self._account = homes, street.utility.account
        self.begin()

    def begin(self) -> None:
        """Start anew, with an observer that knows nothing."""
        rpc, contracts = self._asking.rpc, Contracts(self._settings)
        self.observer = UtilityObserver(rpc, contracts, self._account, self._homes)
        self.observer.start(self._asking.head(), lambda: False)

    def look(self) -> UtilityView:
        """Give what the utility sees of the street."""
        head = self._asking.head()
        told = self.observer.observe(head, observed_at_s=1.0, block_period_s=1.0)
        assert isinstance(told, StreetObserved)
        assert not self.observer.is_stale
        return told.view


def settings_of(street: MarketStreet, **own: Any) -> LedgerSettings:
    """Give the settings of a ledger on a street with an auction; `own` are those that differ."""
    addresses = {word: at for word, at in street.addresses.items() if word in CONTRACTS}
    return ledger_settings(street.chain.url, **(addresses | own))
