"""install.sh from a bundle: a first run, a second one, roles, and words that it does not know."""

import stat
from pathlib import Path

import pytest

from node.parameters import load
from tests.install.installed import Machine


def test_first_run_puts_everything_in_place_and_tells_what_is_left_in_order(home: Machine) -> None:
    root = home.root
    wants = root / "etc/systemd/system/multi-user.target.wants"
    account = next(step for step in home.install().left if "Start" in step)

    assert home.version == "0.1.0-first"
    assert (root / "opt/peerwatt/current/bin/python").exists()
    assert {path.name for path in wants.iterdir()} == {
        "peerwatt-node.service",
        "peerwatt-relay.service",
    }
    assert account == (
        "Start: sudo systemctl start peerwatt-relay peerwatt-node (they start at each boot, too)"
    )
    assert load(home.parameters).node.state_directory == root / "var/lib/peerwatt/node"


def test_what_is_left_begins_with_the_parameters_and_ends_with_a_backup(machine: Machine) -> None:
    said = machine.install("--role=utility")
    steps = [step.split()[0] for step in said.left]

    assert said.status == 0, said.err
    assert steps == ["Edit", "Fund", "Look", "Start:", "Make"]
    assert said.left[-1].endswith("sudo peerwatt backup FILE --role utility")
    assert not said.lines("already")[2:], "all but Python and rules is new"


def test_second_run_changes_no_file_and_says_so(home: Machine) -> None:
    before = home.picture()
    said = home.install()

    assert said.status == 0, said.err
    assert said.lines("done") == []
    assert len(said.lines("already")) >= 10
    assert home.picture() == before


def test_secrets_are_readable_by_their_owner_alone(home: Machine) -> None:
    secrets = [home.root / "etc/peerwatt/secrets", home.root / "var/lib/peerwatt/node"]
    files = [path for folder in secrets for path in folder.rglob("*")]
    password = (home.root / "etc/peerwatt/secrets/node.password").read_text().strip()

    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(home.parameters.stat().st_mode) == 0o640
    assert len(password) >= 32
    assert not [
        path
        for path in home.root.rglob("*")
        if path.is_file()
        and path.name != "node.password"
        and password.encode() in path.read_bytes()
    ]


def test_unit_gets_the_password_as_a_credential_and_the_command_uses_it(home: Machine) -> None:
    dropin = home.root / "etc/systemd/system/peerwatt-node.service.d/password.conf"
    place = home.root / "etc/peerwatt/secrets/node.password"
    said = home.ask("account", "qr")

    assert f"LoadCredential=peerwatt-password:{place}" in dropin.read_text()
    assert said.status == 0, said.err
    assert said.out.splitlines()[-1].startswith("0x")


def test_the_utility_is_checked_with_its_own_password(machine: Machine) -> None:
    left = machine.install("--node", "--utility").left
    account = machine.ask("account", "qr", "--role", "utility").out.split()[-1]
    assert any(f"Fund the account of utility, {account}," in step for step in left)

    for words in (("check", "utility"), ("utility", "check")):
        said = machine.ask(*words)
        assert said.status == 1, "no chain is named yet"
        assert f"{account} opens" in said.out


def test_parameters_of_a_person_are_never_overwritten(home: Machine) -> None:
    theirs = f"community: ours\nnode:\n  state_directory: {home.root}/var/lib/peerwatt/node\n"
    home.parameters.write_text(theirs)
    said = home.install("--node", "--relay")

    assert said.status == 0, said.err
    assert home.parameters.read_text() == theirs
    assert not [step for step in said.left if step.startswith(("Edit", "Start"))]


def test_a_role_can_come_later(home: Machine) -> None:
    before = home.picture("var", "etc/peerwatt/parameters.yml")
    said = home.install("--utility")
    after = home.picture("var", "etc/peerwatt/parameters.yml")

    assert said.status == 0, said.err
    assert "unit peerwatt-utility" in said.lines("done")
    assert {name: after[name] for name in before if name != "var/lib/peerwatt"} == {
        name: found for name, found in before.items() if name != "var/lib/peerwatt"
    }
    assert "the parameters have no section utility" in said.out


@pytest.mark.failure(
    part="install",
    failure="the parameters are wrong at a first account",
    person="the problem, and to run it again; all else is installed",
    money="no account is made",
)
def test_wrong_parameters_leave_the_account_to_a_later_run(home: Machine) -> None:
    (home.root / "var/lib/peerwatt/node/keystore.json").unlink()
    good = home.parameters.read_text()
    home.parameters.write_text(f"{good}nonsense: 1\n")
    said = home.install()
    assert said.status == 0
    assert "nonsense: unknown key" in said.out

    home.parameters.write_text(good)
    assert "a new account of node" in home.install().out


@pytest.mark.failure(
    part="install",
    failure="a wheel is not the one of the lock",
    person="which one; nothing of that version is left",
)
def test_a_wheel_with_another_digest_is_refused(machine: Machine, tmp_path: Path) -> None:
    from tests.install.installed import renamed

    broken = renamed(machine.bundle, tmp_path / "broken", "0.1.0-broken")
    wheel = next((broken / "wheels").iterdir())
    wheel.write_bytes(wheel.read_bytes() + b"x")
    said = machine.install("--relay", bundle=broken)

    assert said.status == 1
    assert "DO NOT MATCH THE HASHES" in said.err
    assert list((machine.root / "opt/peerwatt/versions").iterdir()) == []
    assert not (machine.root / "etc/systemd").exists()


@pytest.mark.parametrize(
    "words",
    [(), ("--role", "grid"), ("--whatever",), ("--purge",), ("--offline", "/nowhere")],
    ids=["no role", "unknown role", "unknown word", "purge alone", "no bundle"],
)
def test_words_that_make_no_sense_end_with_2_and_change_nothing(
    machine: Machine, words: tuple[str, ...]
) -> None:
    said = machine.install(*words)

    assert said.status == 2
    assert said.err.startswith("install: ")
    assert list(machine.root.iterdir()) == []
