"""What somebody else has planted in a state directory leads a backup or a restore nowhere."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from node.account.vault import unlock
from node.state.journal import JOURNAL_NAME
from tests.node.account.test_backup import Card, card, wiped

__all__ = ["card"]

NOBODY = 65534
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """A file of somebody else's: its text, mode and owner must stay as they are."""
    path = tmp_path / "treasure"
    path.write_text("treasure")
    path.chmod(0o604)
    return path


def state_of(path: Path) -> tuple[str, int, int, int]:
    found = path.stat()
    return path.read_text(), found.st_mode & 0o777, found.st_uid, found.st_gid


def given_away(card: Card, *more: Path) -> None:
    """Give the state directory to a user of its own, as on a Pi; only root can."""
    if IS_ROOT:
        for path in (card.state, *card.state.iterdir(), *more):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        for path in [card.state, *card.state.parents]:
            if path.stat().st_mode & 0o001 == 0:
                path.chmod(path.stat().st_mode | 0o011)


@contextmanager
def false_program(card: Card, answer: str) -> Iterator[None]:
    """Answer at the status socket whatever is asked."""
    server = socket.socket(socket.AF_UNIX)
    with chdir(card.state):
        server.bind("status.sock")
    (card.state / "status.sock").chmod(0o777)
    server.listen()

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                link.recv(1024)
                link.sendall(json.dumps({"answer": answer}).encode() + b"\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def test_a_link_at_the_journals_lock_hands_no_file_over(
    card: Card, tmp_path: Path, treasure: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = card.state / f"{JOURNAL_NAME}.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to(treasure)
    given_away(card)
    before = state_of(treasure)

    assert card.backup(tmp_path / "backup") == 1
    assert "it is a link" in capsys.readouterr().err
    assert state_of(treasure) == before
    assert not (tmp_path / "backup").exists()


def test_a_link_at_the_journals_lock_makes_no_file(card: Card, tmp_path: Path) -> None:
    lock = card.state / f"{JOURNAL_NAME}.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to(tmp_path / "made")
    given_away(card)

    assert card.backup(tmp_path / "backup") == 1
    assert not (tmp_path / "made").exists()


def test_a_false_program_at_the_socket_has_no_file_read_or_deleted(
    card: Card, tmp_path: Path, treasure: Path
) -> None:
    before = state_of(treasure)
    with false_program(card, str(treasure)):
        given_away(card)
        assert card.backup(tmp_path / "backup") == 1

    assert state_of(treasure) == before
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("running", [True, False])
def test_a_link_at_the_journals_copy_is_not_followed(
    card: Card, tmp_path: Path, treasure: Path, running: bool
) -> None:
    before = state_of(treasure)
    (card.state / "journal.copy").symlink_to(treasure)
    if running:
        with false_program(card, str(card.state / "journal.copy")):
            given_away(card)
            assert card.backup(tmp_path / "backup") == 1
    else:
        given_away(card)
        assert card.backup(tmp_path / "backup") == 0
        sealed = unlock((tmp_path / "backup").read_bytes(), "a long passphrase")
        assert b"treasure" not in sealed

    assert state_of(treasure) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root can read what it should not")
@pytest.mark.parametrize("planted", ["keystore.json", JOURNAL_NAME])
def test_a_link_to_what_its_owner_may_not_read_is_not_read_for_him(
    card: Card, tmp_path: Path, treasure: Path, planted: str
) -> None:
    card.state.joinpath(planted).rename(treasure)
    treasure.chmod(0o600)
    (card.state / planted).symlink_to(treasure)
    given_away(card)
    before = treasure.read_bytes()

    assert card.backup(tmp_path / "backup") == 1
    assert treasure.read_bytes() == before
    assert treasure.stat().st_uid == 0


def test_a_link_at_the_backups_own_name_is_not_written_through(
    card: Card, tmp_path: Path, treasure: Path
) -> None:
    before = state_of(treasure)
    (tmp_path / "to-treasure").symlink_to(treasure)
    (tmp_path / "to-nothing").symlink_to(tmp_path / "nothing")

    assert card.backup(tmp_path / "to-treasure") == 1
    assert card.backup(tmp_path / "to-nothing") == 1
    assert state_of(treasure) == before
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("planted", ["keystore.json", JOURNAL_NAME])
def test_a_restore_follows_no_link_where_its_files_are_to_be(
    card: Card, tmp_path: Path, treasure: Path, planted: str
) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    wiped(card)
    for name in (planted, f"{planted}.restored", f"{planted}.restored.lock"):
        (card.state / name).symlink_to(treasure)
    given_away(card)
    before = state_of(treasure)

    card.restore(file, "--overwrite")
    assert state_of(treasure) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root acts for others")
def test_what_root_restores_belongs_to_whose_folder_it_is(card: Card, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert card.backup(file) == 0
    wiped(card)
    given_away(card)
    assert card.restore(file) == 0

    made = {path.name: path.stat() for path in card.state.iterdir()}
    assert {found.st_uid for found in made.values()} == {NOBODY}
    assert made["keystore.json"].st_mode & 0o777 == 0o600
    assert card.parameters.stat().st_uid == 0
    assert card.parameters.stat().st_mode & 0o777 == 0o640
    assert os.geteuid() == 0
