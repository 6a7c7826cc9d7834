"""What is kept of points: their days, those that others replaced, and which file told them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice

from community.databases.database import Database, Row, next_number
from community.readings import Direction, PointDay, Series, packed, unpacked
from community.refusal import NotDone

_AT_ONCE = 500
"""So many days of points are looked up and kept by one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Say what an import did: days that are new, that were the same, and that it replaced."""

    new: int
    same: int
    replaced: int


class KeptDays:
    """The days of points in a community's database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._execute = database.execute

    def add(self, name: str, sha256: str, days: Iterable[PointDay]) -> Added:
        """Keep a file's days; a day that differs from the one kept replaces it, which is kept, too.

        Raises:
            NotDone: a point's direction is not the one that it had.
        """
        new = same = replaced = 0
        with self._database.whole():
            file = self._file(name, sha256)
            points: dict[str, int] = {}
            for those in _batches(days):
                for day in those:
                    if day.point not in points:
                        points[day.point] = self.point(day.point, day.direction)
                known = self._known(those, points)
                kept: list[Row] = []
                gone: list[Row] = []
                for day in those:
                    key = (points[day.point], day.series.value, day.day.toordinal())
                    row = (packed(day.energies), day.qualities)
                    old = known.get(key[0])
                    if old is None:
                        new += 1
                    elif old[:2] == row:
                        same += 1
                        continue
                    else:
                        replaced += 1
                        gone.append((*key, *old, file))
                    kept.append((*key, *row, file))
                self._keep_days(kept, gone)
        return Added(new=new, same=same, replaced=replaced)

    def on(self, day: date, series: Series) -> dict[str, PointDay]:
        """Give what is known of a local day, by point, in the order of the names' bytes."""
        rows = self._execute(
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

    def point(self, name: str, direction: Direction) -> int:
        """Give a point's number; it is a new one where nothing was known of it.

        Raises:
            NotDone: its direction is not the one that it had.
        """
        rows = self._execute("SELECT id, direction FROM point WHERE name = ?", (name,))
        if not rows:
            number = next_number(self._database, "point")
            self._execute("INSERT INTO point VALUES (?, ?, ?)", (number, name, direction.value))
            return number
        if rows[0][1] != direction.value:
            raise NotDone(f"point {name}: {direction.value} here, and {rows[0][1]} until now")
        return int(rows[0][0])

    def _known(self, days: Sequence[PointDay], points: Mapping[str, int]) -> dict[int, Row]:
        """Give what is kept of points on one day of one series, by the points' numbers."""
        places = ", ".join("?" * len(days))
        rows = self._execute(
            "SELECT point, energies, qualities, file FROM day"
            f" WHERE day = ? AND series = ? AND point IN ({places})",
            (
                days[0].day.toordinal(),
                days[0].series.value,
                *(points[day.point] for day in days),
            ),
        )
        return {point: tuple(rest) for point, *rest in rows}

    def _keep_days(self, kept: Sequence[Row], replaced: Sequence[Row]) -> None:
        self._database.execute_many(
            "INSERT INTO replaced VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (day, series, point, by_file) DO UPDATE SET"
            " energies = excluded.energies, qualities = excluded.qualities, file = excluded.file",
            replaced,
        )
        self._database.execute_many(
            "INSERT INTO day VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (day, series, point) DO UPDATE"
            " SET energies = excluded.energies, qualities = excluded.qualities,"
            " file = excluded.file",
            kept,
        )

    def _file(self, name: str, sha256: str) -> int:
        rows = self._execute("SELECT id FROM file WHERE sha256 = ?", (sha256,))
        if rows:
            return int(rows[0][0])
        number = next_number(self._database, "file")
        self._execute("INSERT INTO file VALUES (?, ?, ?)", (number, name, sha256))
        return number


def _batches(days: Iterable[PointDay]) -> Iterator[list[PointDay]]:
    """Give days together that are the same day of the same series, some hundred at a time."""
    for _, those in groupby(sorted(days, key=_series_and_day), key=_series_and_day):
        while batch := list(islice(those, _AT_ONCE)):
            yield batch


def _series_and_day(day: PointDay) -> tuple[str, date]:
    return day.series.value, day.day
