"""`setup`: a new home's file, account and check; what is there stays as it is."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from node.command_line import EX_CONFIG, main
from node.keys.account import open_account
from node.parameters import load

COMMUNITY = "community: village\nrelay: {host: 127.0.0.1, port: 9}\n"
SENSORS = (
    "--sensor", "gauge=chip:max17048", "--sensor", "load=chip:ina219,address:0x40,feeds:load",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "community.yml").write_text(COMMUNITY)
    return tmp_path


def words(place: Path, *more: str) -> list[str]:
    own = ("--state-directory", str(place / "state"), "--password-file", str(place / "password"))
    return ["setup", "--parameters", str(place / "parameters.yml"), *own, *more]


def test_a_home_is_set_up_by_options_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--name", "home1", "--role", "consumer", "--battery-wh", "500", *SENSORS)
    assert main(words(place, *given)) == 1

    found = load(place / "parameters.yml")
    assert (found.community, found.node.name, found.node.role) == ("village", "home1", "consumer")
    assert found.node.sensors["load"].address == 0x40
    assert found.node.sensors["gauge"].chip == "max17048"
    account = open_account(found.node.keystore, (place / "password").read_text().strip())
    told = capsys.readouterr().out
    assert f"well  account: {account.account} opens" in told
    assert "to mend" in told


def test_what_is_there_is_never_written_over(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place / "parameters.yml"
    file.write_text("mine\n")

    assert main(words(place, "--name", "home1", "--role", "consumer", *SENSORS)) == 1

    assert "exists already and is left as it is" in capsys.readouterr().err
    assert file.read_text() == "mine\n"
    assert {path.name for path in place.iterdir()} == {"community.yml", "parameters.yml"}


@pytest.mark.parametrize(
    ("more", "status", "why"),
    [
        (("--name", "a b", "--role", "consumer", *SENSORS), EX_CONFIG, "node.name: a b on line 3"),
        (("--role", "consumer", *SENSORS), 1, "--name: it must be given"),
        (("--name", "home1", "--role", "member"), 1, "--sensor: it must be given"),
        (("--name", "h", "--role", "member", "--sensor", "x"), 1, "--sensor 'x': NAME=chip:CHIP"),
        (
            ("--name", "h", "--role", "consumer", "--sensor", "x=chip:none"),
            EX_CONFIG,
            "node.sensors.x.chip: none on line",
        ),
        (
            ("--name", "h", "--role", "consumer", "--include", "none.yml", *SENSORS),
            EX_CONFIG,
            "include: none.yml on line 1",
        ),
    ],
)
def test_what_makes_no_home_is_said_and_nothing_is_written(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    status: int,
    why: str,
) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert main(words(place, *more)) == status

    assert why in capsys.readouterr().err
    assert {path.name for path in place.iterdir()} == {"community.yml"}


def test_a_file_goes_again_where_the_account_cannot_be_made(place: Path) -> None:
    (place / "password").mkdir()

    assert main(words(place, "--name", "home1", "--role", "consumer", *SENSORS)) == 1

    assert not (place / "parameters.yml").exists()


def test_what_is_not_given_is_asked_for_at_a_terminal(place: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"home1\nproducer\ngauge=chip:max17048\n\n")
    command = [sys.executable, "-m", "node", *words(place)]
    done = subprocess.run(
        command, stdin=theirs, capture_output=True, text=True, timeout=300, check=False
    )
    os.close(ours)
    os.close(theirs)

    assert "The home's name" in done.stderr
    found = load(place / "parameters.yml")
    assert (found.node.name, found.node.role) == ("home1", "producer")
    assert set(found.node.sensors) == {"gauge"}
