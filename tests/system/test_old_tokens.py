"""A street whose money is an older token than ours: bought by its call, or by an allowance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.command_line import main
from node.core.facts import IntentRefused
from node.keys.account import Account, create_account, write_private
from node.ledger.contracts.token import TokenContract
from node.system.lock import FileLock
from tests.parts.chain import ETHER, TOKEN, Chain, Street
from tests.parts.ledger_home import Home, order, orders_opened
from tests.parts.waiting import until


@pytest.fixture
def street(chain: Chain) -> Street:
    return Street(chain, has_old_token=True)


@pytest.fixture
def buyer(street: Street, tmp_path: Path) -> Account:
    account = create_account(tmp_path / "keystore.json", "password")
    street.chain.fund(account.account, ETHER)
    street.mint(account.account, 7 * TOKEN)
    return account


@pytest.fixture
def home(street: Street, seller: str, buyer: Account, tmp_path: Path) -> Iterator[Home]:
    """A buyer's ledger that pays by an allowance."""
    home = Home(street, buyer, tmp_path, sellers=(seller,), pays_by_allowance=True)
    yield home
    home.close()


class Allowing:
    """What a person has for `python -m node allow`."""

    def __init__(self, street: Street, buyer: Account, place: Path, pays_by: str) -> None:
        self.street, self.buyer = street, buyer
        write_private(place / "password", "password\n")
        self.parameters = place / "parameters.yml"
        self.parameters.write_text(
            f"contract:\n  node: {street.chain.url}\n  token: '{street.token}'\n"
            f"  address: '{street.sale}'\n  registry: '{street.registry}'\n  pays_by: {pays_by}\n"
            f"node:\n  state_directory: {place}\n  password_file: {place}/password\n"
        )

    def run(self, amount: str) -> int:
        return main(["allow", amount, "--parameters", str(self.parameters)])

    def allowed(self) -> int:
        token = TokenContract(self.street.token)
        return self.street.chain.ask(token.allowance(self.buyer.account, self.street.sale))


@pytest.fixture
def allowing(street: Street, buyer: Account, tmp_path: Path) -> Allowing:
    return Allowing(street, buyer, tmp_path, "allowance")


def test_an_old_approve_and_call_buys_in_one_transaction(
    street: Street, seller: str, buyer: Account, tmp_path: Path
) -> None:
    home = Home(street, buyer, tmp_path, sellers=(seller,))
    assert home.view().allowed is None
    home.buy(seller)
    home.close()

    assert orders_opened(street) == 1
    assert street.chain.transactions_of(buyer.account) == 1


def test_what_the_sale_may_take_is_seen_and_bought_with(
    street: Street,
    seller: str,
    home: Home,
    allowing: Allowing,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = home.view()
    assert (before.tokens, before.allowed) == (7 * TOKEN, 0)
    home.submit(order(seller))
    home.wait(IntentRefused)
    assert orders_opened(street) == 0

    home.close()
    assert allowing.run("5") == 0
    assert "done: the sale may take 5 tokens (before: 0)" in capsys.readouterr().out
    home.start()
    home.buy(seller)

    assert orders_opened(street) == 1
    after = until(lambda: view if (view := home.view()).last_number == 1 else None, "it is seen")
    assert after.allowed is not None
    assert 5 * TOKEN - after.allowed == 7 * TOKEN - after.tokens > 0


def test_an_allowance_is_replaced_and_taken_back(
    allowing: Allowing, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [allowing.run("5"), allowing.allowed()] == [0, 5 * TOKEN]
    assert [allowing.run("5"), allowing.allowed()] == [0, 5 * TOKEN]
    assert [allowing.run("2.5"), allowing.allowed()] == [0, 2_500_000]
    assert [allowing.run("0"), allowing.allowed()] == [0, 0]
    told = capsys.readouterr().out

    assert "already: the sale may take 5 tokens" in told
    sent = allowing.street.chain.transactions_of(allowing.buyer.account)
    assert sent == 4, "5; nothing and 2.5; nothing"


def test_nothing_is_allowed_beside_a_node_that_runs(
    allowing: Allowing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = FileLock(tmp_path / "keystore.json")
    running.acquire(create=False)
    assert allowing.run("5") == 1
    running.release()

    assert "another process uses it" in capsys.readouterr().err
    assert allowing.allowed() == 0


def test_nothing_is_allowed_where_nothing_needs_it(
    street: Street, buyer: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allowing = Allowing(street, buyer, tmp_path, "call")

    assert allowing.run("5") == 1
    assert "the sale needs no allowance" in capsys.readouterr().err
    assert allowing.run("0") == 0
    assert street.chain.transactions_of(buyer.account) == 0
