"""Read a table of quarter hours (CSV) by its mapping: any meter operator's."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from community.days import QUARTER_S, place_of
from community.imports.found import MILLIWH, Collector, File, WallClock, milliwh
from community.imports.mapping import Column, Table, direction_of
from community.readings import Direction, Quality, Series
from community.refusal import NotDone

_QUARTERS_PER_HOUR = 4
_UNITS = {
    **MILLIWH,
    "kW": MILLIWH["kWh"] / _QUARTERS_PER_HOUR,
    "W": MILLIWH["Wh"] / _QUARTERS_PER_HOUR,
}
_OTHER = {".": ",", ",": "."}


def read_table(content: bytes, table: Table, zone: ZoneInfo, point: str | None) -> File:
    """Read a file's days; `point` is whose they are where neither file nor mapping names one.

    Raises:
        NotDone: something in it is wrong; the sentence names the line.
    """
    rows = _rows(content, table)
    head: list[str] = []
    for _, cells in islice(rows, table.head_line):
        head = [name.strip() for name in cells]
    found = Collector(zone)
    reader = _Reader(table, zone, point, head, found)
    for line, row in rows:
        reader.read(line, row)
    return found.file()


def _rows(content: bytes, table: Table) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode(table.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise NotDone(f"it is not written in {table.encoding} ({error})") from error
    rows = csv.reader(io.StringIO(text), delimiter=table.separator)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise NotDone(f"line {rows.line_num}: no table ({error})") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of values as the mapping has it, by places."""

    place: int
    point: str | None
    suffix: str
    direction: Direction
    quality: int | None
    where: Sequence[tuple[int, str]]


class _Reader:
    """Read rows of a table whose head is known."""

    def __init__(
        self,
        table: Table,
        zone: ZoneInfo,
        point: str | None,
        head: Sequence[str],
        found: Collector,
    ) -> None:
        self._table = table
        self._file_zone = ZoneInfo(table.zone) if table.zone else zone
        self._zone = zone
        self._point = point
        self._head = head
        self._found = found
        self._unit = _UNITS[table.unit]
        self._clock = WallClock(zone)
        self._at: datetime | None = None
        self._begins = (date.min, 0)
        self._times = [self._place_of(name) for name in table.time]
        self._columns = [self._column(column) for column in table.values]
        self._points = self._place_of(table.point_column) if table.point_column else None

    def read(self, line: int, row: list[str]) -> None:
        """Take the values of one row; an empty row has none.

        Raises:
            NotDone: something in it is wrong.
        """
        if not any(cell.strip() for cell in row):
            return
        if len(row) < len(self._head):
            raise NotDone(
                f"line {line}: {len(row)} columns, where the head has {len(self._head)}; is it cut"
                " off?"
            )
        at = self._time(" ".join(row[place].strip() for place in self._times), line)
        named = row[self._points].strip() if self._points is not None else None
        for column in self._columns:
            text = row[column.place].strip()
            is_gap = not text and self._table.empty_is_missing
            if is_gap or any(row[place].strip() != word for place, word in column.where):
                continue
            point = column.point or named or self._point
            if not point:
                raise NotDone(
                    f"line {line}: nothing says whose values these are; give --point NAME"
                )
            point += column.suffix
            self._found.add(
                point,
                column.direction,
                Series.METERED,
                self._begin(at, line, point),
                milliwh(self._number(text, line), self._unit, line),
                self._quality(column, row, line),
                line,
            )

    def _column(self, column: Column) -> _Column:
        return _Column(
            place=self._place_of(column.column),
            point=column.point,
            suffix=column.suffix,
            direction=direction_of(column),
            quality=self._place_of(column.quality) if column.quality else None,
            where=[(self._place_of(name), word) for name, word in column.where.items()],
        )

    def _place_of(self, name: str) -> int:
        try:
            return self._head.index(name)
        except ValueError:
            seen = ", ".join(self._head)[:200]
            raise NotDone(
                f"line {self._table.head_line}: no column {name!r} among {seen}"
            ) from None

    def _number(self, text: str, line: int) -> str:
        decimal = self._table.decimal
        if _OTHER[decimal] in text:
            raise NotDone(
                f"line {line}: {text!r} has a {_OTHER[decimal]!r}; the mapping's decimal sign is"
                f" {decimal!r}"
            )
        return text.replace(decimal, ".")

    def _begin(self, at: datetime, line: int, point: str) -> tuple[date, int]:
        if at.tzinfo is None:
            return self._clock.place(at, point, line)
        if at != self._at:
            # The columns of a line share its time.
            self._at, self._begins = at, self._place_at(at, line)
        return self._begins

    def _place_at(self, at: datetime, line: int) -> tuple[date, int]:
        try:
            return place_of(at.timestamp(), self._zone)
        except ValueError as error:
            raise NotDone(f"line {line}: {at} is {error}") from None

    def _time(self, text: str, line: int) -> datetime:
        try:
            if self._table.time_format == "unix":
                at = datetime.fromtimestamp(float(text), ZoneInfo("UTC"))
            elif self._table.time_format == "iso":
                at = datetime.fromisoformat(text)
            else:
                at = datetime.strptime(text, self._table.time_format)
        except (ValueError, OverflowError, OSError):
            raise NotDone(
                f"line {line}: {text!r} is no time as {self._table.time_format!r} has it"
            ) from None
        if at.tzinfo is None and self._file_zone.key != self._zone.key:
            at = at.replace(tzinfo=self._file_zone)
        return at - timedelta(seconds=QUARTER_S) if self._table.time_is == "end" else at

    def _quality(self, column: _Column, row: list[str], line: int) -> Quality:
        if column.quality is None:
            return Quality.MEASURED
        word = row[column.quality].strip()
        if not self._table.qualities and not word:
            return Quality.MEASURED
        if word not in self._table.qualities:
            known = ", ".join(self._table.qualities) or "none"
            raise NotDone(f"line {line}: quality {word!r} is none of the mapping's ({known})")
        return Quality(self._table.qualities[word])
