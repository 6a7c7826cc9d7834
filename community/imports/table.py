"""Read a table of quarter hours (CSV) by its mapping: any meter operator's."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from community.days import QUARTER_S, place_of
from community.imports.found import MILLIWH, File, Value, WallClock, milliwh, put_together
from community.imports.mapping import Column, Table, direction_of
from community.readings import Quality, Series
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
    lines = list(_rows(content, table))
    if len(lines) <= table.head_line:
        raise NotDone(f"line {table.head_line}: no line of values follows the head")
    head = [name.strip() for name in lines[table.head_line - 1][1]]
    reader = _Reader(table, zone, point, head)
    return put_together(
        (value for number, row in lines[table.head_line :] for value in reader.values(number, row)),
        zone,
    )


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


class _Reader:
    """Read rows of a table whose head is known."""

    def __init__(
        self, table: Table, zone: ZoneInfo, point: str | None, head: Sequence[str]
    ) -> None:
        self._table = table
        self._file_zone = ZoneInfo(table.zone) if table.zone else zone
        self._zone = zone
        self._point = point
        self._head = head
        self._unit = _UNITS[table.unit]
        self._clocks: dict[tuple[str, str], WallClock] = {}
        self._times = [self._place_of(name) for name in table.time]
        self._columns = [(column, self._place_of(column.column)) for column in table.values]
        self._points = self._place_of(table.point_column) if table.point_column else None

    def values(self, line: int, row: list[str]) -> Iterator[Value]:
        """Give the values of one row; an empty row has none.

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
        for column, place in self._columns:
            text = row[place].strip()
            if not self._is_meant(column, row) or (not text and self._table.empty_is_missing):
                continue
            point = self._point_of(column, row, line)
            yield Value(
                line=line,
                point=point,
                direction=direction_of(column),
                series=Series.METERED,
                place=self._begin(row, line, (point, column.direction)),
                energy_milliwh=milliwh(self._number(text, line), self._unit, line),
                quality=self._quality(column, row, line),
            )

    def _place_of(self, name: str) -> int:
        try:
            return self._head.index(name)
        except ValueError:
            seen = ", ".join(self._head)[:200]
            raise NotDone(
                f"line {self._table.head_line}: no column {name!r} among {seen}"
            ) from None

    def _is_meant(self, column: Column, row: list[str]) -> bool:
        return all(row[self._place_of(name)].strip() == word for name, word in column.where.items())

    def _point_of(self, column: Column, row: list[str], line: int) -> str:
        named = row[self._points].strip() if self._points is not None else None
        point = column.point or named or self._point
        if not point:
            raise NotDone(f"line {line}: nothing says whose values these are; give --point NAME")
        return point + column.suffix

    def _number(self, text: str, line: int) -> str:
        decimal = self._table.decimal
        if _OTHER[decimal] in text:
            raise NotDone(
                f"line {line}: {text!r} has a {_OTHER[decimal]!r}; the mapping's decimal sign is"
                f" {decimal!r}"
            )
        return text.replace(decimal, ".")

    def _begin(self, row: list[str], line: int, clock: tuple[str, str]) -> tuple[date, int]:
        at = self._time(" ".join(row[place].strip() for place in self._times), line)
        if self._table.time_is == "end":
            at -= timedelta(seconds=QUARTER_S)
        if at.tzinfo is None and self._file_zone.key == self._zone.key:
            # Each column's times come once; together they would be there twice.
            return self._clocks.setdefault(clock, WallClock(self._zone)).place(at, line)
        instant = at if at.tzinfo is not None else at.replace(tzinfo=self._file_zone)
        try:
            return place_of(instant.timestamp(), self._zone)
        except ValueError as error:
            raise NotDone(f"line {line}: {at} is {error}") from None

    def _time(self, text: str, line: int) -> datetime:
        try:
            if self._table.time_format == "unix":
                return datetime.fromtimestamp(float(text), ZoneInfo("UTC"))
            if self._table.time_format == "iso":
                return datetime.fromisoformat(text)
            return datetime.strptime(text, self._table.time_format)
        except (ValueError, OverflowError, OSError):
            raise NotDone(
                f"line {line}: {text!r} is no time as {self._table.time_format!r} has it"
            ) from None

    def _quality(self, column: Column, row: list[str], line: int) -> Quality:
        if column.quality is None:
            return Quality.MEASURED
        word = row[self._place_of(column.quality)].strip()
        if not self._table.qualities and not word:
            return Quality.MEASURED
        if word not in self._table.qualities:
            known = ", ".join(self._table.qualities) or "none"
            raise NotDone(f"line {line}: quality {word!r} is none of the mapping's ({known})")
        return Quality(self._table.qualities[word])
