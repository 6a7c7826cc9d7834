"""A journal that is damaged or copied: the ledger goes on, says so, and buys nothing twice."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from node.core.commands import OpenOrder
from node.core.facts import ChainLost, IntentConfirmed, IntentRefused, IntentResumed
from node.keys.account import Account, account_of_key
from tests.parts.chain import Street
from tests.parts.ledger_home import Home, offer, order, orders_opened
from tests.parts.rpc_gate import Gate
from tests.parts.waiting import until

UNREADABLE = (
    'UPDATE promises SET intent = \'{"kind": "OpenOrd\'',
    "UPDATE promises SET intent = CAST(x'7bff7d' AS TEXT), identity = '?'",
)
UNUSABLE = (
    "UPDATE attempts SET fee_wei = 'x'",
    "UPDATE promises SET state = 'prep'",
)


def leave_pending(street: Street, buyer: Account, directory: Path, seller: str) -> str:
    """Let a ledger end while its purchase is in the pool; give the transaction's hash."""
    street.chain.set_automine(False)
    home = Home(street, buyer, directory, sellers=(seller,))
    home.view()
    home.submit(order(seller))
    pending = until(street.chain.pending, "it is in the pool")
    home.close()
    return str(pending[0]["hash"])


def damage(directory: Path, statement: str) -> None:
    database = sqlite3.connect(directory / "journal.db")
    with database:
        database.execute(statement)
    database.close()


@pytest.mark.failure(
    part="journal",
    failure="what a promise was for cannot be read, and its transaction was dropped",
    person="not told as resumed; its order number is refused",
    money="the same bytes are sent again: one order; the next one is bought",
)
@pytest.mark.parametrize("statement", UNREADABLE)
def test_promise_that_cannot_be_read_is_followed_to_its_end_and_not_made_again(
    street: Street, seller: str, buyer: Account, tmp_path: Path, statement: str
) -> None:
    transaction = leave_pending(street, buyer, tmp_path, seller)
    damage(tmp_path, statement)
    street.chain.call("anvil_dropTransaction", transaction)

    home = Home(street, buyer, tmp_path, sellers=(seller,))
    pending = until(street.chain.pending, "the same bytes are sent again")
    assert [sent["hash"] for sent in pending] == [transaction]
    home.submit(order(seller))
    until(lambda: home.all(IntentRefused) or len(street.chain.pending()) > 1, "it is answered")
    street.chain.set_automine(True)
    street.chain.mine()
    until(lambda: home.view().orders, "the purchase is adopted")
    home.wait(IntentRefused)
    home.submit(order(seller, 2))
    home.wait(IntentConfirmed)
    home.close()

    assert orders_opened(street) == 2
    assert not [fact for fact in home.facts if isinstance(fact, IntentResumed)]


@pytest.mark.failure(
    part="journal",
    failure="a promise's fee or state is damaged while its purchase is in the pool",
    person="the next purchase is refused: `SaleNumberStep`",
    money="the old order is adopted; one order, one transaction",
)
@pytest.mark.parametrize("statement", UNUSABLE)
def test_promises_that_cannot_be_used_are_forgotten_and_waited_out(
    street: Street, seller: str, buyer: Account, tmp_path: Path, statement: str
) -> None:
    leave_pending(street, buyer, tmp_path, seller)
    damage(tmp_path, statement)

    home = Home(street, buyer, tmp_path, sellers=(seller,), replace_after_s=1.0)
    home.view()
    home.submit(order(seller))
    street.chain.mine()
    until(lambda: home.view().orders, "the old purchase is adopted")
    street.chain.mine()
    refused = home.wait(IntentRefused)
    home.close()

    assert refused.name == "SaleNumberStep"
    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1


@pytest.mark.failure(
    part="journal",
    failure="journal and key are copied, and both homes run",
    person="each of the copy's purchases is answered; the first's chain is not lost",
    money="each order number is bought once",
)
def test_copied_journal_and_key_on_two_machines_buy_each_number_once(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    """No lock reaches another machine: there the chain's order numbers hold, and its nonces."""
    leave_pending(street, buyer, tmp_path / "first", seller)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    # The copied key has no file here that both could lock.
    clone = account_of_key(buyer._key.secret)
    first = Home(street, buyer, tmp_path / "first", sellers=(seller,))
    second = Home(street, clone, tmp_path / "second", sellers=(seller,), urls=(gate.url,))
    street.chain.set_automine(True)
    street.chain.mine()
    for home in (first, second):
        until(lambda home=home: home.view().orders, "both adopt the one order")
    street.chain.set_automine(False)

    first.submit(order(seller, 2, 150_000))
    until(street.chain.pending, "the first has sent")
    second.submit(order(seller, 2, 250_000))
    second.submit(order(seller, 3, 250_000))
    for _ in range(3):
        street.chain.mine()
        until(lambda: not street.chain.pending(), "the pool is empty")
    street.chain.set_automine(True)
    first.wait(IntentConfirmed, 2)
    until(lambda: len(answers(second)) >= 3, "each of the copy's intents is answered", 40.0)
    until(lambda: len(second.view().orders) == orders_opened(street), "the copy sees every order")
    for home in (first, second):
        home.close()

    bought = [fact.intent for fact in second.all(IntentConfirmed)]
    assert all(isinstance(intent, OpenOrder) and intent.number != 2 for intent in bought)
    numbers = sorted(o.number for o in second.view().orders)
    assert len(numbers) == len(set(numbers)) == orders_opened(street)
    assert not first.all(ChainLost)


def answers(home: Home) -> list[object]:
    return [*home.all(IntentConfirmed), *home.all(IntentRefused)]


@pytest.mark.failure(
    part="journal",
    failure="the journal is that of another home",
    person="the purchase in it is refused: `ChainReplaced`",
    money="nothing of it is sent; the home's own offer is",
)
def test_journal_of_another_home_promises_nothing_here(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    account = street.new_home()
    leave_pending(street, buyer, tmp_path / "theirs", seller)
    shutil.copytree(tmp_path / "theirs", tmp_path / "ours")
    street.chain.mine()
    street.chain.set_automine(True)

    home = Home(street, account, tmp_path / "ours", sellers=(seller,))
    assert home.wait(IntentRefused).name == "ChainReplaced"
    home.submit(offer(home.view()))
    home.wait(IntentConfirmed)
    home.close()

    assert street.chain.transactions_of(account.account) == 1
    assert orders_opened(street) == 1
