"""The Austrian energy report in both of its forms, and every way in which one can be broken."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from community.example import point
from community.imports.eda import read_eda
from community.readings import MISSING, Direction, Quality, Series
from community.refusal import NotDone
from tests.community.conftest import VIENNA, report_rows, report_text

DAY = date(2026, 10, 24)
CHANGE = date(2026, 10, 25)
HEAD = 8
ANNA, DAVIDS_PANELS = point(1, feeds_in=False), point(4, feeds_in=True)


def rows_of(day=DAY, days=1):
    return [list(row) for row in report_rows(day, date.fromordinal(day.toordinal() + days))]


def read(rows):
    return read_eda(report_text(rows).encode(), VIENNA)


def workbook(rows, *, qualities=True, sheet="Energiedaten"):
    """Write rows as the portal's XLSX: times as dates, numbers as numbers."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet(sheet)
    as_time = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
    for line, row in enumerate(rows):
        cells = [row[0], *(row[1:] if qualities else row[1::2])]
        for place, cell in enumerate(cells):
            if place == 0 and line >= HEAD:
                at = datetime.strptime(str(cell), "%d.%m.%Y %H:%M:%S")
                page.write_datetime(line, 0, at, as_time)
            else:
                page.write(line, place, cell)
    book.close()
    return content.getvalue()


def by_point(file, series=Series.METERED):
    return {day.point: day for day in file.days if day.series is series}


def test_a_report_tells_what_each_point_metered_and_what_was_allocated_to_it():
    rows = rows_of()
    rows[HEAD][1] = 0.125  # Anna's first quarter hour
    rows[HEAD][3] = rows[HEAD][5] = 0.025

    file = read(rows)

    anna = by_point(file)[ANNA]
    assert (anna.direction, anna.day, len(anna.energies)) == (Direction.CONSUMPTION, DAY, 96)
    assert anna.energies[0] == 125_000
    assert by_point(file, Series.ALLOCATED)[ANNA].energies[0] == 25_000
    assert set(anna.qualities) == {Quality.MEASURED}
    assert by_point(file)[DAVIDS_PANELS].direction is Direction.GENERATION
    assert file.notes == []


def test_what_the_operator_allocated_is_equal_on_both_sides_in_every_quarter_hour():
    allocated = by_point(read(rows_of()), Series.ALLOCATED)

    for quarter in range(96):
        got = sum(
            day.energies[quarter]
            for day in allocated.values()
            if day.direction is Direction.CONSUMPTION
        )
        assert got == sum(day.energies[quarter] for day in allocated.values()) - got


@pytest.mark.parametrize("qualities", [True, False])
def test_a_workbook_of_the_newer_and_of_the_older_form_says_the_same_as_the_text(qualities):
    rows = rows_of(days=2)

    file = read_eda(workbook(rows, qualities=qualities), VIENNA)

    assert file == read(rows)


def test_the_repeated_hour_is_known_by_its_order():
    rows = rows_of(CHANGE)

    energies = by_point(read(rows))[ANNA].energies

    assert len(rows) - HEAD == len(energies) == 100
    assert [row[0][11:16] for row in rows[HEAD + 8 : HEAD + 18]] == [
        "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00", "03:15",
    ]  # fmt: skip
    assert energies[12] == round(rows[HEAD + 12][1] * 1_000_000)


def test_the_day_without_an_hour_has_92_quarter_hours():
    assert len(by_point(read(rows_of(date(2026, 3, 29))))[ANNA].energies) == 92


def test_substitutes_and_estimates_are_known_as_such():
    rows = rows_of()
    rows[HEAD + 1][2], rows[HEAD + 2][2] = "L2", "L3"

    qualities = by_point(read(rows))[ANNA].qualities

    assert list(qualities[:4]) == [1, 2, 3, 1]


def test_missing_quarter_hours_are_told_with_their_line_and_stay_gaps():
    rows = rows_of()
    del rows[HEAD + 40 : HEAD + 44]

    file = read(rows)

    assert by_point(file)[ANNA].energies[39:45].count(MISSING) == 4
    assert file.notes[0] == (
        f"after line {HEAD + 40}: {ANNA} lacks 4 quarter hours on 2026-10-24, the first at 10:00"
    )


def swap(rows, one, other):
    rows[one], rows[other] = rows[other], rows[one]


def cut(rows):
    rows[HEAD + 3] = [rows[HEAD + 3][0], "0,1", "L9"]


BROKEN = {
    "a day twice": (
        lambda rows: rows.append(rows[HEAD]),
        "line 105: .* at 2026-10-24 00:00 was there already, in line 9",
    ),
    "a value below 0": (lambda rows: rows[HEAD].__setitem__(1, "-0,5"), "line 9: -0.5 is below 0"),
    "words for a value": (
        lambda rows: rows[HEAD].__setitem__(1, "n/a"),
        "line 9: 'n/a' is no number",
    ),
    "a number without end": (lambda rows: rows[HEAD].__setitem__(1, "inf"), "line 9: 'inf' is no"),
    "another unit": (
        lambda rows: rows[HEAD].__setitem__(1, "125000000"),
        "line 9: 125000000 is more than 1,000,000 kWh in a quarter hour; its unit?",
    ),
    "a thousands' point": (lambda rows: rows[HEAD].__setitem__(1, "1.250,5"), "line 9: '1.250.5'"),
    "no time": (lambda rows: rows[HEAD].__setitem__(0, "morning"), "line 9: 'morning' is no time"),
    "an American time": (
        lambda rows: rows[HEAD].__setitem__(0, "10/24/2026 00:00"),
        "line 9: '10/24/2026 00:00' is no time as 31.12.2026 23:45 is one",
    ),
    "a time between": (
        lambda rows: rows[HEAD].__setitem__(0, "24.10.2026 00:07"),
        "line 9: 2026-10-24 00:07:00 is no begin of a quarter hour",
    ),
    "an unknown quality": (lambda rows: rows[HEAD].__setitem__(2, "L7"), "has the quality 'L7'"),
    "a line cut off": (cut, "line 12: .* has the quality 'L9', none of L1, L2, L3"),
    "an unknown direction": (
        lambda rows: rows[2].__setitem__(1, "BOTH"),
        "line 3: .*1 has the direction 'BOTH'",
    ),
    "a direction swapped": (
        lambda rows: rows[2].__setitem__(5, "GENERATION"),
        "line 9: point .* is consumption here|line 9: point .* is generation here",
    ),
    "hours": (
        lambda rows: rows[5].__setitem__(1, "H (stündlich)"),
        "line 6: .* has intervals of 'H",
    ),
    "no codes": (lambda rows: rows.pop(6), "no line of its head begins with metercode"),
    "no points": (lambda rows: rows.pop(0), "no line of its head begins with meteringpointid"),
    "no end of the head": (lambda rows: rows.pop(7), "begins with spaltensumme"),
    "codes of another table": (
        lambda rows: rows[6].__setitem__(slice(1, None), ["Preis"] * 38),
        "no column of metered energy",
    ),
    "a share above what was metered": (
        lambda rows: rows[HEAD].__setitem__(5, "99"),
        "line 9: .* has 99 kWh allocated, more than it metered",
    ),
    "no value": (lambda rows: rows.__setitem__(slice(HEAD, None), []), "no quarter hour is in it"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_report_is_refused_with_its_line(kind):
    breaks, says = BROKEN[kind]
    rows = rows_of()
    breaks(rows)

    with pytest.raises(NotDone, match=says):
        read(rows)


def test_an_hour_that_does_not_exist_is_another_zones():
    rows = rows_of(date(2026, 3, 29))
    rows[HEAD + 8][0] = "29.03.2026 02:00:00"

    with pytest.raises(NotDone, match="2026-03-29 02:00 does not exist in Europe/Vienna"):
        read(rows)


def test_a_workbook_without_the_sheet_names_those_that_are_there():
    with pytest.raises(NotDone, match=r"no sheet Energiedaten is among its sheets \(Tabelle1\)"):
        read_eda(workbook(rows_of(), sheet="Tabelle1"), VIENNA)


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xff\xfe\x00", b""])
def test_what_is_no_report_at_all_is_refused(content):
    with pytest.raises(NotDone):
        read_eda(content, VIENNA)
