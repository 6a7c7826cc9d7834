"""Never twice, never lost: kills, restarts, a lost journal, another chain."""

import subprocess
import sys
from pathlib import Path

import pytest

from node.core.facts import (
    IntentConfirmed,
    IntentRefused,
    IntentUndone,
)
from node.keys.account import Account
from node.state.promise import PromiseState
from tests.factories.journal import opened
from tests.parts.chain import Street, running_chain
from tests.parts.ledger_home import Home, order, orders_opened
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until

ROOT = Path(__file__).parents[2]

CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from node.keys.account import open_account
from tests.parts.ledger_home import Home, order
from types import SimpleNamespace as Names

street = Names(
    chain=Names(url={url!r}), token={token!r}, sale={sale!r}, registry={registry!r}, auction=None
)
account = open_account(Path({keystore!r}), "password")
home = Home(street, account, Path({directory!r}), sellers=({seller!r},))
home.view()
home.submit(order({seller!r}))
time.sleep(60)
"""


def killed_while(
    street: Street, directory: Path, seller: str, url: str, account: Account, condition: object
) -> None:
    """Run a home that buys in a process of its own, and kill it once the condition holds."""
    script = CHILD.format(
        root=str(ROOT),
        url=url,
        token=street.token,
        sale=street.sale,
        registry=street.registry,
        keystore=str(account.path),
        directory=str(directory),
        seller=seller,
    )
    child = subprocess.Popen([sys.executable, "-c", script])
    try:
        assert callable(condition)
        until(condition, "the moment to kill")
    finally:
        child.kill()
        child.wait(10)


def promised(directory: Path) -> tuple[str, ...]:
    with opened(directory / "journal.db") as journal:
        return tuple(a.hash for promise in journal.live() for a in promise.attempts)


@pytest.mark.failure(
    part="journal",
    failure="the node is killed between promising a purchase and sending it",
    money="the same bytes are sent at the next start: one order, one transaction",
)
def test_killed_before_the_broadcast_sends_the_same_bytes(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    gate.lose_requests = "eth_sendRawTransaction"
    killed_while(
        street,
        tmp_path,
        seller,
        gate.url,
        buyer,
        lambda: any("eth_sendRawTransaction" in methods for methods in gate.seen),
    )
    assert orders_opened(street) == 0
    (transaction,) = promised(tmp_path)

    home = Home(street, buyer, tmp_path, sellers=(seller,))
    assert home.wait(IntentConfirmed).transaction == transaction
    home.submit(order(seller))
    home.wait(IntentConfirmed, 2)
    home.close()
    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="journal",
    failure="the node is killed after a purchase was sent",
    money="looked for, not sent anew: one order, one transaction",
)
def test_killed_after_the_broadcast_only_looks_for_the_receipt(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    killed_while(
        street,
        tmp_path,
        seller,
        street.chain.url,
        buyer,
        lambda: street.chain.transactions_of(buyer.account) == 1,
    )
    home = Home(street, buyer, tmp_path, sellers=(seller,))
    # Killed at any instant after: either the promise was found kept, or it is found so now.
    home.buy(seller)
    home.close()
    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="chain",
    failure="a transaction is dropped while the node was down",
    money="the same bytes are sent again",
)
def test_dropped_while_dead_is_sent_again(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    street.chain.set_automine(False)
    killed_while(
        street, tmp_path, seller, street.chain.url, buyer, lambda: bool(street.chain.pending())
    )
    (transaction,) = promised(tmp_path)
    street.chain.call("anvil_dropTransaction", transaction)
    assert not street.chain.pending()

    home = Home(street, buyer, tmp_path, sellers=(seller,))
    until(street.chain.pending, "the same bytes are in the pool again")
    street.chain.mine()
    assert home.wait(IntentConfirmed).transaction == transaction
    home.close()


@pytest.mark.failure(
    part="journal",
    failure="the journal is lost while a purchase is in the pool",
    person="the next purchase is refused: `SaleNumberStep`",
    money="the old order is adopted; one order, one transaction",
    lasts="until a block has followed",
)
def test_lost_journal_waits_out_what_may_have_been_sent(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    chain = street.chain
    home = Home(street, buyer, tmp_path / "first", sellers=(seller,))
    home.view()
    chain.set_automine(False)
    home.submit(order(seller))
    until(chain.pending, "it is in the pool")
    home.close()

    home = Home(street, buyer, tmp_path / "second", sellers=(seller,), replace_after_s=1.0)
    home.view()
    home.submit(order(seller))
    # Both blocks: the one with the old purchase, and the one that is waited for.
    chain.mine()
    until(lambda: home.view().orders, "the old purchase is adopted")
    chain.mine()
    refused = home.wait(IntentRefused)
    home.close()

    assert refused.name == "SaleNumberStep"
    assert orders_opened(street) == 1
    assert chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="chain",
    failure="another chain of the same id",
    person="refused: `ChainReplaced`",
    money="nothing is sent to it",
)
def test_another_chain_of_the_same_number_voids_the_promises(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    street.chain.set_automine(False)
    home = Home(street, buyer, tmp_path, sellers=(seller,))
    home.view()
    home.submit(order(seller))
    until(street.chain.pending, "it is in the pool")
    home.close()
    street.chain.close()
    with running_chain("--timestamp", "1700000000") as chain:
        chain.fund(buyer.account)
        other = Street(chain)
        home = Home(other, buyer, tmp_path, sellers=(seller,))

        assert home.wait(IntentRefused).name == "ChainReplaced"
        home.view()
        assert chain.transactions_of(buyer.account) == 0
        home.close()


@pytest.mark.failure(
    part="journal",
    failure="the journal cannot be written when something is to be sent",
    person="refused: `JournalUnwritable`",
    money="nothing is sent",
)
def test_unwritable_journal_lets_nothing_leave(home: Home, street: Street, seller: str) -> None:
    home.journal.close()
    home.submit(order(seller))

    assert home.wait(IntentRefused).name == "JournalUnwritable"
    assert not street.chain.pending()


def test_promise_is_kept_in_the_journal_with_its_block(home: Home, seller: str) -> None:
    confirmed = home.buy(seller)
    promise = home.journal.find("OpenOrder 1")

    assert promise is not None
    assert promise.state is PromiseState.CONFIRMED
    assert promise.inclusion is not None
    assert promise.inclusion.block_hash == confirmed.block.hash


@pytest.mark.failure(
    part="chain",
    failure="a reorganisation while the node was down",
    person="told as undone at the start",
    money="the same bytes are sent again",
)
def test_reorganisation_while_nobody_watched_is_found_at_the_start(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    chain = street.chain
    home = Home(street, buyer, tmp_path, sellers=(seller,))
    home.view()
    confirmed = home.buy(seller)
    home.close()
    chain.set_automine(False)
    chain.call("anvil_reorg", 1, [])

    home = Home(street, buyer, tmp_path, sellers=(seller,))
    assert home.wait(IntentUndone).intent == confirmed.intent
    until(chain.pending, "the same bytes are in the pool")
    chain.mine()
    assert home.wait(IntentConfirmed).transaction == confirmed.transaction
    home.close()
