"""A community's database as one file of SQLite: what is there where nobody asked for another."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from community.databases.database import VERSION, Row, Value, layout
from community.refusal import NotDone

_WAIT_S = 10.0
_WORDS = {
    "key": "INTEGER PRIMARY KEY",
    "number": "INTEGER",
    "text": "TEXT",
    "bytes": "BLOB",
    "by_key": " WITHOUT ROWID",
}


class Sqlite:
    """An open database in a file; `close` may be called twice."""

    def __init__(self, path: Path) -> None:
        """Open it, a new one where none is.

        Raises:
            NotDone: it is of another version, or it cannot be opened.
        """
        try:
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            self._prepare(path)
        except sqlite3.Error as error:
            raise NotDone(f"{path}: cannot be opened ({error})") from error

    def execute(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Carry a statement out, and give its rows."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise NotDone(f"the database cannot do this: {error}") from error

    def execute_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Carry a statement out for each of many rows."""
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise NotDone(f"the database cannot do this: {error}") from error

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Do all of what follows or, where it raises, none of it; nobody else writes meanwhile."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def purge(self) -> None:
        """Leave nothing of what was deleted in the file."""
        self.execute("VACUUM")
        self.execute("PRAGMA wal_checkpoint (TRUNCATE)")

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        self._connection.close()

    def _prepare(self, path: Path) -> None:
        path.chmod(0o600)
        for setting in (
            "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
        ):  # fmt: skip
            self._connection.execute(f"PRAGMA {setting}")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self.whole():
                for statement in layout(_WORDS):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise NotDone(f"{path}: written by version {version} of the database, not {VERSION}")
