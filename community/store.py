"""What a community keeps: members, their points and bills, and the days of points beside them."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from community.databases.copying import copy
from community.databases.database import Database, next_number
from community.databases.postgresql import Postgresql
from community.databases.sqlite import Sqlite
from community.kept_days import KeptDays
from community.membership import Member, Share
from community.readings import Direction
from community.refusal import NotDone

NAME = "community.sqlite"


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
        self._execute = database.execute
        self.days = KeptDays(database)

    @classmethod
    def open(cls, directory: Path, url: str | None = None) -> "Store":
        """Open the database of a URL, or that in a community's directory; a new one where none is.

        Raises:
            NotDone: it is of another version, or it cannot be opened.
        """
        return cls(Postgresql(url) if url is not None else Sqlite(directory / NAME))

    def close(self) -> None:
        """Close it; nothing is lost by leaving that out."""
        self._database.close()

    def whole(self) -> AbstractContextManager[None]:
        """Do all of what follows or, where it raises, none of it."""
        return self._database.whole()

    def backup(self, target: Path) -> None:
        """Copy all that is kept to a file of SQLite, as it is at one instant.

        Raises:
            NotDone: the file exists already, or cannot be written.
        """
        if target.exists():
            raise NotDone(f"{target}: is there already")
        file = Sqlite(target)
        try:
            copy(self._database, file)
        finally:
            file.close()

    def restore(self, source: Path) -> None:
        """Take all that a backup has; nothing may be kept yet.

        Raises:
            NotDone: something is kept already, or the file is no backup.
        """
        if not source.is_file():
            raise NotDone(f"{source}: is no file")
        file = Sqlite(source)
        try:
            copy(file, self._database)
        finally:
            file.close()

    def keep_members(self, members: Iterable[Member]) -> None:
        """Keep members and their points as they are told now; whoever is not told stays as is.

        Raises:
            NotDone: a point's direction is not the one that it had, or two members hold it at once.
        """
        with self.whole():
            for member in members:
                self._execute(
                    "INSERT INTO member (id, name, address, consent_since, consent_until)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                    " address = excluded.address, consent_since = excluded.consent_since,"
                    " consent_until = excluded.consent_until",
                    (
                        next_number(self._database, "member"),
                        member.name,
                        member.address,
                        _ordinal(member.consent_since),
                        _ordinal(member.consent_until),
                    ),
                )
                number = self._member(member.name)
                self._execute("DELETE FROM membership WHERE member = ?", (number,))
                for share in member.points:
                    self._keep_share(number, share)

    def members(self) -> list[Member]:
        """Give all members with their points, by the order of their names' bytes."""
        shares: dict[str, list[Share]] = {}
        rows = self._execute(
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
        rows = self._execute("SELECT name, address, consent_since, consent_until FROM member")
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
        rows = self._execute(
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

    def add_bill(self, year: int, month: date, bill: NewBill) -> KeptBill:
        """Keep a bill under the year's next number; within `whole`, so that no number is lost."""
        ((count,),) = self._execute(
            "SELECT coalesce(max(count), 0) + 1 FROM bill WHERE year = ?", (year,)
        )
        number = f"{year}-{count:04d}"
        self._execute(
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
        with self.whole():
            number = self._member(name)
            points = "SELECT point FROM membership WHERE member = ?"
            for (point,) in self._execute(points, (number,)):
                for table in ("day", "replaced", "membership"):
                    self._execute(f"DELETE FROM {table} WHERE point = ?", (point,))
                self._execute("DELETE FROM point WHERE id = ?", (point,))
            self._execute("UPDATE bill SET member = NULL, content = '' WHERE member = ?", (number,))
            self._execute("DELETE FROM member WHERE id = ?", (number,))
            self._execute("UPDATE file SET name = 'file ' || id")
        self._database.purge()

    def all_bills(self, name: str) -> list[KeptBill]:
        """Give all of a member's bills in the order of their numbers."""
        rows = self._execute(
            "SELECT year, count, number, corrects, content FROM bill WHERE member = ?",
            (self._member(name),),
        )
        return [
            KeptBill(number=number, member=name, corrects=corrects, content=content)
            for _, _, number, corrects, content in sorted(rows)
        ]

    def _member(self, name: str) -> int:
        rows = self._execute("SELECT id FROM member WHERE name = ?", (name,))
        if not rows:
            raise NotDone(f"no member is called {name!r}")
        return int(rows[0][0])

    def _keep_share(self, member: int, share: Share) -> None:
        point = self.days.point(share.point, share.direction)
        others = self._execute(
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
        self._execute(
            "INSERT INTO membership VALUES (?, ?, ?, ?, ?, ?)",
            (point, member, since, until, share.factor, share.part),
        )


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day is not None else None
