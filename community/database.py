"""A community's database file: opened, laid out, changed whole or not at all, and copied.

SQLite in one file. It stores and orders, by whole numbers or by bytes; every sum is made elsewhere.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from community.refusal import NotDone

NAME = "community.sqlite"
VERSION = 1
_WAIT_S = 10.0
_TABLES = """
CREATE TABLE file (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE
);
CREATE TABLE point (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, direction TEXT NOT NULL
);
CREATE TABLE day (
    point INTEGER NOT NULL REFERENCES point (id), series TEXT NOT NULL, day INTEGER NOT NULL,
    energies BLOB NOT NULL, qualities BLOB NOT NULL, file INTEGER NOT NULL REFERENCES file (id),
    PRIMARY KEY (day, series, point)
) WITHOUT ROWID;
CREATE TABLE replaced (
    point INTEGER NOT NULL REFERENCES point (id), series TEXT NOT NULL, day INTEGER NOT NULL,
    energies BLOB NOT NULL, qualities BLOB NOT NULL, file INTEGER NOT NULL REFERENCES file (id),
    by_file INTEGER NOT NULL REFERENCES file (id),
    PRIMARY KEY (day, series, point, by_file)
) WITHOUT ROWID;
CREATE TABLE member (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, address TEXT NOT NULL,
    consent_since INTEGER, consent_until INTEGER
);
CREATE TABLE membership (
    point INTEGER NOT NULL REFERENCES point (id), member INTEGER NOT NULL REFERENCES member (id),
    since INTEGER NOT NULL, until INTEGER, factor INTEGER NOT NULL, part INTEGER NOT NULL,
    PRIMARY KEY (point, since)
) WITHOUT ROWID;
CREATE TABLE bill (
    number TEXT NOT NULL PRIMARY KEY, year INTEGER NOT NULL, count INTEGER NOT NULL,
    member INTEGER REFERENCES member (id), month INTEGER NOT NULL,
    corrects TEXT REFERENCES bill (number),
    content TEXT NOT NULL, UNIQUE (year, count)
) WITHOUT ROWID;
"""


class Database:
    """An open database; `close` may be called twice."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def open(cls, directory: Path) -> "Database":
        """Open the database in a community's directory, a new one where none is.

        Raises:
            NotDone: it is of another version, or it cannot be opened.
        """
        path = directory / NAME
        try:
            connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            database = cls(connection)
            database._prepare(path)
        except sqlite3.Error as error:
            raise NotDone(f"{path}: cannot be opened ({error})") from error
        return database

    def _prepare(self, path: Path) -> None:
        path.chmod(0o600)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.connection.execute("PRAGMA secure_delete = ON")
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            with self.whole():
                for statement in _TABLES.split(";"):
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise NotDone(f"{path}: written by version {version} of the database, not {VERSION}")

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        self.connection.close()

    @contextmanager
    def whole(self) -> Iterator[sqlite3.Connection]:
        """Do all of what follows or, where it raises, none of it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def backup(self, target: Path) -> None:
        """Copy the database, whole, as it is at one instant.

        Raises:
            NotDone: the file exists already, or cannot be written.
        """
        if target.exists():
            raise NotDone(f"{target}: is there already")
        try:
            copy = sqlite3.connect(target)
            try:
                self.connection.backup(copy)
            finally:
                copy.close()
            target.chmod(0o600)
        except sqlite3.Error as error:
            raise NotDone(f"{target}: cannot be written ({error})") from error

    def purge(self) -> None:
        """Leave nothing of what was deleted in the file."""
        self.connection.execute("VACUUM")
        self.connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
