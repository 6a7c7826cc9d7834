"""Backup and restore of an account, its journal and its parameters, by the commands."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.account.vault import lock, unlock
from node.command_line import EX_CONFIG, main
from node.export import Asked, rows_of
from node.keys.account import open_account
from node.ledger.settings import CHAIN_KEY
from node.links.status import ask
from node.state.history.store import HISTORY_NAME
from node.state.journal import JOURNAL_NAME, Journal
from node.system.lock import FileLock
from tests.parts.waiting import until

ROOT = Path(__file__).parents[3]


class Card:
    """Hold one machine's files, and run the commands there."""

    def __init__(self, place: Path, passphrase: str = "a long passphrase") -> None:
        self.place = place
        self.parameters = place / "etc/parameters.yml"
        self.state = place / "state"
        self.keystore = self.state / "keystore.json"
        self.journal = self.state / JOURNAL_NAME
        self.passphrase = place / "passphrase"
        self.parameters.parent.mkdir(parents=True)
        self.passphrase.write_text(passphrase + "\n")

    def settle(self) -> str:
        """Write parameters, make an account and a journal that knows its chain."""
        self.parameters.write_text(
            "node:\n"
            "  name: home7\n"
            f"  state_directory: {self.state}\n"
            f"  password_file: {self.state}/password\n"
        )
        assert self.run("account", "new") == 0
        journal = Journal(self.journal)
        journal.open()
        journal.put(CHAIN_KEY, "31337 0xab 0xcd", durable=True)
        journal.put("registers.load", "12", durable=True)
        journal.close()
        return self.address

    @property
    def address(self) -> str:
        password = (self.state / "password").read_text().strip()
        return open_account(self.keystore, password).account

    def run(self, *words: str) -> int:
        return main([*words, "--parameters", str(self.parameters)])

    def backup(self, file: Path) -> int:
        return self.run("backup", str(file), "--passphrase-file", str(self.passphrase))

    def restore(self, file: Path, *words: str) -> int:
        return self.run("restore", str(file), "--passphrase-file", str(self.passphrase), *words)

    def texts(self) -> dict[str, str]:
        journal = Journal(self.journal)
        journal.open()
        try:
            return dict(journal.items(""))
        finally:
            journal.close()

    def picture(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.place.rglob("*") if path.is_file()}


@pytest.fixture
def card(tmp_path: Path) -> Card:
    card = Card(tmp_path / "card")
    card.settle()
    return card


def wiped(card: Card) -> None:
    for path in (card.keystore, card.journal, card.parameters, card.state / "password"):
        path.unlink()
    # Only a card whose programs have run has one.
    (card.state / HISTORY_NAME).unlink(missing_ok=True)


@pytest.mark.failure(
    part="file",
    failure="the card is lost, and there is a backup",
    person="all is back, the account under a new password",
    money="the same account",
)
def test_what_was_backed_up_is_back_on_a_new_card(card: Card, tmp_path: Path) -> None:
    file, address = tmp_path / "home7.backup", card.address
    parameters, password = card.parameters.read_text(), (card.state / "password").read_text()
    assert card.backup(file) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    wiped(card)
    assert card.restore(file) == 0

    assert card.address == address
    assert card.parameters.read_text() == parameters
    assert (card.state / "password").read_text() != password
    assert card.keystore.stat().st_mode & 0o777 == 0o600


def test_restored_journal_knows_its_counts_and_waits_out_what_may_be_under_way(
    card: Card, tmp_path: Path
) -> None:
    """Without the chain's key in it, the ledger sends nothing before its nonces are settled."""
    assert card.backup(tmp_path / "backup") == 0
    wiped(card)
    assert card.restore(tmp_path / "backup") == 0

    assert card.texts() == {"registers.load": "12"}


def test_backup_shows_nothing_without_its_passphrase(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    password = (card.state / "password").read_text().strip()
    for secret in (password, "home7", json.loads(card.keystore.read_text())["id"], card.address):
        assert secret.encode() not in file.read_bytes()
    before = card.picture()
    card.passphrase.write_text("another passphrase\n")

    assert card.restore(file, "--overwrite") == 1
    assert "does not open it" in capsys.readouterr().err
    card.passphrase.write_text("a long passphrase\n")
    assert card.picture() == before


@pytest.mark.failure(
    part="file",
    failure="a backup is restored over what is there",
    person="refused, unless `--overwrite` is given",
)
def test_nothing_is_overwritten_unless_told_and_then_it_is_kept(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, address = tmp_path / "backup", card.address
    assert card.backup(file) == 0
    card.keystore.unlink()
    assert card.run("account", "new") == 0
    newer, before = card.keystore.read_bytes(), card.picture()
    assert card.restore(file) == 1
    assert "there already" in capsys.readouterr().err
    assert card.picture() == before

    assert card.restore(file, "--overwrite") == 0
    assert card.address == address
    (aside,) = card.state.glob("keystore.json.replaced-*")
    assert aside.read_bytes() == newer
    assert not list(card.place.rglob("*.restored*"))


@pytest.mark.failure(
    part="file",
    failure="a backup is restored while the node runs",
    person="`another process uses it`; nothing is changed",
)
@pytest.mark.parametrize("held", ["keystore.json", f"{JOURNAL_NAME}.lock"])
def test_nothing_is_restored_under_a_running_node(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str], held: str
) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    before = card.picture()
    running = FileLock(card.state / held)
    running.acquire(create=False)
    assert card.restore(file, "--overwrite") == 1
    running.release()

    assert "another process uses it" in capsys.readouterr().err
    assert card.picture() == before


def test_restore_needs_no_parameters_on_the_new_card_but_good_ones_in_the_file(
    card: Card, tmp_path: Path
) -> None:
    file, phrase = tmp_path / "backup", "a long passphrase"
    assert card.backup(file) == 0
    kept = json.loads(unlock(file.read_bytes(), phrase))
    file.write_bytes(lock(json.dumps(kept | {"parameters": "nonsense: 1"}).encode(), phrase))
    wiped(card)

    assert card.restore(file) == EX_CONFIG
    assert not card.keystore.exists()


def test_an_older_backup_stays_as_it_is(card: Card, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    before = file.read_bytes()

    assert card.backup(file) == 1
    assert file.read_bytes() == before


def test_without_a_terminal_and_a_file_nobody_is_asked(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert card.run("backup", str(tmp_path / "backup")) == 1
    assert "--passphrase-file" in capsys.readouterr().err
    assert not (tmp_path / "backup").exists()


@contextlib.contextmanager
def a_running_node(card: Card, *words: str) -> Iterator[None]:
    with (card.place / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "node", *words, "run", "--parameters", str(card.parameters)],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: (card.state / "status.sock").exists(), "it runs", 120)
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_a_running_node_gives_its_journal_itself(card: Card, tmp_path: Path) -> None:
    """It holds the file for itself alone, and has counts in memory that are not in it yet."""
    file = tmp_path / "backup"
    with a_running_node(card):
        assert card.backup(file) == 0
        assert ask(card.state, {"do": "status"})
    assert list(card.state.glob("*.copy")) == []
    wiped(card)

    assert card.restore(file) == 0
    assert card.texts()["registers.load"] == "12"
    assert (card.state / HISTORY_NAME).stat().st_mode & 0o077 == 0
    (started,) = rows_of(card.state, Asked(what="events", from_s=0.0, to_s=2.0**40))
    assert started["state"] == "started"


def test_a_running_utility_gives_its_journal_itself(card: Card, tmp_path: Path) -> None:
    """It holds the file for itself alone, as a node does."""
    file = tmp_path / "backup"
    card.parameters.write_text(
        f"utility:\n  name: grid\n  state_directory: {card.state}\n"
        f"  password_file: {card.state}/password\n"
    )
    with a_running_node(card, "utility"):
        words = ("--role", "utility", "--passphrase-file", str(card.passphrase))
        assert card.run("backup", str(file), *words) == 0
        assert ask(card.state, {"do": "status"})
    assert list(card.state.glob("*.copy")) == []
    wiped(card)

    assert card.restore(file) == 0
    assert card.texts()["registers.load"] == "12"


def test_a_backup_of_another_role_is_refused_by_name(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its account would be sealed with the other one's password."""
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    wiped(card)

    assert card.restore(file, "--role", "utility") == 1
    assert "it is a backup of the role node: --role node" in capsys.readouterr().err
    assert not card.keystore.exists()


def test_a_backup_and_its_parameters_can_be_handed_on(card: Card, tmp_path: Path) -> None:
    """Whoever asks may write where the program may not, and the other way round."""
    words = [sys.executable, "-m", "node"]
    ending = ["--passphrase-file", card.passphrase, "--parameters", card.parameters]
    sealed = subprocess.run(
        [*words, "backup", "-", *ending], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    (tmp_path / "backup").write_bytes(sealed)
    parameters, address = card.parameters.read_bytes(), card.address
    wiped(card)
    handed = subprocess.run(
        [*words, "restore", tmp_path / "backup", "--parameters-out", *ending],
        cwd=ROOT, stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip

    assert handed == parameters
    assert not card.parameters.exists()
    card.parameters.write_bytes(handed)
    assert card.address == address


@pytest.mark.parametrize("written", [b"\xef\xbb\xbf\r\n", b"", b"              \n", b"\t" * 12])
def test_an_empty_passphrase_is_refused_before_anything_is_written(
    card: Card, tmp_path: Path, written: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    card.passphrase.write_bytes(written)
    assert card.backup(tmp_path / "backup") == 1

    assert "nothing, or of blanks, keeps nobody out" in capsys.readouterr().err
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("odd", ["folder", "pipe"])
def test_what_is_no_file_is_replaced_by_none(
    card: Card, tmp_path: Path, odd: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--parameters /dev/full` moved the device away."""
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    card.parameters.unlink()
    if odd == "folder":
        card.parameters.mkdir()
    else:
        os.mkfifo(card.parameters)
    keystore = card.keystore.read_bytes()

    assert card.restore(file, "--overwrite") == 1
    told = capsys.readouterr().err
    assert f"{card.parameters}: there already, and no file that could be replaced" in told
    assert not card.parameters.is_file()
    assert card.keystore.read_bytes() == keystore


def test_two_replacements_in_one_second_keep_both(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    monkeypatch.setattr("node.account.restore.time.time", lambda: 1_000_000.0)
    assert card.restore(file, "--overwrite") == 0
    assert card.restore(file, "--overwrite") == 0

    kept = sorted(path.name for path in card.state.glob("keystore.json.replaced-*"))
    assert kept == ["keystore.json.replaced-1000000", "keystore.json.replaced-1000001"]


def test_what_is_no_backup_is_told_with_the_file(
    card: Card, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "letter"
    file.write_text("dear bank\n")
    assert card.restore(file) == 1

    assert f"{file}: this is no backup of Peerwatt's" in capsys.readouterr().err
