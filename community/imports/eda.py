"""Read the Austrian energy report of the EDA portal (XLSX, or the same as CSV).

The head's rows are found by their labels in the first column, and not by their numbers: the older
form has no qualities, the newer one a column `MM` after each column of values. Times are local
without a zone; in October's hour that comes twice their order tells. Taken are what each point
metered and what the grid operator allocated to it; the other columns are held against these.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from community.imports.found import MILLIWH, Collector, File, WallClock, milliwh
from community.readings import Direction, Quality, Series
from community.refusal import NotDone

_SHEET = "Energiedaten"
_DIRECTIONS = {"CONSUMPTION": Direction.CONSUMPTION, "GENERATION": Direction.GENERATION}
_QUALITIES = {"L1": Quality.MEASURED, "L2": Quality.SUBSTITUTE, "L3": Quality.ESTIMATED}
_TIMES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
_LABELS = {
    "meteringpointid": "point",
    "energydirection": "direction",
    "meteringinterval": "interval",
    "metercode": "code",
    "spaltensumme": "sum",
}
_QUARTER = "QH"
_TOTAL = "TOTAL"

Cell = str | int | float | bool | time | date | datetime | timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    place: int
    point: str
    direction: Direction
    what: str
    quality: int | None


_METERED, _ALLOCATED, _LEFT = "metered", "allocated", "left over"


def read_eda(content: bytes, zone: ZoneInfo) -> File:
    """Read a report's days.

    Raises:
        NotDone: something in it is wrong; the sentence names the line.
    """
    rows = _rows(content)
    head, first = _head(rows)
    columns = list(_columns(head, rows[first:]))
    if not columns:
        raise NotDone("no column of metered energy is in its head (Metercode)")
    found, clock = Collector(zone), WallClock(zone)
    for line, row in enumerate(rows[first:], start=first + 1):
        if row and row[0] not in (None, ""):
            _take(found, row, line, clock.place(_time(row[0], line), "", line), columns)
    return found.file()


def _rows(content: bytes) -> Sequence[Sequence[Cell]]:
    if content[:2] == b"PK":
        return _of_workbook(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotDone(f"it is neither XLSX nor UTF-8 ({error})") from error
    separator = ";" if text.count(";") > text.count(",") else ","
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def _of_workbook(content: bytes) -> Sequence[Sequence[Cell]]:
    # Only who imports such a file needs the library.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_object(io.BytesIO(content)) as workbook:
            if _SHEET not in workbook.sheet_names:
                seen = ", ".join(workbook.sheet_names)
                raise NotDone(f"no sheet {_SHEET} is among its sheets ({seen})")
            return workbook.get_sheet_by_name(_SHEET).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise NotDone(f"it is no XLSX that can be read ({error})") from error


def _head(rows: Sequence[Sequence[Cell]]) -> tuple[dict[str, tuple[int, Sequence[Cell]]], int]:
    head = {}
    for number, row in enumerate(rows, start=1):
        label = re.sub(r"[\s_]", "", str(row[0] or "")).lower() if row else ""
        if label in _LABELS:
            head[_LABELS[label]] = (number, row)
        if label == "spaltensumme":
            break
    for label, name in _LABELS.items():
        if name not in head and name != "interval":
            raise NotDone(f"no line of its head begins with {label}; is it an energy report?")
    return head, head["sum"][0]


def _columns(
    head: dict[str, tuple[int, Sequence[Cell]]], values: Sequence[Sequence[Cell]]
) -> Iterator[_Column]:
    _, codes = head["code"]
    points, directions = head["point"][1], head["direction"][1]
    for place, code in enumerate(codes[1:], start=1):
        what = _what(str(code or ""))
        point = str(points[place] or "").strip() if place < len(points) else ""
        if what is None or not point or point == _TOTAL:
            continue
        word = str(directions[place] or "").strip().upper()
        if word not in _DIRECTIONS:
            raise NotDone(
                f"line {head['direction'][0]}: {point} has the direction {word!r}, neither"
                " CONSUMPTION nor GENERATION"
            )
        _refuse_other_intervals(head, place, point)
        following = str(codes[place + 1] or "") if place + 1 < len(codes) else ""
        quality = place + 1 if following.strip() == "MM" else None
        yield _Column(
            place=place, point=point, direction=_DIRECTIONS[word], what=what, quality=quality
        )


def _refuse_other_intervals(
    head: dict[str, tuple[int, Sequence[Cell]]], place: int, point: str
) -> None:
    if "interval" not in head:
        return
    line, intervals = head["interval"]
    interval = str(intervals[place] or "") if place < len(intervals) else ""
    if interval and not interval.startswith(_QUARTER):
        raise NotDone(f"line {line}: {point} has intervals of {interval!r}, not quarter hours (QH)")


def _what(code: str) -> str | None:
    """Say what a column holds, by its code's words; None where it is not taken."""
    words = code.lower()
    if "teilnahmefaktor" in words:
        return None
    if "eigendeckung" in words:
        return _ALLOCATED
    if "berschuss" in words and "gemeinschafts" in words:
        return _LEFT
    if "gesamtverbrauch" in words or words.startswith("gesamte gemeinschaftliche erzeugung"):
        return _METERED
    return None


def _take(
    found: Collector,
    row: Sequence[Cell],
    line: int,
    place: tuple[date, int],
    columns: Sequence[_Column],
) -> None:
    metered: dict[str, int] = {}
    for column in columns:
        cell = row[column.place] if column.place < len(row) else None
        if cell in (None, ""):
            continue
        energy = milliwh(_number(cell), MILLIWH["kWh"], line)
        series = Series.METERED if column.what == _METERED else Series.ALLOCATED
        if column.what == _METERED:
            metered[column.point] = energy
        elif column.point in metered and energy > metered[column.point]:
            raise NotDone(
                f"line {line}: {column.point} has {cell} kWh {column.what}, more than it metered"
            )
        if column.what == _LEFT:
            if column.point not in metered:
                continue
            energy = metered[column.point] - energy
        quality = _quality(row, column, line)
        found.add(column.point, column.direction, series, place, energy, quality, line)


def _number(cell: Cell) -> str:
    # A workbook's numbers are binary: their shortest text is what was typed.
    return repr(cell) if isinstance(cell, int | float) else str(cell).strip().replace(",", ".")


def _quality(row: Sequence[Cell], column: _Column, line: int) -> Quality:
    if column.quality is None:
        return Quality.MEASURED
    word = str(row[column.quality] or "").strip() if column.quality < len(row) else ""
    if word not in _QUALITIES:
        raise NotDone(f"line {line}: {column.point} has the quality {word!r}, none of L1, L2, L3")
    return _QUALITIES[word]


def _time(cell: Cell, line: int) -> datetime:
    if isinstance(cell, datetime):
        # A workbook counts days as a fraction: what is left of a second is its rounding.
        return (cell + timedelta(seconds=0.5)).replace(microsecond=0)
    if isinstance(cell, date):
        return datetime.combine(cell, time(0))
    for form in _TIMES:
        try:
            return datetime.strptime(str(cell).strip(), form)
        except ValueError:
            continue
    raise NotDone(f"line {line}: {cell!r} is no time as 31.12.2026 23:45 is one")
