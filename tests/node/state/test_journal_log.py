"""What the journal spares the card, and that it costs nothing that was kept."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.state.file import LOG_BYTES, LOG_PAGES, JournalUnwritable
from node.state.journal import Journal
from node.state.promise import PromiseState
from tests.factories.journal import attempt, copied, inclusion, on_disk, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


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


def test_a_promise_takes_along_what_waits(journal: Journal, path: Path) -> None:
    journal.put("kept", "1", durable=True)
    journal.put("gone", "1", durable=True)
    first = journal.prepare("OpenOrder 1", "{}", attempt(0))
    journal.mark(first.id, PromiseState.CONFIRMED, inclusion(100))
    journal.put("spent", "2", durable=False)
    journal.put("kept", "3", durable=False)
    journal.put("gone", None, durable=False)

    journal.prepare("OpenOrder 2", "{}", attempt(1))

    assert on_disk(path) == {"spent": "2", "kept": "3"}
    lost = Journal(copied(path))
    lost.open()
    assert [p.identity for p in lost.live()] == ["OpenOrder 2"]
    lost.close()


def test_a_promise_that_is_refused_by_the_disk_takes_nothing_along(
    journal: Journal, path: Path
) -> None:
    journal.put("spent", "2", durable=False)
    connection = journal._file.database
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnwritable):
        journal.prepare("OpenOrder 1", "{}", attempt())
    connection.execute("PRAGMA query_only = OFF")

    assert on_disk(path) == {}
    journal.flush()
    assert on_disk(path) == {"spent": "2"}
    assert journal.live() == ()


def test_where_only_marks_wait_a_flush_writes_nothing_and_the_end_does(
    journal: Journal, path: Path
) -> None:
    promise = journal.prepare("OpenOrder 1", "{}", attempt())
    journal.mark(promise.id, PromiseState.CONFIRMED, inclusion(100))
    journal.flush()
    lost = Journal(copied(path))
    lost.open()
    assert [p.state for p in lost.live()] == [PromiseState.PREPARED]
    lost.close()

    journal.close()
    journal.open()
    assert [p.inclusion for p in journal.confirmed_since(0)] == [inclusion(100)]
