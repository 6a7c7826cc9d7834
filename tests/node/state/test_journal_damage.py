"""A journal that is damaged, of another version, or has no place: said, and never obeyed."""

import sqlite3
from pathlib import Path

import pytest

from node.state.file import JournalUnwritable
from node.state.journal import Journal
from tests.factories.journal import attempt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Journal:
    """A journal that is open; each test closes it, to do damage."""
    journal = Journal(path)
    journal.open()
    return journal


@pytest.mark.failure(
    part="journal",
    failure="the journal is no database any more",
    person="the old file beside the new one, named `unreadable`",
    money="no promise is known",
)
def test_unreadable_journal_is_kept_aside_and_a_new_one_begun(path: Path) -> None:
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
def test_journal_of_a_later_version_is_refused_and_left_alone(journal: Journal, path: Path) -> None:
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
    failure="the journal is corrupt within a promise",
    person="a named error",
    money="the damaged promise is not obeyed",
)
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE attempts SET fee_wei = 'x'",
        "UPDATE attempts SET fee_wei = CAST(x'39ff' AS TEXT)",
        "UPDATE promises SET state = 'prepbred'",
    ],
)
def test_damage_within_a_promise_is_said_and_not_obeyed(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    journal.open()
    journal.prepare("OpenOrder 1", "{}", attempt())
    journal.close()
    with sqlite3.connect(path) as database:
        database.execute(damage)
    database.close()

    journal.open()
    with pytest.raises(JournalUnwritable, match="cannot be read"):
        journal.live()
    journal.close()


def test_damage_within_a_text_hides_no_other_text(journal: Journal, path: Path) -> None:
    journal.put("a", "text", durable=True)
    journal.put("b", "text", durable=True)
    journal.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE store SET value = CAST(x'74ff74' AS TEXT) WHERE key = 'a'")
    database.close()

    journal.open()
    assert journal.items("") == {"a": "t\ufffdt", "b": "text"}
    assert journal.get("a") == "t\ufffdt"
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
