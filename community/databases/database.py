"""What the store asks of a database, whichever it is, and the tables that are laid out in it.

Statements are those that both understand, with `?` for a value. Rows are ordered by whole numbers
alone; text is ordered, and everything added up, by whoever asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Value = int | str | bytes | None
Row = tuple[Any, ...]

VERSION = 1
NAMES = ("file", "point", "day", "replaced", "member", "membership", "bill")
"""The tables: each after those that it refers to."""
BY_DAY = frozenset({"day", "replaced"})
"""The large ones, which are read a day at a time."""
_TABLES = """
CREATE TABLE file (
    id {key}, name {text} NOT NULL, sha256 {text} NOT NULL UNIQUE
);
CREATE TABLE point (
    id {key}, name {text} NOT NULL UNIQUE, direction {text} NOT NULL
);
CREATE TABLE day (
    point {number} NOT NULL REFERENCES point (id), series {text} NOT NULL, day {number} NOT NULL,
    energies {bytes} NOT NULL, qualities {bytes} NOT NULL,
    file {number} NOT NULL REFERENCES file (id),
    PRIMARY KEY (day, series, point)
){by_key};
CREATE TABLE replaced (
    point {number} NOT NULL REFERENCES point (id), series {text} NOT NULL, day {number} NOT NULL,
    energies {bytes} NOT NULL, qualities {bytes} NOT NULL,
    file {number} NOT NULL REFERENCES file (id), by_file {number} NOT NULL REFERENCES file (id),
    PRIMARY KEY (day, series, point, by_file)
){by_key};
CREATE TABLE member (
    id {key}, name {text} NOT NULL UNIQUE, address {text} NOT NULL,
    consent_since {number}, consent_until {number}
);
CREATE TABLE membership (
    point {number} NOT NULL REFERENCES point (id), member {number} NOT NULL REFERENCES member (id),
    since {number} NOT NULL, until {number}, factor {number} NOT NULL, part {number} NOT NULL,
    PRIMARY KEY (point, since)
){by_key};
CREATE TABLE bill (
    number {text} NOT NULL PRIMARY KEY, year {number} NOT NULL, count {number} NOT NULL,
    member {number} REFERENCES member (id), month {number} NOT NULL,
    corrects {text} REFERENCES bill (number),
    content {text} NOT NULL, UNIQUE (year, count)
){by_key};
"""


class Database(Protocol):
    """An open database; `close` may be called twice. What it refuses is a `NotDone`."""

    def execute(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        """Carry a statement out, and give its rows."""
        ...

    def execute_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Carry a statement out for each of many rows."""
        ...

    def whole(self) -> AbstractContextManager[None]:
        """Do all of what follows or, where it raises, none of it; nobody else writes meanwhile."""
        ...

    def purge(self) -> None:
        """Leave nothing of what was deleted in the files of its tables."""
        ...

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        ...


def layout(words: Mapping[str, str]) -> list[str]:
    """Give the statements that lay the tables out, in a database's own words for types."""
    statements = _TABLES.format_map(words).split(";")
    return [statement for statement in statements if statement.strip()]


def next_number(database: Database, table: str) -> int:
    """Give the number of a table's next row; within `whole`.

    It is given here and not by the database, so that each gives the same ones.
    """
    ((number,),) = database.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")
    return int(number)
