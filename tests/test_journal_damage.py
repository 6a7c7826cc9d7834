"""A journal that is damaged, of another version, or has no place: said, and never obeyed."""

import sqlite3
from pathlib import Path

import pytest

from node.journal import Journal
from node.journal_file import JournalUnwritable
from tests.factories_journal import attempt


@pytest.mark.failure(
    part="journal",
    failure="the journal is no database any more",
    person="the old file beside the new one, named `unreadable`",
    money="no promise is known",
)
def test_unreadable_journal_is_kept_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database, and long enough to be taken for a damaged one" * 40)
    journal = Journal(path)
    journal.open()

    assert journal.live() == ()
    journal.put("x", "1", durable=True)
    journal.close()
    assert [p for p in path.parent.iterdir() if "unreadable" in p.name]


@pytest.mark.failure(
    part="journal",
    failure="the journal is of a later version (a downgrade)",
    person="refused by its number, and left as it is",
)
def test_journal_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    journal.open()
    journal.close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(JournalUnwritable, match="schema 99"):
        Journal(path).open()
    with pytest.raises(JournalUnwritable, match="schema 99"):
        Journal(path).open()


@pytest.mark.failure(
    part="journal",
    failure="the journal's directory cannot be made",
    person="a named error",
)
def test_directory_that_cannot_be_made_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalUnwritable):
        Journal(tmp_path / "file" / "journal.db").open()


@pytest.mark.failure(
    part="journal",
    failure="the journal is corrupt within a row",
    person="a named error",
    money="the damaged promise is not obeyed",
)
def test_damage_within_a_row_is_said_and_not_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    journal.open()
    journal.prepare("OpenOrder 1", "{}", attempt())
    journal.put("key", "text", durable=True)
    journal.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE attempts SET fee_wei = 'x'")
        database.execute("UPDATE store SET value = CAST(x'ff' AS TEXT)")
    database.close()

    journal.open()
    with pytest.raises(JournalUnwritable):
        journal.live()
    with pytest.raises(JournalUnwritable):
        journal.get("key")
    journal.close()


def test_damage_that_sqlite_cannot_even_name_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    journal.open()
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"NOT NULL REFERENCES", b"NOT NULL\xecREFERENCES"))

    journal.open()
    assert journal.live() == ()
    journal.close()

    assert len(list(tmp_path.glob("journal.db.unreadable-*"))) == 1
