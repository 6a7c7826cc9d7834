"""The operator's commands and the account commands, on a real chain."""

from pathlib import Path

import pytest

from contracts.command_line import main
from node.account.show import (
    new_account,
    open_node_account,
    require_code,
    show_account,
)
from node.core.facts import IntentConfirmed
from node.keys.account import KeyRefused
from node.keys.receipts import digest_of_receipt
from node.ledger.contracts.auction import AuctionContract
from node.ledger.contracts.registry import RegistryContract
from node.ledger.operator.deploy import connect
from node.ledger.views.auction import is_utility, read_rules
from node.parameters import load
from node.parameters.file import read_values
from node.system.lock import FileLock
from tests.parts.chain import TOKEN, Chain, Street
from tests.parts.ledger_home import Home, offer, order

FILE = """\
contract:
  node: http://127.0.0.1:8545
  # the token
  token: null
  address: null  # the sale
  registry: null
"""


class Operator:
    """The operator's files, and its commands on one chain."""

    def __init__(self, chain: Chain, directory: Path) -> None:
        self.chain = chain
        self.keystore = directory / "operator.json"
        self.password = directory / "password"
        self.parameters = directory / "parameters.yml"
        self.parameters.write_text(FILE)
        self.account = new_account(self.keystore, self.password, {}, print)
        chain.fund(self.account)

    def run(self, command: str, *more: str, allow: bool = True) -> int:
        arguments = [
            command, "--rpc", self.chain.url, "--keystore", str(self.keystore),
            "--password-file", str(self.password), "--parameters", str(self.parameters), *more,
        ]  # fmt: skip
        return main([*arguments, *(["--allow-development-chain"] if allow else [])])

    def addresses(self) -> dict[str, str | None]:
        return read_values(self.parameters, "contract", ("token", "address", "registry"))


@pytest.fixture
def operator(chain: Chain, tmp_path: Path) -> Operator:
    return Operator(chain, tmp_path)


def test_deployment_is_written_down_and_a_second_run_changes_nothing(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run("deploy") == 0
    addresses = operator.addresses()
    text = operator.parameters.read_text()
    count = operator.chain.transactions_of(operator.account)
    assert None not in addresses.values()
    assert "# the token" in text
    assert "# the sale" in text
    assert "chain_id: 31337" in text

    capsys.readouterr()
    assert operator.run("deploy") == 0
    assert "nothing was changed" in capsys.readouterr().err
    assert operator.parameters.read_text() == text
    assert operator.chain.transactions_of(operator.account) == count == 3


MORE = """\
relay: {host: 192.168.1.20, name: board}
mqtt: {host: broker.lan, port: 8883, ca_file: /etc/peerwatt/broker.crt, user: 'operator'}
"""


def test_what_all_homes_say_alike_is_written_for_them_to_include(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    community, home = tmp_path / "community.yml", tmp_path / "home.yml"
    operator.parameters.write_text(FILE + MORE)
    words = ("--community", str(community), "--endpoint", "chain.lan", "--worth", "0.30 EUR")
    assert operator.run("deploy", "--interval", "1800", *words) == 0
    text = community.read_text()
    home.write_text("include: community.yml\nnode: {name: home1}\n")

    found, own = load(home), load(operator.parameters)
    assert [n.key for n in found.notices if n.key.startswith("contract.")] == []
    assert found.contract.node == ("http://chain.lan:8545",)
    assert (found.contract.chain_id, found.contract.interval_s) == (31337, 1800)
    for key in ("token", "address", "registry", "grace_s"):
        assert getattr(found.contract, key) == getattr(own.contract, key)
    assert (found.relay.host, found.relay.name) == ("192.168.1.20", "board")
    assert found.mqtt is not None
    assert (found.mqtt.port, found.mqtt.ca_file, found.mqtt.user) == (
        8883,
        Path("/etc/peerwatt/broker.crt"),
        None,
    )
    assert "# One token is worth 0.30 EUR.\n" in text

    capsys.readouterr()
    assert operator.run("deploy", *words) == 0
    assert f"already: {community}" in capsys.readouterr().err
    assert community.read_text() == text
    community.write_text(text.replace(str(own.contract.token), operator.account) + "# mine\n")
    assert operator.run("deploy", *words) == 0
    assert community.read_text() == text + "# mine\n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--community", "{}/community.yml"), "--endpoint: name one for the community's file"),
        (("--community", "{}/none/community.yml", "--endpoint", "chain.lan"), "cannot be written"),
        (("--endpoint", "chain.lan"), "it stands in the community's file, with --community"),
        (("--worth", "much"), "a decimal and a currency"),
    ],
)
def test_a_communitys_file_that_cannot_be_is_refused_before_anything_is_paid_for(
    operator: Operator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    why: str,
) -> None:
    assert operator.run("deploy", *(word.format(tmp_path) for word in more)) == 1

    assert why in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0
    assert not (tmp_path / "community.yml").exists()


def test_a_chain_begun_anew_is_not_called_already_deployed(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same account deploys to the same addresses again, on a chain that forgot them."""
    assert operator.run("deploy") == 0
    addresses = operator.addresses()
    anew = Chain()
    try:
        anew.fund(operator.account)
        operator.chain = anew
        capsys.readouterr()
        assert operator.run("deploy") == 0
        told = capsys.readouterr().err
        count = anew.transactions_of(operator.account)
    finally:
        anew.close()

    assert operator.addresses() == addresses
    assert count == 3
    assert "already deployed" not in told
    assert f"the addresses are in {operator.parameters}" in told


def test_an_auction_is_deployed_beside_them_once_and_written_down(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run("deploy") == 0
    tariff = ("--auction", "--feed-in", "0.08", "--retail", "0.269", "--one-key")
    # How far the blocks of its own transactions lie apart says how busy the machine is.
    more = (*tariff, "--gate-lead", "90", "--block-time", "2")
    assert operator.run("deploy", *more) == 0
    count = operator.chain.transactions_of(operator.account)
    capsys.readouterr()
    assert operator.run("deploy", *more) == 0
    told = capsys.readouterr()

    address = read_values(operator.parameters, "contract", ("auction",))["auction"]
    assert f"auction {address}" in told.out
    assert "nothing was changed" in told.err
    assert operator.chain.transactions_of(operator.account) == count == 5
    rpc = connect(operator.chain.url)
    auction = AuctionContract(str(address))
    assert is_utility(rpc, auction, operator.account)
    assert read_rules(rpc, auction).gate_lead_s == 90


def test_one_key_for_meters_and_prices_is_refused_before_anything_is_paid_for(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever deployed was utility and installer, and could take a home's meter over."""
    assert operator.run("deploy", "--auction", "--feed-in", "0.08", "--retail", "0.269") == 1

    assert "name another account (--utility)" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0
    assert operator.run("deploy") == 0
    count = operator.chain.transactions_of(operator.account)
    assert operator.run("deploy", "--auction", "--feed-in", "0.08", "--retail", "0.269") == 1
    assert operator.chain.transactions_of(operator.account) == count


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--gate-lead", "450"), "--gate-lead of 450 is not from 4 to 449"),
        (("--block-time", "16"), "--gate-lead of 60 is not from 64 to 449"),
        (("--reading-deadline", "899"), "--reading-deadline of 899 is not from 900 to 916200"),
        (("--ring", "4"), "--ring of 4 is not from 7"),
        (("--most-retail", "0.2"), "--most-retail of 200000 is not from 269000"),
    ],
)
def test_a_setting_that_the_auction_refuses_is_refused_before_anything_is_paid_for(
    operator: Operator, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], why: str
) -> None:
    tariff = ("--feed-in", "0.08", "--retail", "0.269")
    assert operator.run("deploy", "--auction", "--one-key", *tariff, *more) == 1

    assert why in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "needs its first tariff: --feed-in and --retail"),
        (
            ("--feed-in", "0.08", "--retail", "0.07"),
            "--retail 0.07 must be above feed-in, 0.08: 0.080063 or more",
        ),
    ],
)
def test_an_auction_without_a_ladder_is_refused_before_anything_is_sent(
    operator: Operator, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], why: str
) -> None:
    assert operator.run("deploy", "--auction", *more) == 1

    assert why in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0


def test_deployment_goes_on_where_it_was_cut(operator: Operator) -> None:
    assert operator.run("deploy") == 0
    first = operator.addresses()
    lines = operator.parameters.read_text().splitlines()
    operator.parameters.write_text(
        "\n".join("  address: null" if "address:" in line else line for line in lines) + "\n"
    )

    assert operator.run("deploy") == 0
    second = operator.addresses()
    assert (second["token"], second["registry"]) == (first["token"], first["registry"])
    assert second["address"] not in (None, first["address"])


def test_another_contract_in_the_sales_place_is_said_before_anything_is_paid_for(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """An ancestor's file names a contract of its own there, and it has code."""
    assert operator.run("deploy") == 0
    count = operator.chain.transactions_of(operator.account)
    registry = operator.addresses()["registry"]
    operator.parameters.write_text(f"contract:\n  address: '{registry}'\n")
    capsys.readouterr()
    assert operator.run("deploy") == 1

    assert f"what stands at {registry} is no sale of ours" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == count


def test_a_file_that_cannot_take_the_addresses_is_said_before_anything_is_paid_for(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "contract: {token}\n"
    operator.parameters.write_text(text)
    assert operator.run("deploy") == 1

    assert "token has no colon; without --parameters" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0
    assert operator.parameters.read_text() == text


def test_development_chain_is_refused_unless_allowed(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run("deploy", allow=False) == 1
    assert "development chain" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0


def test_errands_of_the_operator(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("deploy") == 0
    home = operator.chain.new_account().account
    assert operator.run("mint", "--to", home, "--amount", "12.5") == 0
    assert operator.run("post-price", "--price", "0.18") == 0
    capsys.readouterr()
    install = ("install-meter", "--owner", home, "--kind", "battery", "--max-power", "5000")
    assert operator.run(*install) == 0
    assert operator.run(*install) == 0
    assert capsys.readouterr().out.split() == ["meter", "1", "meter", "2"]

    registry = RegistryContract(str(operator.addresses()["registry"]))
    assert operator.chain.ask(registry.owner_of(2)).lower() == home.lower()
    assert operator.chain.ask(registry.reporter_of(2)).lower() == home.lower()


def test_errands_are_refused_in_plain_words(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    home = operator.chain.new_account().account
    assert operator.run("mint", "--to", home, "--amount", "1") == 1
    assert "no token" in capsys.readouterr().err

    assert operator.run("deploy") == 0
    assert operator.run("mint", "--to", home, "--amount", "0.0000001") == 1
    assert "not a whole number" in capsys.readouterr().err
    assert operator.run("post-price", "--price", "0") == 1
    assert "cannot be 0" in capsys.readouterr().err


def test_key_of_a_running_node_is_not_used_beside_it(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FileLock(operator.keystore)
    lock.acquire(create=False)
    assert operator.run("deploy") == 1
    lock.release()

    assert "another process uses it" in capsys.readouterr().err
    assert operator.chain.transactions_of(operator.account) == 0


def test_unreachable_chain_is_refused_without_a_traceback(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.chain.close()
    assert operator.run("deploy") == 1
    assert "no connection" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "deploy", "mint", "install-meter", "post-price"])
def test_help_helps(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])

    assert ended.value.code == 0
    assert "usage: python -m contracts" in capsys.readouterr().out


def test_new_account_is_made_once_with_its_password(tmp_path: Path) -> None:
    keystore, password = tmp_path / "keystore.json", tmp_path / "password"
    told: list[str] = []
    address = new_account(keystore, password, {}, told.append)
    before = (keystore.read_bytes(), password.read_bytes())

    assert new_account(keystore, password, {}, told.append) == address
    assert (keystore.read_bytes(), password.read_bytes()) == before
    assert {path.stat().st_mode & 0o777 for path in (keystore, password)} == {0o600}
    assert told[-1] == f"already: {keystore} holds {address}"
    assert before[1].decode().strip() not in " ".join(told)


def test_node_account_must_be_the_one_that_is_named(tmp_path: Path) -> None:
    keystore, password = tmp_path / "keystore.json", tmp_path / "password"
    address = new_account(keystore, password, {}, print)

    assert open_node_account(keystore, password, {}, expected=address.lower()).account == address
    with pytest.raises(KeyRefused, match="not 0x11"):
        open_node_account(keystore, password, {}, expected="0x" + "11" * 20)


def test_show_tells_money_and_open_orders(street: Street, tmp_path: Path) -> None:
    seller = Home(street, street.new_home(), tmp_path / "seller")
    buyer = Home(street, street.new_home(), tmp_path / "buyer")
    assert seller.account is not None
    assert buyer.account is not None
    seller.submit(offer(seller.view()))
    seller.wait(IntentConfirmed)
    buyer.submit(order(seller.account.account))
    buyer.wait(IntentConfirmed)
    lines: list[str] = []
    show_account(seller.account.account, seller.settings, lines.append)
    require_code(seller.settings)
    seller.close()
    buyer.close()

    text = "\n".join(lines)
    assert seller.account.account in text
    assert "tokens   100" in text
    assert f"sells to {buyer.account.account}" in text
    assert "0 Wh of 200 Wh" in text


def test_contract_and_node_hash_receipts_alike(street: Street) -> None:
    from node.ledger.contracts.artifacts import artifact

    buyer, seller = "0x" + "b1" * 20, "0x" + "5e" * 20
    data = artifact("EnergySale").call_data(
        "receiptDigest(address,address,uint32,uint64)", buyer, seller, 7, 123 * TOKEN
    )
    answer = street.rpc.call("eth_call", {"to": street.sale, "data": data}, "latest")

    assert bytes.fromhex(answer[2:]) == digest_of_receipt(
        chain_id=31337,
        sale=street.sale,
        buyer=buyer,
        seller=seller,
        number=7,
        drawn_milliwh=123 * TOKEN,
    )
