"""`python -m node account`: each role's own account, and its address for a wallet's camera."""

from pathlib import Path

import pytest

from node.account.qr import drawn
from node.command_line import main


def parameters(directory: Path) -> Path:
    file = directory / "parameters.yml"
    file.write_text(
        "node:\n"
        f"  state_directory: {directory}/node\n"
        f"  password_file: {directory}/node/password\n"
        "utility:\n"
        f"  state_directory: {directory}/utility\n"
        f"  password_file: {directory}/utility/password\n"
    )
    return file


def account(file: Path, *words: str) -> int:
    return main(["account", *words, "--parameters", str(file)])


def test_each_role_has_an_account_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = parameters(tmp_path)
    addresses = []
    for role in ("node", "utility"):
        assert account(file, "new", "--role", role) == 0
        assert account(file, "qr", "--role", role) == 0
        addresses.append(capsys.readouterr().out.splitlines()[-1])

    assert len(set(addresses)) == 2
    assert (tmp_path / "utility/keystore.json").exists()


def test_utility_that_the_file_does_not_name_has_no_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text("community: street\n")
    assert account(file, "new", "--role", "utility") == 1

    assert "no section utility" in capsys.readouterr().err


def test_a_code_is_square_and_another_for_another_address() -> None:
    one, other = drawn("0x" + "11" * 20), drawn("0x" + "12" * 20)
    lines = one.splitlines()

    assert one != other
    assert len({len(line) for line in lines}) == 1
    # Two rows of the code stand in one line of text.
    assert 2 * len(lines) - len(lines[0]) in (0, 1)
