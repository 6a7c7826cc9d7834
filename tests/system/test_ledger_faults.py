"""Never twice, never lost: crashes, lost answers, stuck transactions, reorganisations."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.facts import (
    ChainLost,
    ChainObserved,
    IntentConfirmed,
    IntentRefused,
    IntentUndone,
)
from node.journal import Journal
from node.ledger.keys import Account, create_account
from node.ledger.sale import SaleContract
from node.promise import PromiseState
from tests.chain import Chain, Street, running_chain, until
from tests.ledger_home import Home, offer, order
from tests.rpc_gate import Gate

ROOT = Path(__file__).parents[2]

CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from node.ledger.keys import open_account
from tests.ledger_home import Home, order
from types import SimpleNamespace as Names

street = Names(chain=Names(url={url!r}), token={token!r}, sale={sale!r}, registry={registry!r})
account = open_account(Path({keystore!r}), "password")
home = Home(street, account, Path({directory!r}), sellers=({seller!r},))
home.view()
home.submit(order({seller!r}))
time.sleep(60)
"""


@pytest.fixture
def seller(street: Street, tmp_path: Path) -> str:
    """The account of a seller whose offer stands on the chain."""
    account = street.new_home()
    home = Home(street, account, tmp_path / "seller")
    home.submit(offer(home.view()))
    home.wait(IntentConfirmed)
    home.close()
    return account.account


@pytest.fixture
def gate(chain: Chain) -> Iterator[Gate]:
    gate = Gate(chain.port)
    yield gate
    gate.close()


def orders_opened(street: Street) -> int:
    sale = SaleContract(street.sale)
    logs = street.chain.call(
        "eth_getLogs",
        {"fromBlock": "0x0", "address": street.sale, "topics": [sale.order_opened_topic]},
    )
    return len(logs)


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


@pytest.fixture
def buyer(street: Street, tmp_path: Path) -> Account:
    """A buyer with a keystore on disk."""
    account = create_account(tmp_path / "keystore.json", "password")
    street.chain.fund(account.account)
    from node.ledger import deploy

    deploy.mint(street.transactor, street.token, account.account, 10**8)
    return account


def promised(directory: Path) -> tuple[str, ...]:
    journal = Journal(directory / "journal.db")
    journal.open()
    try:
        return tuple(a.hash for promise in journal.live() for a in promise.attempts)
    finally:
        journal.close()


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
    home.submit(order(seller))
    home.wait(IntentConfirmed)
    home.close()
    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1


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


@pytest.fixture
def home(street: Street, seller: str, buyer: Account, tmp_path: Path) -> Iterator[Home]:
    """A buyer's ledger that has seen the offer."""
    home = Home(street, buyer, tmp_path, sellers=(seller,), replace_after_s=0.5)
    assert home.view().offers
    yield home
    home.close()


def test_lost_answer_is_not_a_failure(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    home.view()
    gate.lose_answers = "eth_sendRawTransaction"
    home.submit(order(seller))
    home.wait(ChainLost)
    gate.lose_answers = None
    home.wait(IntentConfirmed)
    home.close()

    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1
    assert not home.all(IntentRefused)


def test_dropped_transaction_is_sent_again(street: Street, home: Home, seller: str) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]["hash"]
    chain.call("anvil_dropTransaction", first)
    chain.mine()
    until(chain.pending, "it is in the pool again")
    chain.mine()
    home.wait(IntentConfirmed)

    assert orders_opened(street) == 1


def test_stuck_transaction_is_replaced_at_a_higher_fee(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]
    second = until(
        lambda: [tx for tx in chain.pending() if tx["hash"] != first["hash"]],
        "a dearer one takes its place",
    )[0]
    chain.mine()
    confirmed = home.wait(IntentConfirmed)

    assert second["nonce"] == first["nonce"]
    for field in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(second[field], 16) * 8 >= int(first[field], 16) * 9
    assert confirmed.transaction != first["hash"]
    assert chain.transactions_of(first["from"]) == 1
    assert orders_opened(street) == 1


def test_stuck_purchase_that_lost_its_offer_is_closed_unharmed(
    street: Street, home: Home, seller: str, buyer: Account
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    until(chain.pending, "it is in the pool")
    # The offer ends while the purchase waits: it would only revert, and cost gas.
    chain.call("anvil_setStorageAt", street.sale, offer_slot(street, seller), "0x" + "00" * 32)
    until(
        lambda: [tx for tx in chain.pending() if tx["to"].lower() == buyer.account.lower()],
        "a transfer of nothing takes its place",
    )
    chain.mine()

    assert home.wait(IntentRefused).name == "SaleOfferExpired"
    assert chain.transactions_of(buyer.account) == 1
    assert orders_opened(street) == 0


def offer_slot(street: Street, seller: str) -> str:
    """Find where the sale keeps a seller's offer, by trying the first mappings."""
    from node.ledger.keccak import keccak256

    for slot in range(8):
        key = bytes.fromhex(seller[2:]).rjust(32, b"\0") + slot.to_bytes(32, "big")
        place = "0x" + keccak256(key).hex()
        if int(street.chain.call("eth_getStorageAt", street.sale, place, "latest"), 16):
            return place
    raise AssertionError("the sale's layout is another one")


def test_reorganisation_undoes_a_purchase_and_it_is_made_again(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    home.submit(order(seller))
    confirmed = home.wait(IntentConfirmed)
    chain.set_automine(False)
    chain.call("anvil_reorg", 1, [])
    undone = home.wait(IntentUndone)

    assert undone.intent == confirmed.intent
    assert "replaced" in undone.reason
    until(lambda: not home.view().orders, "the order is gone from the view")
    until(chain.pending, "the same bytes are in the pool")
    chain.mine()
    again = home.wait(IntentConfirmed, 2)
    assert again.transaction == confirmed.transaction
    assert orders_opened(street) == 1


def test_reorganisation_that_keeps_the_purchase_undoes_nothing(
    street: Street, home: Home, seller: str
) -> None:
    chain = street.chain
    home.submit(order(seller))
    confirmed = home.wait(IntentConfirmed)
    raw = promised_raw(home, confirmed.transaction)
    chain.call("anvil_reorg", 1, [[raw, 0]])
    until(lambda: home.view().block.hash != confirmed.block.hash, "the new head is seen")
    chain.mine()
    until(lambda: home.view().block.number > confirmed.block.number, "a block follows")

    assert not home.all(IntentUndone)
    assert home.view().orders


def promised_raw(home: Home, transaction: str) -> str:
    promise = home.journal.find("OpenOrder 1")
    assert promise is not None
    (raw,) = [a.raw for a in promise.attempts if a.hash == transaction]
    return "0x" + raw.hex()


def test_nonce_used_by_a_stranger_gives_the_intent_the_next_one(
    street: Street, home: Home, seller: str, buyer: Account
) -> None:
    chain = street.chain
    chain.set_automine(False)
    home.submit(order(seller))
    first = until(chain.pending, "it is in the pool")[0]
    chain.call("anvil_dropTransaction", first["hash"])
    stranger = buyer.sign_transaction(
        {
            "chainId": 31337, "nonce": 0, "to": street.operator.account, "value": 1,
            "gas": 21_000, "gasPrice": 10**11, "data": "0x",
        }
    )  # fmt: skip
    chain.call("eth_sendRawTransaction", "0x" + stranger.raw.hex())
    chain.mine()
    until(lambda: [tx for tx in chain.pending() if tx["nonce"] == "0x1"], "it is signed anew")
    chain.mine()
    home.wait(IntentConfirmed)

    assert orders_opened(street) == 1
    promise = home.journal.find("OpenOrder 1")
    assert promise is not None
    assert [attempt.nonce for attempt in promise.attempts][-1] == 1


def test_chain_that_goes_away_and_comes_back(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url,))
    home.view()
    gate.closed = True
    home.wait(ChainLost)
    home.submit(order(seller))
    assert home.wait(IntentRefused).name == "ChainUnavailable"
    seen = len(home.all(ChainObserved))
    gate.closed = False
    street.chain.mine()
    home.wait(ChainObserved, seen + 1)
    home.submit(order(seller))
    home.wait(IntentConfirmed)
    home.close()


def test_second_endpoint_takes_over(
    street: Street, seller: str, buyer: Account, gate: Gate, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(gate.url, street.chain.url))
    home.view()
    gate.closed = True
    home.submit(order(seller))
    home.wait(IntentConfirmed)
    home.close()

    assert not home.all(ChainLost)
    assert orders_opened(street) == 1


def test_endpoint_of_another_chain_is_never_used(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    with running_chain("--chain-id", "4711") as other:
        home = Home(street, buyer, tmp_path, sellers=(seller,), urls=(other.url,))
        lost = home.wait(ChainLost)
        home.close()

    assert "serves chain 4711, not 31337" in lost.reason
    assert not home.all(ChainObserved)


def test_hanging_endpoint_blocks_nobody_and_recovers(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,), timeout_s=0.5)
    home.view()
    street.chain.process.send_signal(signal.SIGSTOP)
    try:
        home.submit(*[order(seller, number) for number in range(1, 40)])
        lost = home.wait(ChainLost)
    finally:
        street.chain.process.send_signal(signal.SIGCONT)
    assert "no answer within 0.5 s" in lost.reason
    home.wait(IntentRefused, 39 - len(home.all(IntentConfirmed)))
    street.chain.mine()
    home.submit(order(seller, 50))
    home.wait(IntentConfirmed, len(home.all(IntentConfirmed)) + 1)
    home.close()


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

    assert refused.name == "SaleNumberNotRising"
    assert orders_opened(street) == 1
    assert chain.transactions_of(buyer.account) == 1


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


def test_unwritable_journal_lets_nothing_leave(home: Home, street: Street, seller: str) -> None:
    home.journal.close()
    home.submit(order(seller))

    assert home.wait(IntentRefused).name == "JournalUnwritable"
    assert not street.chain.pending()


def test_promise_is_kept_in_the_journal_with_its_block(home: Home, seller: str) -> None:
    home.submit(order(seller))
    confirmed = home.wait(IntentConfirmed)
    promise = home.journal.find("OpenOrder 1")

    assert promise is not None
    assert promise.state is PromiseState.CONFIRMED
    assert promise.inclusion is not None
    assert promise.inclusion.block_hash == confirmed.block.hash
