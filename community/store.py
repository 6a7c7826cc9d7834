"""What a community keeps: points and their days, members, bills."""

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from community.database import Database
from community.membership import Member, Share
from community.readings import Direction, PointDay, Series, packed, unpacked
from community.refusal import NotDone


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Say what an import did: days that are new, that were the same, and that it replaced."""

    new: int
    same: int
    replaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBill:
    """Hold a bill as it was issued: its number, whose, which one it corrects, and all it says."""

    number: str
    member: str
    corrects: str | None
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """Hold a bill that has no number yet."""

    member: str
    corrects: str | None
    content: str


class Store:
    """An open database of one community; `close` may be called twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    @classmethod
    def open(cls, directory: Path) -> "Store":
        """Open the database in a community's directory, a new one where none is.

        Raises:
            NotDone: it is of another version, or it cannot be opened.
        """
        return cls(Database.open(directory))

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        self._database.close()

    def whole(self) -> AbstractContextManager[sqlite3.Connection]:
        """Do all of what follows or, where it raises, none of it."""
        return self._database.whole()

    def backup(self, target: Path) -> None:
        """Copy the database, whole, as it is at one instant.

        Raises:
            NotDone: the file exists already, or cannot be written.
        """
        self._database.backup(target)

    def add_days(self, name: str, sha256: str, days: Iterable[PointDay]) -> Added:
        """Keep a file's days; a day that differs from the one kept replaces it, which is kept, too.

        Raises:
            NotDone: a point's direction is not the one that it had.
        """
        new = same = replaced = 0
        with self.whole() as connection:
            file = self._file(name, sha256)
            for day in days:
                point = self._point(day.point, day.direction)
                key = (point, day.series.value, day.day.toordinal())
                row = (packed(day.energies), day.qualities)
                old = connection.execute(
                    "SELECT energies, qualities, file FROM day"
                    " WHERE point = ? AND series = ? AND day = ?",
                    key,
                ).fetchone()
                if old is None:
                    new += 1
                elif old[:2] == row:
                    same += 1
                    continue
                else:
                    replaced += 1
                    connection.execute(
                        "INSERT OR REPLACE INTO replaced VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (*key, *old, file),
                    )
                connection.execute(
                    "INSERT OR REPLACE INTO day VALUES (?, ?, ?, ?, ?, ?)", (*key, *row, file)
                )
        return Added(new=new, same=same, replaced=replaced)

    def day(self, day: date, series: Series) -> dict[str, PointDay]:
        """Give what is known of a local day, by point, in the order of the names' bytes."""
        rows = self._connection.execute(
            "SELECT name, direction, energies, qualities FROM day JOIN point ON point = id"
            " WHERE day = ? AND series = ?",
            (day.toordinal(), series.value),
        )
        return {
            name: PointDay(
                point=name,
                direction=Direction(direction),
                series=series,
                day=day,
                energies=unpacked(energies),
                qualities=qualities,
            )
            for name, direction, energies, qualities in sorted(rows)
        }

    def points(self) -> dict[str, Direction]:
        """Give every point that anything is known of, in the order of their names' bytes."""
        rows = self._connection.execute("SELECT name, direction FROM point")
        return {name: Direction(direction) for name, direction in sorted(rows)}

    def keep_members(self, members: Iterable[Member]) -> None:
        """Keep members and their points as they are told now; whoever is not told stays as is.

        Raises:
            NotDone: a point's direction is not the one that it had, or two members hold it at once.
        """
        with self.whole() as connection:
            for member in members:
                connection.execute(
                    "INSERT INTO member (name, address, consent_since, consent_until)"
                    " VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                    " address = excluded.address, consent_since = excluded.consent_since,"
                    " consent_until = excluded.consent_until",
                    (
                        member.name,
                        member.address,
                        _ordinal(member.consent_since),
                        _ordinal(member.consent_until),
                    ),
                )
                number = self._member(member.name)
                connection.execute("DELETE FROM membership WHERE member = ?", (number,))
                for share in member.points:
                    self._keep_share(number, share)

    def members(self) -> list[Member]:
        """Give all members with their points, by the order of their names' bytes."""
        shares: dict[str, list[Share]] = {}
        rows = self._connection.execute(
            "SELECT member.name, point.name, direction, since, until, factor, part FROM membership"
            " JOIN member ON member = member.id JOIN point ON point = point.id"
        )
        for name, point, direction, since, until, factor, part in sorted(rows):
            shares.setdefault(name, []).append(
                Share(
                    point=point,
                    direction=Direction(direction),
                    since=date.fromordinal(since),
                    until=date.fromordinal(until) if until else None,
                    factor=factor,
                    part=part,
                )
            )
        rows = self._connection.execute(
            "SELECT name, address, consent_since, consent_until FROM member"
        )
        return [
            Member(
                name=name,
                address=address,
                consent_since=date.fromordinal(since) if since else None,
                consent_until=date.fromordinal(until) if until else None,
                points=shares.get(name, []),
            )
            for name, address, since, until in sorted(rows)
        ]

    def bills(self, month: date) -> list[KeptBill]:
        """Give a month's bills in the order of their numbers."""
        rows = self._connection.execute(
            "SELECT number, name, corrects, content, count FROM bill JOIN member ON member = id"
            " WHERE month = ?",
            (month.toordinal(),),
        )
        return [
            KeptBill(number=number, member=name, corrects=corrects, content=content)
            for _, number, name, corrects, content in sorted(
                (count, number, name, corrects, content)
                for number, name, corrects, content, count in rows
            )
        ]

    def add_bill(
        self, connection: sqlite3.Connection, year: int, month: date, bill: NewBill
    ) -> KeptBill:
        """Keep a bill under the year's next number; within `whole`, so that no number is lost."""
        (count,) = connection.execute(
            "SELECT coalesce(max(count), 0) + 1 FROM bill WHERE year = ?", (year,)
        ).fetchone()
        number = f"{year}-{count:04d}"
        connection.execute(
            "INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                year,
                count,
                self._member(bill.member),
                month.toordinal(),
                bill.corrects,
                bill.content,
            ),
        )
        return KeptBill(
            number=number, member=bill.member, corrects=bill.corrects, content=bill.content
        )

    def forget(self, name: str) -> None:
        """Delete a member: readings, points, files' names, and what its bills say; numbers stay.

        Nothing of it is left in the database's file afterwards.
        """
        with self.whole() as connection:
            number = self._member(name)
            points = "SELECT point FROM membership WHERE member = ?"
            owned = connection.execute(points, (number,)).fetchall()
            for (point,) in owned:
                for table in ("day", "replaced", "membership"):
                    connection.execute(f"DELETE FROM {table} WHERE point = ?", (point,))
                connection.execute("DELETE FROM point WHERE id = ?", (point,))
            connection.execute(
                "UPDATE bill SET member = NULL, content = '' WHERE member = ?", (number,)
            )
            connection.execute("DELETE FROM member WHERE id = ?", (number,))
            connection.execute("UPDATE file SET name = 'file ' || id")
        self._database.purge()

    def all_bills(self, name: str) -> list[KeptBill]:
        """Give all of a member's bills in the order of their numbers."""
        rows = self._connection.execute(
            "SELECT year, count, number, corrects, content FROM bill WHERE member = ?",
            (self._member(name),),
        )
        return [
            KeptBill(number=number, member=name, corrects=corrects, content=content)
            for _, _, number, corrects, content in sorted(rows)
        ]

    def _member(self, name: str) -> int:
        row = self._connection.execute("SELECT id FROM member WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise NotDone(f"no member is called {name!r}")
        return int(row[0])

    def _keep_share(self, member: int, share: Share) -> None:
        point = self._point(share.point, share.direction)
        others = self._connection.execute(
            "SELECT name, since, until FROM membership JOIN member ON member = id"
            " WHERE point = ? ORDER BY since",
            (point,),
        )
        since, until = share.since.toordinal(), _ordinal(share.until)
        for name, other_since, other_until in others:
            if (other_until is None or since < other_until) and (
                until is None or other_since < until
            ):
                raise NotDone(f"point {share.point}: is {name}'s already in these days")
        self._connection.execute(
            "INSERT INTO membership VALUES (?, ?, ?, ?, ?, ?)",
            (point, member, since, until, share.factor, share.part),
        )

    def _file(self, name: str, sha256: str) -> int:
        self._connection.execute(
            "INSERT INTO file (name, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, sha256)
        )
        row = self._connection.execute("SELECT id FROM file WHERE sha256 = ?", (sha256,)).fetchone()
        return int(row[0])

    def _point(self, name: str, direction: Direction) -> int:
        row = self._connection.execute(
            "SELECT id, direction FROM point WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            cursor = self._connection.execute(
                "INSERT INTO point (name, direction) VALUES (?, ?)", (name, direction.value)
            )
            return int(cursor.lastrowid or 0)
        if row[1] != direction.value:
            raise NotDone(f"point {name}: {direction.value} here, and {row[1]} until now")
        return int(row[0])


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day is not None else None
