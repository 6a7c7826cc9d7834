"""What the journal spares the card, and that it costs nothing that was kept."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.journal import Journal
from node.journal_file import LOG_BYTES, LOG_PAGES
from tests.factories_journal import attempt, on_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    journal.open()
    yield journal
    journal.close()


def test_log_is_as_long_as_it_grows_from_the_start(journal: Journal, path: Path) -> None:
    """To lengthen it at each change would cost the card more than the change itself."""
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size == LOG_BYTES

    for number in range(LOG_PAGES):
        journal.put(f"k{number % 9}", str(number), durable=True)

    assert log.stat().st_size == LOG_BYTES
    assert on_disk(path)["k3"] == str(LOG_PAGES - 1)


def test_log_that_was_reserved_and_never_written_is_an_empty_one(path: Path) -> None:
    journal = Journal(path)
    journal.open()
    journal.put("a", "1", durable=True)
    journal.close()
    path.with_name(path.name + "-wal").write_bytes(bytes(LOG_BYTES))

    again = Journal(path)
    again.open()
    assert again.items("") == {"a": "1"}
    again.close()


def test_indexes_of_earlier_journals_are_dropped_and_nothing_else(
    journal: Journal, path: Path
) -> None:
    journal.prepare("OpenOrder 1", "{}", attempt())
    journal.close()
    with sqlite3.connect(path) as database:
        database.execute("CREATE INDEX promises_by_identity ON promises (identity)")
        database.execute("CREATE INDEX attempts_by_promise ON attempts (promise)")
    database.close()

    journal.open()
    journal.close()
    with sqlite3.connect(path) as database:
        kept = database.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    database.close()
    assert kept == [("attempts",), ("promises",), ("store",)]
    journal.open()
    assert [p.attempts for p in journal.live()] == [(attempt(),)]
