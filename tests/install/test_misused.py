"""Words of install.sh and of the command that contradict each other or lack one: a sentence."""

import subprocess
from pathlib import Path

import pytest

from tests.install.installed import ROOT, SCRIPT, environment

COMMAND = ROOT / "install/peerwatt"


def told(script: Path, root: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", str(script), *words],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        env=environment(root),
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--role"], "--role takes a word behind it"),
        (["--offline"], "--offline takes a word behind it"),
        (["--role", ""], "a role is missing: node, relay, utility or page"),
        (["--role", "node,foo"], "there is no role foo"),
        (["--role", "NODE"], "there is no role NODE"),
        (["--uninstall", "--upgrade"], "--upgrade or --uninstall, not both"),
        (["--node", "--broker", "--no-broker"], "--broker or --no-broker, not both"),
        (["--uninstall", "--node"], "--uninstall is of all roles that are installed: name none"),
        (["--upgrade", "--role=relay"], "--upgrade is of all roles that are installed: name none"),
        (["--upgrade", "--no-broker"], "--upgrade leaves the broker as it is"),
        (["--purge"], "--purge goes with --uninstall"),
        (["node"], "what is node?"),
    ],
)
def test_the_installer_refuses_them_and_touches_nothing(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    status, said = told(SCRIPT, tmp_path, *words)

    assert status == 2
    assert said.startswith(f"install: {sentence}")
    assert list(tmp_path.iterdir()) == []


def test_the_same_twice_is_no_contradiction(tmp_path: Path) -> None:
    status, said = told(SCRIPT, tmp_path, "--upgrade", "--upgrade", "--role")

    assert (status, said.splitlines()[0]) == (2, "install: --role takes a word behind it")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["check"], "no role is installed here"),
        (["check", "foo"], "no foo is installed here"),
        (["check", "relay"], "no relay is installed here"),
        (["backup"], "name a file"),
        (["backup", "FILE", "--passphrase-file"], "--passphrase-file takes a word behind it"),
        (["restore", "FILE", "--role"], "--role takes a word behind it"),
    ],
)
def test_the_command_refuses_them_in_a_sentence(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    assert told(COMMAND, tmp_path, *words) == (2, f"peerwatt: {sentence}\n")
