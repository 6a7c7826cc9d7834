"""A history's file: what is added is read, and what a cut takes is an hour at most."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from node.state.file import JournalUnwritable
from node.state.history.store import HISTORY_NAME, MOST_ROWS, MOST_TRIMMED, HistoryStore
from node.state.history.tables import Marks, Row, Table

DAY_S = 86_400


def numbered(row: Row, marks: Marks) -> tuple[Row | None, Marks]:
    """Give each row the next number; a row that is none is left out."""
    number = marks.get("number", 0) + 1
    return (None, marks) if row.get("skip") else ({**row, "number": number}, {"number": number})


LINES = Table(
    name="lines",
    columns={"text": "TEXT", "list": "JSON", "number": "INTEGER"},
    kept_s=DAY_S,
    most_rows=100,
    finish=numbered,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / HISTORY_NAME


@pytest.fixture
def store(path: Path):
    store = HistoryStore(path, (LINES,))
    store.open()
    yield store
    store.close()


def texts(store: HistoryStore, from_ms: int = 0, to_ms: int = 2**50) -> list[str]:
    return [row["text"] for row in store.page("lines", from_ms, to_ms).rows]


def test_what_is_added_is_read_newest_first_and_by_its_end(store: HistoryStore) -> None:
    for at_ms, text in ((1_000, "one"), (3_000, "three"), (2_000, "two")):
        store.add("lines", at_ms, {"text": text, "list": [at_ms]})

    assert texts(store) == ["three", "two", "one"]
    assert texts(store, 1_000, 3_000) == ["two", "one"]
    (newest, *_) = store.page("lines", 0, 9_000).rows
    assert newest == {"at_s": 3.0, "text": "three", "list": [3_000], "number": 2}


def test_two_rows_of_one_instant_are_both_kept_and_apart(store: HistoryStore) -> None:
    for text in ("one", "two", "three"):
        store.add("lines", 1_000, {"text": text})

    rows = store.page("lines", 0, 9_000).rows
    assert [(row["at_s"], row["text"]) for row in rows] == [
        (1.002, "three"), (1.001, "two"), (1.0, "one"),
    ]  # fmt: skip


def test_a_page_is_bounded_and_says_that_there_is_more(path: Path) -> None:
    many = HistoryStore(path, (LINES,))
    many.open()
    for at in range(MOST_ROWS + 1):
        many.add("lines", at, {"text": str(at)})

    first = many.page("lines", 0, 2**50)
    rest = many.page("lines", 0, round(first.rows[-1]["at_s"] * 1000))
    many.add("lines", 5_000_000, {"text": "x" * 2_000_000})
    long = many.page("lines", 0, 2**50)
    many.close()

    assert (len(first.rows), first.more) == (MOST_ROWS, True)
    assert ([row["text"] for row in rest.rows], rest.more) == (["0"], False)
    assert (len(long.rows), long.more) == (1, True)


def test_a_power_cut_costs_what_was_not_committed_and_nothing_else(
    store: HistoryStore, path: Path, tmp_path: Path
) -> None:
    store.add("lines", 1_000, {"text": "committed"})
    store.commit(1_000)
    store.add("lines", 2_000, {"text": "lost"})
    cut = tmp_path / "cut"
    cut.mkdir()
    for name in (HISTORY_NAME, f"{HISTORY_NAME}-wal"):
        shutil.copy(path.with_name(name), cut / name)

    after = HistoryStore(cut / HISTORY_NAME, (LINES,))
    assert after.open() is None
    assert texts(after) == ["committed"]
    assert after.marks == {"number": 1}
    after.close()
    with closing(sqlite3.connect(cut / HISTORY_NAME)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_cut_in_the_midst_of_the_log_leaves_whole_commits(path: Path, tmp_path: Path) -> None:
    """Each length of the log, from none to all of it, opens with the first so many commits."""
    store = HistoryStore(path, (LINES,))
    store.open()
    for at in range(4):
        store.add("lines", at, {"text": str(at)})
        store.commit(0)
    file, log = path.read_bytes(), path.with_name(f"{HISTORY_NAME}-wal").read_bytes()
    store.close()
    used = len(log.rstrip(b"\0"))
    seen = set()
    for length in range(0, used + 1, 512):
        cut = tmp_path / f"cut{length}"
        cut.mkdir()
        (cut / HISTORY_NAME).write_bytes(file)
        (cut / f"{HISTORY_NAME}-wal").write_bytes(log[:length])
        after = HistoryStore(cut / HISTORY_NAME, (LINES,))
        after.open()
        found = texts(after)
        after.close()
        assert found == [str(at) for at in reversed(range(len(found)))]
        seen.add(len(found))

    assert len(seen) > 2


def test_undone_rows_are_gone_with_their_marks(store: HistoryStore) -> None:
    store.add("lines", 1_000, {"text": "kept"})
    store.commit(1_000)
    store.add("lines", 2_000, {"text": "undone"})
    store.undo()

    assert texts(store) == ["kept"]
    assert store.marks == {"number": 1}


def test_a_row_that_is_none_is_left_out(store: HistoryStore) -> None:
    store.add("lines", 1_000, {"text": "none", "skip": True})

    assert texts(store) == []


def test_a_file_that_cannot_be_read_is_set_aside_and_named(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    store = HistoryStore(path, (LINES,))
    aside = store.open()
    store.close()

    assert aside is not None
    assert path.with_name(aside).read_bytes().startswith(b"no database")
    assert path.stat().st_mode & 0o077 == 0


def test_a_column_that_an_older_file_lacks_is_added(path: Path) -> None:
    old = Table(name="lines", columns={"text": "TEXT"}, kept_s=DAY_S, most_rows=9)
    with closing(HistoryStore(path, (old,))) as store:
        store.open()
        store.add("lines", 1, {"text": "old"})
        store.commit(0)
    with closing(HistoryStore(path, (LINES,))) as store:
        store.open()
        store.add("lines", 2, {"text": "new"})

        rows = store.page("lines", 0, 9).rows
        assert [(row["text"], row["number"]) for row in rows] == [("new", 1), ("old", None)]


def test_old_rows_go_few_at_a_time_and_the_most_is_never_passed(path: Path) -> None:
    """A clock that is years ahead for an hour takes no more than a few rows along."""
    with closing(HistoryStore(path, (LINES,))) as store:
        store.open()
        for at in range(90):
            store.add("lines", at, {"text": str(at)})
        store.commit(10 * DAY_S * 1000)
        assert len(texts(store)) == 90 - MOST_TRIMMED

        for at in range(1_000, 1_200):
            store.add("lines", at, {"text": str(at)})
        store.commit(0)
        assert texts(store)[-1] == "1100"
        assert len(texts(store)) == 100


def test_a_closed_file_says_so(path: Path) -> None:
    store = HistoryStore(path, (LINES,))
    with pytest.raises(JournalUnwritable, match=HISTORY_NAME):
        store.add("lines", 1, {"text": ""})
