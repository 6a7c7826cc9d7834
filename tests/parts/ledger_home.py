"""Run a home's ledger in a test, and collect what it posts."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from node.core.commands import Intent, OpenOrder, PostOffer
from node.core.facts import (
    ChainLost,
    ChainObserved,
    ChainStands,
    Fact,
    IntentConfirmed,
    IntentRefused,
    IntentUndone,
)
from node.core.records import ChainView
from node.keys.account import Account
from node.ledger.contracts.sale import SaleContract
from node.ledger.settings import Headers
from node.ledger.thread import Ledger
from node.state.journal import Journal
from tests.factories.ledger import ledger_settings
from tests.parts.chain import Street
from tests.parts.waiting import until

Kind = TypeVar(
    "Kind", ChainLost, ChainObserved, ChainStands, IntentConfirmed, IntentRefused, IntentUndone
)


class Home:
    """Hold one ledger with its journal in a directory; `restart` makes a new one of both."""

    def __init__(
        self,
        street: Street,
        account: Account | None,
        directory: Path,
        *,
        sellers: tuple[str, ...] = (),
        urls: tuple[str, ...] = (),
        chain_id: int | None = 31337,
        confirmations: int = 1,
        timeout_s: float = 2.0,
        replace_after_s: float = 30.0,
        read_only: bool = False,
        empty_blocks: bool = True,
        meter_id: int | None = None,
        headers: Mapping[str, Headers] = MappingProxyType({}),
        pays_by_allowance: bool = False,
    ) -> None:
        self.facts: list[Fact] = []
        self.account = account
        self._guard = threading.Lock()
        self._path = directory / "journal.db"
        self.settings = ledger_settings(
            street.chain.url,
            rpc_urls=urls or (street.chain.url,),
            chain_id=chain_id,
            token=street.token,
            sale=street.sale,
            registry=street.registry,
            auction=street.auction,
            sellers=sellers,
            read_only=read_only,
            confirmations=confirmations,
            poll_s=0.1,
            timeout_s=timeout_s,
            replace_after_s=replace_after_s,
            empty_blocks=empty_blocks,
            meter_id=meter_id,
            headers=headers,
            pays_by_allowance=pays_by_allowance,
        )
        self.start()

    def start(self) -> None:
        """Open the journal and start the ledger."""
        self.journal = Journal(self._path)
        self.journal.open()
        self.ledger = Ledger(self.settings, self.journal, self.account, self._post)
        self.ledger.start()

    def close(self) -> None:
        """Stop in good order."""
        self.ledger.close()
        self.journal.close()

    def submit(self, *intents: Intent) -> None:
        """Hand intents over."""
        for intent in intents:
            self.ledger.submit(intent)

    def buy(self, seller: str) -> IntentConfirmed:
        """Buy for the first time, and wait until it is confirmed."""
        self.submit(order(seller))
        return self.wait(IntentConfirmed)

    def all(self, kind: type[Kind]) -> list[Kind]:
        """Give every fact of a kind, oldest first."""
        with self._guard:
            return [fact for fact in self.facts if isinstance(fact, kind)]

    def wait(self, kind: type[Kind], count: int = 1, deadline_s: float = 20.0) -> Kind:
        """Wait for so many facts of a kind, and give the last of them."""

        def found() -> list[Kind] | None:
            assert self.ledger.failure is None, self.ledger.failure
            facts = self.all(kind)
            return facts if len(facts) >= count else None

        try:
            return until(found, f"{count} {kind.__name__}", deadline_s)[count - 1]
        except AssertionError as error:
            raise AssertionError(f"{error}; the last facts: {self.facts[-3:]}") from error

    def view(self) -> ChainView:
        """Wait for a first view, and give the newest."""
        self.wait(ChainObserved)
        return self.all(ChainObserved)[-1].view

    def _post(self, fact: Fact) -> None:
        with self._guard:
            self.facts.append(fact)


def offer(view: ChainView, available_milliwh: int = 1_000_000, price: int = 180_000) -> PostOffer:
    """Make an offer that holds for a day of chain time."""
    return PostOffer(
        price_per_kwh=price,
        available_milliwh=available_milliwh,
        least_milliwh=1_000,
        until_s=view.block.timestamp_s + 86_400,
        duration_s=3_600,
    )


def order(seller: str, number: int = 1, energy_milliwh: int = 200_000) -> OpenOrder:
    """Make a purchase that the offer allows."""
    return OpenOrder(
        seller=seller,
        number=number,
        energy_milliwh=energy_milliwh,
        max_price_per_kwh=200_000,
        max_duration_s=7 * 86_400,
        max_cost=50_000,
    )


def orders_opened(street: Street) -> int:
    """Count the orders that were ever opened."""
    return len(opening_transactions(street))


def opening_transactions(street: Street) -> list[str]:
    """Give the transaction of each order that was ever opened, by its hash."""
    sale = SaleContract(street.sale)
    logs = street.chain.call(
        "eth_getLogs",
        {"fromBlock": "0x0", "address": street.sale, "topics": [sale.order_opened_topic]},
    )
    return [str(log["transactionHash"]) for log in logs]
