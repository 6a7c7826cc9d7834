"""The operator's commands that change who may do what, and those that only look; a real chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.command_line import main
from node.core.auction.tariff import Tariff
from node.keys.account import Account, create_account, new_account
from node.ledger.chain.asking import asked_now
from node.ledger.contracts.artifacts import artifact
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.roles import ADMIN, ROLES, RoleContract
from node.ledger.operator.deploy import AuctionSettings, DeploySettings, install_meter
from node.ledger.operator.transact import Transactor
from node.ledger.operator.verify import left_by, why_other
from tests.parts.chain import TOKEN, Chain, Street

PASSWORD = "password"
TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)


def with_auction(utility: str) -> DeploySettings:
    """An auction whose blocks are said to be so far apart, however busy the machine is."""
    return DeploySettings(auction=AuctionSettings(utility=utility, tariff=TARIFF, block_s=2))


class Desk:
    """An operator's desk: its files, and its commands on one chain."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain = chain
        self.folder = folder
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o600)
        self.account = create_account(folder / "operator.json", PASSWORD)
        chain.fund(self.account.account)
        self.street = Street(chain)
        self.file = folder / "parameters.yml"
        self._write(self.street)

    def _write(self, street: Street) -> None:
        self.file.write_text(
            f"contract:\n  node: {self.chain.url}\n  token: '{street.token}'\n"
            f"  address: '{street.sale}'\n  registry: '{street.registry}'\n"
        )

    def give(self, role: str, contract: str) -> None:
        """Let the street's own operator grant the desk's account a role."""
        at = RoleContract(contract, getattr(self.street, contract))
        self.street.transactor.send(
            f"grant {role}", at.address, at.grant(ROLES[role], self.account.account)
        )

    def holds(self, role: str, contract: str, account: str) -> bool:
        at = RoleContract(contract, getattr(self.street, contract))
        return asked_now(self.street.rpc, at.has(ROLES[role], account))

    def run(self, *words: str) -> int:
        return main(
            [
                *words, "--parameters", str(self.file),
                "--keystore", str(self.folder / "operator.json"),
                "--password-file", str(self.folder / "password"), "--allow-development-chain",
            ]
        )  # fmt: skip

    def look(self, *words: str) -> int:
        return main([*words, "--parameters", str(self.file)])

    def sent(self) -> int:
        return self.chain.transactions_of(self.account.account)


@pytest.fixture
def desk(chain: Chain, tmp_path: Path) -> Desk:
    return Desk(chain, tmp_path)


@pytest.fixture
def somebody() -> str:
    return new_account().account


def test_a_role_is_granted_after_its_plan_and_a_second_time_nothing_is_sent(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.give(ADMIN, "registry")
    words = ("grant", "installer", "--to", somebody, "--yes")
    assert desk.run(*words, "--plan") == 0
    planned = capsys.readouterr()
    assert (desk.sent(), desk.holds("installer", "registry", somebody)) == (0, False)
    assert desk.run(*words) == 0
    assert desk.holds("installer", "registry", somebody)
    capsys.readouterr()
    assert desk.run(*words) == 0

    assert f"registry {desk.street.registry}" in planned.out
    assert f"held by {desk.street.operator.account}" in planned.out
    assert f"which {desk.account.account} signs, grants it to {somebody}" in planned.out
    assert "nothing was sent" in planned.err
    assert f"already: {somebody} has it" in capsys.readouterr().out
    assert desk.sent() == 1


def test_a_role_is_revoked_and_one_that_is_not_held_is_left(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.give(ADMIN, "token")
    assert desk.run("grant", "minter", "--to", somebody, "--yes") == 0
    assert desk.run("revoke", "minter", "--from", somebody, "--yes") == 0
    assert desk.run("revoke", "minter", "--from", somebody, "--yes") == 0

    assert not desk.holds("minter", "token", somebody)
    assert f"already: {somebody} lacks it" in capsys.readouterr().out
    assert desk.sent() == 2


def test_nothing_is_sent_where_nobody_can_be_asked(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.give(ADMIN, "registry")

    assert desk.run("grant", "price", "--to", somebody) == 1
    assert "--yes sends what the plan says" in capsys.readouterr().err
    assert desk.sent() == 0


def test_who_is_no_admin_is_told_who_is_before_anything_is_sent(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run("grant", "price", "--to", somebody, "--yes") == 1

    told = capsys.readouterr().err
    assert f"{desk.account.account} gives no roles away at the registry" in told
    assert f"{desk.street.operator.account} does" in told
    assert desk.sent() == 0


def test_the_last_admin_is_not_revoked(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.give(ADMIN, "token")
    first, own = desk.street.operator.account, desk.account.account
    words = ("revoke", ADMIN, "--of", "token", "--yes", "--from")
    assert desk.run(*words, first) == 0
    assert desk.run(*words, own) == 1

    assert f"{own} is the only admin of the token" in capsys.readouterr().err
    assert desk.holds(ADMIN, "token", own)
    assert desk.sent() == 1


def test_one_key_for_meters_and_prices_is_refused_unless_it_is_wanted(
    chain: Chain, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    utility = chain.new_account().account
    street = Street(chain, with_auction(utility))
    desk.street = street
    desk.file.write_text(
        f"contract: {{node: '{chain.url}', registry: '{street.registry}',"
        f" auction: '{street.auction}'}}\n"
    )
    desk.give(ADMIN, "registry")

    assert desk.run("grant", "installer", "--to", utility, "--yes") == 1
    assert "would be the utility and install the meters" in capsys.readouterr().err
    assert desk.run("grant", "installer", "--to", utility, "--yes", "--one-key") == 0
    assert desk.holds("installer", "registry", utility)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("grant", "admin", "--to", "0x" + "11" * 20), "admin of which contract?"),
        (("grant", "price", "--of", "token", "--to", "0x" + "11" * 20), "for admin alone"),
        (("grant", "price", "--to", "0x12"), "--to 0x12: no address"),
        (("revoke", "price", "--from", "0x12"), "--from 0x12: no address"),
        (("grant", "utility", "--to", "0x" + "11" * 20), "no auction: give --auction"),
        (("reporter", "--meter", "0", "--take"), "--meter 0: a whole number from 1"),
        (("reporter", "--meter", "7", "--take"), "has no meter 7"),
    ],
)
def test_what_cannot_be_meant_is_named(
    desk: Desk, words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run(*words, "--yes") == 1
    assert why in capsys.readouterr().err
    assert desk.sent() == 0


def installed(desk: Desk, owner: Account) -> int:
    street = desk.street
    return install_meter(
        Transactor(street.rpc, street.operator, print), street.rpc, street.registry,
        owner=owner.account, reporter=owner.account, kind="solar", max_power_w=1_000,
    )  # fmt: skip


def test_an_owner_replaces_a_reporter_at_once(desk: Desk, somebody: str) -> None:
    meter = installed(desk, desk.account)
    words = ("reporter", "--meter", str(meter), "--reporter", somebody, "--yes")
    assert desk.run(*words) == 0
    assert desk.run(*words) == 0

    registry = RegistryContract(desk.street.registry)
    assert asked_now(desk.street.rpc, registry.reporter_of(meter)) == somebody
    assert desk.sent() == 1


def test_an_installers_proposal_waits_an_interval_and_is_then_taken(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = installed(desk, desk.chain.new_account())
    registry = RegistryContract(desk.street.registry)
    change = ("reporter", "--meter", str(meter), "--reporter", somebody, "--yes")
    take = ("reporter", "--meter", str(meter), "--take", "--yes")
    assert desk.run(*change) == 1
    assert "nor installs meters" in capsys.readouterr().err
    desk.give("installer", "registry")
    assert desk.run(*take) == 1
    assert f"nobody is proposed to report meter {meter}" in capsys.readouterr().err
    assert desk.run(*change) == 0
    assert "anybody may take the proposal up" in capsys.readouterr().out
    assert desk.run(*take) == 1
    assert f"{somebody} can be taken from " in capsys.readouterr().err
    assert asked_now(desk.street.rpc, registry.reporter_of(meter)) != somebody
    desk.chain.call("evm_increaseTime", desk.street.settings.interval_s + 1)
    desk.chain.mine()
    assert desk.run(*take) == 0

    assert asked_now(desk.street.rpc, registry.reporter_of(meter)) == somebody


def test_balances_are_those_of_every_meters_owner_or_of_who_is_named(
    desk: Desk, somebody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rich, poor = desk.street.new_home(tokens=12 * TOKEN + 500_000), desk.chain.new_account(0)
    meters = [installed(desk, owner) for owner in (rich, poor, rich)]
    capsys.readouterr()
    assert desk.look("balances") == 0
    told = capsys.readouterr().out
    assert desk.look("balances", "--of", somebody, rich.account) == 0
    named = capsys.readouterr().out

    lines = {line.split()[0]: line.split()[1:] for line in told.splitlines()}
    assert lines[rich.account][:4] == ["12.5", "0", "0", "100.000000"]
    assert "".join(lines[rich.account][4:]) == f"{meters[0]},{meters[2]}"
    assert lines[poor.account] == ["0", "0", "0", "0.000000", str(meters[1])]
    assert lines["together"][:2] == ["12.5", "0"]
    assert "12.5 tokens in all" in told
    assert somebody in named and poor.account not in named


@pytest.fixture
def whole_desk(chain: Chain, desk: Desk) -> Iterator[Desk]:
    """A desk whose street has an auction, too."""
    street = Street(chain, with_auction(chain.new_account().account))
    desk.street = street
    desk.file.write_text(
        f"contract: {{node: '{chain.url}', token: '{street.token}', address: '{street.sale}',"
        f" registry: '{street.registry}', auction: '{street.auction}'}}\n"
    )
    yield desk


def test_what_was_deployed_is_verified_byte_for_byte(
    whole_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    street = whole_desk.street
    assert whole_desk.look("verify") == 0
    told = capsys.readouterr().out

    for name in ("token", "registry", "sale", "auction"):
        address = street.sale if name == "sale" else getattr(street, name)
        assert f"well  {name} {address}: the code of " in told
    assert f"well  auction: its registry is {street.registry}" in told
    minter = f"minter (may create tokens, any number for anybody): {street.operator.account}"
    assert f"well  token: {minter}" in told


def test_another_contract_and_a_sale_of_another_token_are_told(
    whole_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    street = whole_desk.street
    other = Street(whole_desk.chain)
    at = ("--sale", other.sale, "--registry", street.token, "--auction", "0x" + "77" * 20)
    assert whole_desk.look("verify", *at) == 1
    told = capsys.readouterr().out

    assert f"well  sale {other.sale}: the code of EnergySale" in told
    assert f"FAIL  sale: its token is {other.token}, not {street.token}" in told
    assert f"FAIL  registry {street.token}: not MeterRegistry: its code has" in told
    assert "FAIL  auction 0x" in told and "there is no code at that address" in told


@pytest.mark.parametrize("name", ["EnergyToken", "MeterRegistry", "EnergySale", "IntervalAuction"])
def test_every_changed_byte_outside_a_constant_is_noticed(name: str) -> None:
    """Constants are filled in as a constructor does; bytes all over are changed in their turn."""
    creation = artifact(name).bytecode
    built = left_by(creation)
    places = [
        start
        for start in range(1, len(built) - 32)
        if built[start - 1] == 0x7F and not any(built[start : start + 32])
    ]
    code = bytearray(built)
    for start in places:
        code[start : start + 32] = bytes(range(1, 33))
    inside = {start + offset for start in places for offset in range(32)}
    assert places
    assert why_other(creation, bytes(code)) is None
    for place in range(0, len(code), 211):
        changed = bytearray(code)
        changed[place] ^= 0x01
        expected = None if place in inside else f"its code differs from byte {place} on"
        assert why_other(creation, bytes(changed)) == expected
    assert "bytes, not" in str(why_other(creation, bytes(code[1:])))
    assert why_other(creation, b"") == "there is no code at that address"
