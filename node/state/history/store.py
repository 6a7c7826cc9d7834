"""The file of a history: rows by the instant at which they ended, and a few named marks.

Used from one thread alone. What is added is read at once, and on the disk at the next `commit`;
what a power cut or a full disk takes in between is for the caller to add again.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from node.core.wire.json_text import read_json
from node.state.file import DAMAGED, JournalUnwritable, StateFile
from node.state.history.tables import Marks, Page, Row, Table

HISTORY_NAME = "history.sqlite"
"""In the state directory of whose history it is."""
MOST_ROWS = 2_000
"""Rows of an answer."""
MOST_CHARACTERS = 1_000_000
"""Texts of an answer: a row may hold a long curve."""
MOST_TRIMMED = 64
"""Rows that one commit lets go for their age: a clock that is wrong for a while takes no more."""

_MARKS = "CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
_JSON = "JSON"


class HistoryStore:
    """Hold one program's history; a table or column that an older file lacks is added to it.

    Without tables it only reads what is there.
    """

    def __init__(self, path: Path, tables: Sequence[Table] = ()) -> None:
        self._path = path
        self._tables = {table.name: table for table in tables}
        self._file = StateFile(path, _MARKS)
        self._counts: dict[str, int] = {}
        self._marks: Marks | None = None

    def open(self) -> str | None:
        """Open the file unless it is; give the name of one that could not be read, now set aside.

        Raises:
            FileLocked: another process has it.
            JournalUnwritable: it cannot be opened or made.
        """
        if self._file.is_open:
            return None
        self._file.set_aside = None
        self._file.open()
        with self._said():
            self._path.chmod(0o600)
            for table in self._tables.values():
                _ensure(self._file.database, table)
            self._count()
        return self._file.set_aside

    def add(self, name: str, at_ms: int, row: Row) -> None:
        """Add a row that ended at an instant (calendar ms); where one did, a millisecond later.

        Raises:
            JournalUnwritable: it cannot be.
        """
        with self._said():
            self._begin()
            finished, marks = self._tables[name].finish(row, self.marks)
            if finished is not None:
                _insert(self._file.database, name, at_ms, finished)
                self._counts[name] += 1
            self._note(marks)

    def mark(self, marks: Marks) -> None:
        """Keep named marks with what is added.

        Raises:
            JournalUnwritable: they cannot be.
        """
        with self._said():
            self._begin()
            self._note({**self.marks, **marks})

    def commit(self, now_ms: int) -> None:
        """Put all that was added on the disk, and let go what is too old.

        Raises:
            JournalUnwritable: it cannot be.
        """
        with self._said():
            self._begin()
            for table in self._tables.values():
                self._trim(table, now_ms)
            self._file.database.execute("COMMIT")

    def undo(self) -> None:
        """Forget what was added since the last commit; close a damaged file, to be opened anew."""
        self._marks = None
        try:
            if self._file.is_open and self._file.database.in_transaction:
                self._file.database.execute("ROLLBACK")
            if self._file.is_open:
                self._count()
        except DAMAGED:
            self.close()

    def page(self, name: str, from_ms: int, to_ms: int) -> Page:
        """Give the newest rows that ended in [from, to).

        Raises:
            JournalUnwritable: they cannot be read.
        """
        query = f"SELECT * FROM {name} WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms DESC"
        rows: list[Row] = []
        with self._said():
            found = self._file.database.execute(query, (from_ms, to_ms))
            types = _types(self._file.database, name)
            length = 0
            for values in found:
                length += sum(len(value) for value in values if isinstance(value, str))
                if len(rows) == MOST_ROWS or (rows and length > MOST_CHARACTERS):
                    return Page(rows=tuple(rows), more=True)
                rows.append(_row(types, values))
        return Page(rows=tuple(rows), more=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the kinds of rows that the file has.

        Raises:
            JournalUnwritable: it cannot be read.
        """
        found = self._file.read("SELECT name FROM sqlite_master WHERE type = 'table'", ())
        return tuple(sorted(name for (name,) in found if name != "marks"))

    @property
    def marks(self) -> Marks:
        """Give the named marks; those that make no sense are left out.

        Raises:
            JournalUnwritable: they cannot be read.
        """
        if self._marks is None:
            self._marks = dict(_marks(self._file.read("SELECT name, value FROM marks", ())))
        return self._marks

    def copy_to(self, path: Path) -> None:
        """Write all of it to another file, as it is at one instant; an older copy is replaced.

        Raises:
            JournalUnwritable: it cannot be read, or the copy not be written.
        """
        self._file.copy_to(path)

    def close(self) -> None:
        """Close the file; what was not committed is gone. May be called twice."""
        self._marks = None
        self._file.close()

    def _begin(self) -> None:
        if not self._file.database.in_transaction:
            self._file.database.execute("PRAGMA synchronous = FULL")
            self._file.database.execute("BEGIN IMMEDIATE")

    def _note(self, marks: Marks) -> None:
        before = self.marks
        changed = [
            (name, _text(value)) for name, value in marks.items() if before.get(name) != value
        ]
        self._file.database.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", changed)
        self._marks = dict(marks)

    def _trim(self, table: Table, now_ms: int) -> None:
        beyond = max(0, self._counts[table.name] - table.most_rows)
        too_old = f"WHERE at_ms < {now_ms - table.kept_s * 1000}"
        for which, most in ((too_old, MOST_TRIMMED), ("", beyond)):
            gone = self._file.database.execute(
                f"DELETE FROM {table.name} WHERE at_ms IN"
                f" (SELECT at_ms FROM {table.name} {which} ORDER BY at_ms LIMIT {most})"
            )
            self._counts[table.name] -= gone.rowcount

    def _count(self) -> None:
        for name in self._tables:
            (self._counts[name],) = self._file.database.execute(
                f"SELECT count(*) FROM {name}"
            ).fetchone()

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OverflowError:
            # A number that no column holds: it is that row, and no trouble of the file.
            raise
        except (OSError, *DAMAGED) as error:
            raise JournalUnwritable(f"{self._path}: {error}") from error


def _ensure(database: sqlite3.Connection, table: Table) -> None:
    columns = "".join(f", {name} {kind}" for name, kind in table.columns.items())
    database.execute(
        f"CREATE TABLE IF NOT EXISTS {table.name} (at_ms INTEGER PRIMARY KEY{columns})"
    )
    there = _types(database, table.name)
    for name, kind in table.columns.items():
        if name not in there:
            database.execute(f"ALTER TABLE {table.name} ADD COLUMN {name} {kind}")


def _types(database: sqlite3.Connection, name: str) -> dict[str, str]:
    """Give each column's type, in their order."""
    return {column[1]: column[2] for column in database.execute(f"PRAGMA table_info({name})")}


def _insert(database: sqlite3.Connection, name: str, at_ms: int, row: Row) -> None:
    columns = ", ".join(row)
    places = ", ".join("?" * (len(row) + 1))
    values = [_text(value) if isinstance(value, dict | list) else value for value in row.values()]
    while True:
        try:
            database.execute(
                f"INSERT INTO {name} (at_ms, {columns}) VALUES ({places})", (at_ms, *values)
            )
        except sqlite3.IntegrityError:
            at_ms += 1
        else:
            return


def _row(types: dict[str, str], values: Sequence[Any]) -> Row:
    row: dict[str, Any] = {}
    for (name, kind), value in zip(types.items(), values, strict=True):
        if name == "at_ms":
            row["at_s"] = value / 1000
        elif kind == _JSON and value is not None:
            row[name] = _read(value)
        else:
            row[name] = value
    return row


def _marks(found: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    for name, value in found:
        with contextlib.suppress(ValueError):
            yield name, read_json(value)


def _read(value: object) -> object:
    try:
        return read_json(value) if isinstance(value, str) else None
    except ValueError:
        # Damaged, as the rows beside it need not be.
        return None


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
