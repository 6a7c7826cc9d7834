"""Say what the ledger needs of an observer, and make the one that a home or the utility has.

Their modules are loaded on the ledger's thread alone: eth_abi takes seconds on a small board.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from node.core.facts import Fact
from node.ledger.settings import LedgerSettings
from node.state.journal import Journal

if TYPE_CHECKING:
    from node.ledger.chain.account_state import AccountState
    from node.ledger.chain.heads import Head
    from node.ledger.chain.rpc import Rpc
    from node.ledger.contracts.community import Contracts


class Observing(Protocol):
    """Keep one account's view of the chain current; used from the ledger's thread alone."""

    account_state: "AccountState | None"

    @property
    def is_stale(self) -> bool:
        """Say whether a view is due although the head is the same: the last one failed."""
        ...

    def start(self, head: "Head", closing: Callable[[], bool]) -> None:
        """Search the chain for what the first view needs.

        Raises:
            ChainUnavailable: the search could not be finished.
        """
        ...

    def forget(self) -> None:
        """Read again what a reorganisation may have changed, at the next head."""
        ...

    def observe(self, head: "Head", *, observed_at_s: float, block_period_s: float) -> Fact:
        """Tell the view at a head.

        Raises:
            ChainUnavailable: the endpoint could not answer for this block.
        """
        ...


ObserverFactory = Callable[
    ["Rpc", "Contracts", LedgerSettings, str | None, Journal],
    Observing,
]
"""Makes an observer for an account, None for a mere onlooker."""


def home_observer(
    rpc: "Rpc",
    contracts: "Contracts",
    settings: LedgerSettings,
    account: str | None,
    journal: Journal,
) -> Observing:
    """Make the observer of a home: its money, its orders, and its neighbours' offers."""
    from node.ledger.views.home.observer import Observer

    return Observer(rpc, contracts, settings, account, journal)


def utility_observer(homes: Sequence[str] | None) -> ObserverFactory:
    """Say which observer a utility has: of the auction, and of these homes.

    None takes every meter's owner and reporter.
    """

    def make(
        rpc: "Rpc",
        contracts: "Contracts",
        _settings: LedgerSettings,
        account: str | None,
        _journal: Journal,
    ) -> Observing:
        from node.ledger.views.utility.observer import UtilityObserver

        return UtilityObserver(rpc, contracts, account, homes)

    return make
