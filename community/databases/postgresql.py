"""A community's database in a PostgreSQL server, for those who outgrow a file.

Its words are bytes to it (`COLLATE "C"`), and its statistics know none of a person's values: what
is deleted is gone from the tables' files with the tables. The password stands in `~/.pgpass`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from community.databases.database import NAMES, VERSION, Row, Value, layout
from community.refusal import NotDone

_WAIT_S = 10
_LOCK = 0x5065_6572
"""Whoever writes holds it: any number, the same in every program of ours."""
_WORDS = {
    "key": "BIGINT PRIMARY KEY",
    "number": "BIGINT",
    "text": 'TEXT COLLATE "C"',
    "bytes": "BYTEA",
    "by_key": "",
}
_OF_PERSONS = (
    ("file", "name"), ("point", "name"), ("day", "energies"), ("day", "qualities"),
    ("replaced", "energies"), ("replaced", "qualities"), ("member", "name"), ("member", "address"),
    ("bill", "content"),
)  # fmt: skip


class Postgresql:
    """An open database of a server; `close` may be called twice."""

    def __init__(self, url: str) -> None:
        """Connect, and lay the tables out where there are none.

        Raises:
            NotDone: the library or the server is away, or the tables are of another version.
        """
        try:
            # Only who uses such a server needs the library.
            import psycopg
        except ModuleNotFoundError as error:
            raise NotDone(
                f"{error.name} is not installed: pip install 'peerwatt[postgresql]'"
            ) from error
        self._errors = psycopg.Error
        try:
            self._connection: psycopg.Connection[Row] = psycopg.connect(
                url, autocommit=True, connect_timeout=_WAIT_S
            )
        except psycopg.Error as error:
            raise NotDone(f"database {url}: cannot be opened ({_told(error)})") from error
        self._prepare(url)

    def execute(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Carry a statement out, and give its rows."""
        try:
            cursor = self._connection.execute(_ours(statement), values)
            return cursor.fetchall() if cursor.description else []
        except self._errors as error:
            raise NotDone(f"the database cannot do this: {_told(error)}") from error

    def execute_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Carry a statement out for each of many rows."""
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(_ours(statement), rows)
        except self._errors as error:
            raise NotDone(f"the database cannot do this: {_told(error)}") from error

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Do all of what follows or, where it raises, none of it; nobody else writes meanwhile."""
        with self._connection.transaction():
            self.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
            yield

    def purge(self) -> None:
        """Leave nothing of what was deleted in the tables' files.

        The server's log of changes (pg_wal) is its administrator's: it is overwritten in time.
        """
        for name in NAMES:
            self.execute(f"VACUUM FULL {name}")

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        self._connection.close()

    def _prepare(self, url: str) -> None:
        with self.whole():
            if self.execute("SELECT to_regclass('layout')") == [(None,)]:
                for statement in layout(_WORDS):
                    self.execute(statement)
                for table, column in _OF_PERSONS:
                    self.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
                self.execute("CREATE TABLE layout (version BIGINT NOT NULL)")
                self.execute("INSERT INTO layout VALUES (?)", (VERSION,))
        ((version,),) = self.execute("SELECT version FROM layout")
        if version != VERSION:
            raise NotDone(
                f"database {url}: written by version {version} of the tables, not {VERSION}"
            )


def _ours(statement: str) -> str:
    # All statements are literals of ours; values are never part of one.
    return statement.replace("?", "%s")


def _told(error: Exception) -> str:
    return " ".join(str(error).split())
