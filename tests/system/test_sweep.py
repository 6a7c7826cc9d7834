"""`python -m node sweep` on a real chain: everything goes, once it is told and agreed to."""

from pathlib import Path

import pytest

from node.command_line import main
from node.core.auction.tariff import Tariff
from node.core.facts import IntentConfirmed
from node.keys.account import Account, create_account, open_account, write_private
from node.ledger.contracts.token import TokenContract
from node.ledger.operator.auction_settings import AuctionSettings
from node.ledger.operator.deploy import DeploySettings
from node.ledger.operator.transact import Transactor
from node.system.lock import FileLock
from tests.parts.chain import ETHER, TOKEN, Chain, Street
from tests.parts.ledger_home import Home, order

TO = "0x" + "5e" * 20


class Swept:
    """Hold a funded account with parameters that name it."""

    def __init__(self, street: Street, place: Path) -> None:
        self.street = street
        self.keystore = place / "keystore.json"
        self.account = create_account(self.keystore, "password").account
        write_private(place / "password", "password\n")
        self.parameters = place / "parameters.yml"
        self.parameters.write_text(
            f"contract:\n  node: {street.chain.url}\n  token: '{street.token}'\n"
            f"  address: '{street.sale}'\n  registry: '{street.registry}'\n"
            f"  auction: {repr(street.auction) if street.auction else 'null'}\n"
            f"node:\n  state_directory: {place}\n  password_file: {place}/password\n"
        )
        street.chain.fund(self.account, ETHER)
        street.mint(self.account, 7 * TOKEN)

    def open(self) -> Account:
        return open_account(self.keystore, "password")

    def run(self, *words: str, to: str = TO) -> int:
        return main(["sweep", to, *words, "--parameters", str(self.parameters)])

    def tokens(self, account: str) -> int:
        return self.street.chain.ask(TokenContract(self.street.token).balance_of(account))

    def coin(self, account: str) -> int:
        return int(self.street.chain.call("eth_getBalance", account, "latest"), 16)


@pytest.fixture
def swept(street: Street, tmp_path: Path) -> Swept:
    return Swept(street, tmp_path)


def test_all_tokens_and_all_coin_go(swept: Swept, capsys: pytest.CaptureFixture[str]) -> None:
    assert swept.run("--yes") == 0
    told = capsys.readouterr().out

    assert (swept.tokens(TO), swept.tokens(swept.account)) == (7 * TOKEN, 0)
    assert swept.coin(TO) > 0.99 * ETHER
    assert swept.coin(swept.account) == 0
    assert told.index("tokens   7") < told.index("done: 7 tokens sent")


def test_swept_twice_sends_nothing_more(swept: Swept) -> None:
    assert swept.run("--yes") == 0
    sent = swept.street.chain.transactions_of(swept.account)
    assert swept.run("--yes") == 0

    assert swept.street.chain.transactions_of(swept.account) == sent


@pytest.mark.parametrize(
    ("words", "to", "why"),
    [
        ((), TO, "--yes"),
        (("--yes",), "0x5e", "no address"),
        (("--yes",), "", "is the account itself"),
    ],
    ids=["nobody to ask", "no address", "to itself"],
)
def test_refused_sweep_sends_nothing(
    swept: Swept,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    to: str,
    why: str,
) -> None:
    assert swept.run(*words, to=to or swept.account) == 1

    assert why in capsys.readouterr().err
    assert swept.street.chain.transactions_of(swept.account) == 0


@pytest.mark.failure(
    part="file",
    failure="an account is swept while its node runs",
    person="`another process uses it`",
    money="nothing is sent",
)
def test_account_of_a_running_node_is_not_swept(
    swept: Swept, capsys: pytest.CaptureFixture[str]
) -> None:
    running = FileLock(swept.keystore)
    running.acquire(create=False)
    assert swept.run("--yes") == 1
    running.release()

    assert "another process uses it" in capsys.readouterr().err
    assert swept.street.chain.transactions_of(swept.account) == 0


def test_open_orders_hold_a_sweep_up_unless_told(
    swept: Swept, seller: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their escrow returns to this account, after its tokens have gone."""
    home = Home(swept.street, swept.open(), tmp_path / "home", sellers=(seller,))
    assert home.view().offers
    home.submit(order(seller))
    home.wait(IntentConfirmed)
    home.close()
    sent = swept.street.chain.transactions_of(swept.account)
    assert swept.run("--yes") == 1
    assert "orders 1 are open" in capsys.readouterr().err
    assert swept.street.chain.transactions_of(swept.account) == sent

    assert swept.run("--yes", "--despite-orders") == 0
    assert swept.tokens(swept.account) == 0


def test_money_in_the_auction_goes_too(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tariff = Tariff(feed_in_per_kwh=100_000, tick_size_per_kwh=4_000)
    auction = AuctionSettings(utility=chain.new_account().account, tariff=tariff)
    street = Street(chain, DeploySettings(auction=auction))
    swept = Swept(street, tmp_path)
    token = TokenContract(street.token)
    data = token.approve_and_call(str(street.auction), 2 * TOKEN, b"")
    Transactor(street.rpc, swept.open(), print).send("deposit", token.address, data)
    assert swept.run("--yes") == 0

    assert "auction  2, owed 0" in capsys.readouterr().out
    assert (swept.tokens(TO), swept.tokens(str(street.auction))) == (7 * TOKEN, 0)
