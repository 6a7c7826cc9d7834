"""The parameters are read by every program of a host, so a secret of one does not belong there."""

from pathlib import Path

import pytest

from node.checks.secrets import secrets_in_file
from node.command_line import main
from node.parameters import load

OPEN = "node: {name: home1, accountpswd: 'hunter2'}\n"
APART = "node: {name: home1, password_file: /nowhere/password}\n"
BOARD = "relay: {pins: [17, 18]}\n"
UTILITY = "utility: {name: grid}\n"


def told(file: Path, text: str, mode: int = 0o640) -> list[str]:
    file.write_text(text)
    file.chmod(mode)
    return [str(finding) for finding in secrets_in_file(load(file), file)]


@pytest.mark.parametrize(
    ("beside", "readers"),
    [
        (BOARD, "the relay"),
        (UTILITY, "the utility"),
        (BOARD + UTILITY, "the relay and the utility"),
    ],
)
def test_a_password_in_the_open_beside_another_role_fails(
    tmp_path: Path, beside: str, readers: str
) -> None:
    (said,) = told(tmp_path / "parameters.yml", OPEN + beside)

    assert said.startswith(f"FAIL  node.accountpswd: it stands in the open, and {readers} can read")
    assert "hunter2" not in said


def test_a_password_in_a_file_that_everybody_reads_fails(tmp_path: Path) -> None:
    (said,) = told(tmp_path / "parameters.yml", OPEN, 0o644)

    assert "every user of this machine can read this file" in said


@pytest.mark.parametrize("text", [OPEN, APART + BOARD + UTILITY, BOARD + UTILITY])
def test_a_home_alone_and_a_password_elsewhere_fail_nothing(tmp_path: Path, text: str) -> None:
    assert told(tmp_path / "parameters.yml", text) == []


@pytest.mark.parametrize("words", [("check",), ("utility", "check")])
def test_both_checks_say_so(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text(OPEN + UTILITY)

    assert main([*words, "--parameters", str(file)]) == 1
    assert "FAIL  node.accountpswd: it stands in the open" in capsys.readouterr().out
