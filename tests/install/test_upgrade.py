"""--upgrade: to a version that accepts the parameters, and back from one that does not."""

from pathlib import Path

import pytest

from tests.install.installed import Machine, renamed

KEPT = ("etc/peerwatt", "var/lib/peerwatt", "etc/systemd")


@pytest.fixture
def newer(bundle: Path, tmp_path: Path) -> Path:
    return renamed(bundle, tmp_path / "newer", "0.2.0-newer")


def test_upgrade_changes_the_version_and_nothing_of_the_persons(home: Machine, newer: Path) -> None:
    before = home.picture(*KEPT)
    said = home.install("--upgrade", bundle=newer)

    assert said.status == 0, said.out + said.err
    assert home.version == "0.2.0-newer"
    assert home.picture(*KEPT) == before
    assert said.lines("done")[-1] == (
        "upgraded from 0.1.0-first to 0.2.0-newer; parameters, accounts and journal as they were"
    )
    assert home.install("--upgrade", bundle=newer).lines("already") == [
        "version 0.2.0-newer in use"
    ]


def test_install_of_another_version_asks_for_an_upgrade(home: Machine, newer: Path) -> None:
    before = home.picture()
    said = home.install("--node", "--relay", bundle=newer)

    assert said.status == 1
    assert "--upgrade changes it to 0.2.0-newer" in said.err
    assert home.picture() == before


@pytest.mark.failure(
    part="install",
    failure="the new version refuses the parameters",
    person="the problem; `rolled back`, and exit 1",
)
def test_a_version_that_refuses_the_parameters_is_rolled_back(home: Machine, newer: Path) -> None:
    """The relay's check ends with 78, the home's would, too."""
    home.parameters.write_text(home.parameters.read_text() + "nonsense: 1\n")
    before = home.picture(*KEPT, "opt/peerwatt/versions/0.1.0-first/share")
    said = home.install("--upgrade", bundle=newer)

    assert said.status == 1
    assert "nonsense: unknown key" in said.out
    assert "rolled back to version 0.1.0-first; version 0.2.0-newer removed" in said.lines("done")
    assert home.version == "0.1.0-first"
    assert {path.name for path in (home.root / "opt/peerwatt/versions").iterdir()} == {
        "0.1.0-first"
    }
    assert home.picture(*KEPT, "opt/peerwatt/versions/0.1.0-first/share") == before


@pytest.mark.failure(
    part="install",
    failure="the new version's check crashes",
    person="its last words; `rolled back`, and exit 1",
)
def test_a_check_that_crashes_is_no_check_that_found_something_to_mend(
    home: Machine, newer: Path
) -> None:
    """Both end with 1; only the check's own last line tells them apart."""
    command = newer / "install/peerwatt"
    command.write_text("#!/bin/bash\necho ImportError: no module >&2\nexit 1\n")
    said = home.install("--upgrade", bundle=newer)

    assert said.status == 1
    assert "ImportError" in said.out
    assert home.version == "0.1.0-first"
    assert home.ask("account", "qr").status == 0


def test_upgrade_of_nothing_is_refused(machine: Machine) -> None:
    said = machine.install("--upgrade")

    assert said.status == 1
    assert "nothing is installed here" in said.err
    assert list(machine.root.iterdir()) == []


def test_uninstall_keeps_what_is_the_persons_and_purge_nothing(home: Machine) -> None:
    mine = home.picture("etc/peerwatt", "var/lib/peerwatt")
    said = home.install("--uninstall")
    assert said.status == 0, said.err
    assert home.picture("etc/peerwatt", "var/lib/peerwatt") == mine
    assert not (home.root / "opt/peerwatt").exists()
    assert not list((home.root / "etc/systemd/system").glob("**/*.service"))
    assert home.install("--uninstall").lines("done") == []

    assert home.install("--uninstall", "--purge").status == 0
    left = [path for path in home.root.rglob("*") if "peerwatt" in path.name]
    assert left == []


def test_what_was_uninstalled_comes_back_with_its_account(home: Machine) -> None:
    address = home.ask("account", "qr").out.splitlines()[-1]
    home.install("--uninstall")
    said = home.install("--node")

    assert said.status == 0, said.err
    assert f"account of node: {address}" in said.lines("already")
