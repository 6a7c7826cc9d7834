"""Be who is lied to: a home that buys by its newest view, or a utility that watches."""

from pathlib import Path

from node.core.facts import ChainLost, ChainObserved, IntentConfirmed, IntentRefused, StreetObserved
from node.ledger.observing import utility_observer
from node.ledger.thread import Ledger
from node.state.journal import Journal
from tests.parts.eyes import settings_of
from tests.parts.ledger_home import Home, order
from tests.parts.market_street import MarketStreet
from tests.parts.waiting import until

HEALED_WITHIN_S = 400.0
"""A guard: ten times what heals slowest on a quiet machine."""


class Buyer:
    """Buy as a home's rules do: one order at a time, numbered by the newest view."""

    def __init__(self, home: Home, seller: str) -> None:
        self._home, self._seller = home, seller
        self._asked = 0

    @property
    def bought(self) -> set[int]:
        """Give the numbers that were confirmed."""
        return {fact.intent.number for fact in self._home.all(IntentConfirmed)}

    def ask(self, wants: int) -> None:
        """Ask for an order, if none is under way and fewer are bought."""
        home, bought = self._home, self.bought
        answered = len(home.all(IntentConfirmed)) + len(home.all(IntentRefused))
        if len(bought) >= wants or answered < self._asked:
            return
        last = home.all(ChainObserved)[-1].view.last_number
        for number in range(last + 1, last + 3):
            if number not in bought and number < 2**32:
                self._asked = answered + 1
                home.submit(order(self._seller, number, energy_milliwh=2_000))
                return


def ends(home: Home) -> str:
    """Say how it ended: the newest of what was lost and refused, and the promises under way."""
    lost = [fact.reason for fact in home.all(ChainLost)[-2:]]
    refused = [(fact.name, fact.sentence) for fact in home.all(IntentRefused)[-2:]]
    live = [(p.identity, p.state.value, [a.nonce for a in p.attempts]) for p in home.journal.live()]
    return f"lost {lost}, refused {refused}, under way {live}"


class Watcher:
    """Watch a street as its utility does over some endpoints, and keep what is seen."""

    def __init__(self, street: MarketStreet, urls: tuple[str, ...], folder: Path) -> None:
        settings = settings_of(
            street, rpc_urls=urls, chain_id=31337, poll_s=0.1, timeout_s=5.0, read_only=True
        )
        self.facts: list[StreetObserved] = []
        self.lost: list[ChainLost] = []
        self._journal = Journal(folder / "journal.db")
        self._journal.open()
        observer = utility_observer(None)
        account, post = street.utility, self._post
        self._ledger = Ledger(settings, self._journal, account, post, observer=observer)
        self._ledger.start()

    @property
    def failure(self) -> BaseException | None:
        """Say why the ledger ended, if it did."""
        return self._ledger.failure

    def wait(self, count: int) -> None:
        """Wait for so many views."""
        until(lambda: len(self.facts) >= count, f"{count} views", HEALED_WITHIN_S)

    def close(self) -> None:
        """Stop."""
        self._ledger.close()
        self._journal.close()

    def _post(self, fact: object) -> None:
        if isinstance(fact, StreetObserved):
            self.facts.append(fact)
        elif isinstance(fact, ChainLost):
            self.lost.append(fact)


def see_alike(one: StreetObserved, other: StreetObserved) -> bool:
    """Say whether two views are of the same block, and show the same of it."""
    mine, theirs = one.view, other.view
    return (
        mine.block == theirs.block
        and mine.rules == theirs.rules
        and mine.tariffs == theirs.tariffs
        and sorted(mine.orders, key=str) == sorted(theirs.orders, key=str)
        and mine.balance == theirs.balance
        and mine.grid_balance == theirs.grid_balance
        and mine.tokens == theirs.tokens
    )
