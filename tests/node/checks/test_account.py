"""`check` mends an account by what is wrong with it: each cause has a remedy of its own."""

import sys
from pathlib import Path

import pytest

from node.checks.account import open_account
from node.keys.account import create_account, write_private
from node.parameters import parse
from node.parameters.scheme import Parameters

PASSWORD = "correct horse"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Make an account and its password file."""
    create_account(tmp_path / "keystore.json", PASSWORD)
    write_private(tmp_path / "password", PASSWORD + "\n")
    return tmp_path


def home(directory: Path, extra: str = "") -> Parameters:
    text = f"""
node:
  state_directory: {directory}
  password_file: {directory}/password
  {extra}
"""
    return parse(text, "parameters.yml")


def failure(directory: Path, extra: str = "") -> str:
    account, finding = open_account(home(directory, extra), "node", Path("parameters.yml"))
    assert account is None
    assert finding.fails
    return str(finding)


def test_an_account_that_opens_is_well(files):
    account, finding = open_account(home(files), "node", Path("parameters.yml"))

    assert account is not None
    assert str(finding) == f"well  account: {account.account} opens"


def test_a_wrong_password_gets_no_new_account(files):
    (files / "password").write_text("another\n")

    said = failure(files)

    assert "the password does not open this keystore -> they are no pair: bring" in said
    assert "account new" not in said


def test_a_password_that_others_may_read_gets_its_mode_mended(files):
    (files / "password").chmod(0o644)

    said = failure(files)

    assert said.endswith(f"-> chmod 600 {files}/password")


def test_an_empty_password_is_to_be_written(files):
    (files / "password").write_text("")

    assert failure(files).endswith(f"into {files}/password, as its first line")


def test_a_password_that_is_lost_is_brought_back_and_no_account_is_made(files):
    (files / "password").unlink()

    said = failure(files)

    assert said.endswith(
        f"-> bring {files}/password back from the backup that {files}/keystore.json is of"
    )


def test_a_damaged_keystore_is_brought_back(files):
    (files / "keystore.json").write_text("{}")

    assert failure(files).endswith(f"-> bring {files}/keystore.json back from a backup")


def test_another_account_than_the_named_one_is_told(files):
    said = failure(files, "address: '0x240113C65c3d72F891d5873aE522BC02C969F1c5'")

    assert "not 0x240113C65c3d72F891d5873aE522BC02C969F1c5 -> set node.address" in said


@pytest.mark.parametrize("has_password", [True, False])
def test_only_where_there_is_no_keystore_an_account_is_made(files, has_password):
    (files / "keystore.json").unlink()
    if not has_password:
        (files / "password").unlink()

    assert failure(files).endswith("-> python -m node account new --parameters parameters.yml")


def test_no_command_of_a_checkout_is_named_on_an_installed_pi(files, monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/opt/peerwatt/versions/0.1.0")
    (files / "keystore.json").unlink()

    said = failure(files)

    assert "python -m" not in said
    assert "sudo ./install.sh --node makes one" in said
