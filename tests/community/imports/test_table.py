"""Tables of other countries by their mappings, and what is wrong with a table."""

from datetime import date

import pytest

from community.imports.mapping import parse, shapes, table_of
from community.imports.table import read_table
from community.readings import Direction
from community.refusal import NotDone
from node.core.errors import ConfigError
from tests.community.conftest import VIENNA

SWISS = (
    "Zeitstempel;Messpunkt;Richtung;Energie (kWh);Status\n"
    "2026-11-02T00:15:00+01:00;CH1;Bezug;0.125;W\n"
    "2026-11-02T00:15:00+01:00;CH1;Rücklieferung;0.000;W\n"
    "2026-11-02T00:30:00+01:00;CH2;Bezug;0.250;E\n"
)
GERMAN = (
    "Datum;von;bis;Bezug (kW);Status\n"
    "02.11.2026;00:00;00:15;0,500;W\n"
    "02.11.2026;00:15;00:30;1,000;V\n"
)
AUSTRIAN = (
    "Messzeitpunkt;Verbrauch (kWh);Qualität\n"
    "02.11.2026 00:00;0,125;L1\n"
    "02.11.2026 00:15;;\n"
    "02.11.2026 00:30;0,250;L2\n"
)


def read(text, shape, point=None):
    return read_table(text.encode(), table_of(shape), VIENNA, point)


def first(file, count=3):
    return {
        (day.point, day.direction): (list(day.energies[:count]), list(day.qualities[:count]))
        for day in file.days
    }


def test_the_shapes_of_three_countries_are_known():
    assert shapes() == ["austrian", "german", "swiss"]


def test_an_austrian_members_file():
    assert first(read(AUSTRIAN, "austrian", "AT1")) == {
        ("AT1", Direction.CONSUMPTION): ([125_000, -1, 250_000], [1, 0, 2])
    }


def test_a_german_load_profile_is_of_mean_power():
    assert first(read(GERMAN, "german", "DE1"), 2) == {
        ("DE1", Direction.CONSUMPTION): ([125_000, 250_000], [1, 3])
    }


def test_swiss_quarter_hours_are_told_by_their_end_and_each_direction_is_a_point_of_its_own():
    assert first(read(SWISS, "swiss"), 2) == {
        ("CH1", Direction.CONSUMPTION): ([125_000, -1], [1, 0]),
        ("CH1 R", Direction.GENERATION): ([0, -1], [1, 0]),
        ("CH2", Direction.CONSUMPTION): ([-1, 250_000], [0, 2]),
    }


def test_a_point_cannot_have_both_directions():
    text = "t;a;b\n2026-11-02 00:00;1;1\n"
    mapping = (
        "time: [t]\nvalues:\n  - {column: a, point: ME, direction: generation}\n"
        "  - {column: b, point: ME, direction: consumption}\n"
    )

    with pytest.raises(NotDone, match="line 2: point ME is consumption here and generation"):
        read_table(text.encode(), parse(mapping, "mine.yml"), VIENNA, None)


def test_a_time_with_an_offset_lies_in_the_communitys_day():
    text = SWISS.replace("2026-11-02T00:15:00+01:00;CH1;Bezug", "2026-11-01T22:15:00Z;CH1;Bezug")

    days = {day.day for day in read(text, "swiss").days}

    assert days == {date(2026, 11, 1), date(2026, 11, 2)}


BROKEN = {
    "another separator": (AUSTRIAN.replace(";", ","), "line 1: no column 'Messzeitpunkt' among"),
    "a decimal point": (AUSTRIAN.replace("0,125", "0.125"), "line 2: '0.125' has a '.'"),
    "a cut line": (AUSTRIAN + "02.11.2026 00:45;0,1\n", "line 5: 2 columns, where the head has 3"),
    "a time twice": (
        AUSTRIAN + "02.11.2026 00:30;0,1;L1\n",
        "line 5: AT1 at 2026-11-02 00:30 was there already, in line 4",
    ),
    "an unknown quality": (AUSTRIAN.replace("L2", "X"), "line 4: quality 'X' is none"),
    "another time's form": (
        AUSTRIAN.replace("02.11.2026 00:30", "2026-11-02"),
        "line 4: '2026-11-02'",
    ),
    "nothing": ("Messzeitpunkt;Verbrauch (kWh);Qualität\n", "no quarter hour is in it"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_table_is_refused_with_its_line(kind):
    text, says = BROKEN[kind]

    with pytest.raises(NotDone, match=says):
        read(text, "austrian", "AT1")


def test_watt_hours_that_are_taken_for_kilowatt_hours_are_asked_about():
    text = AUSTRIAN.replace("0,125", "125").replace("0,250", "250")

    assert read(text, "austrian", "AT1").notes[-1] == (
        "line 4: AT1 has 250 kWh in a quarter hour, which no house's connection bears; is it the"
        " unit that its mapping says?"
    )
    assert not any("which no" in note for note in read(AUSTRIAN, "austrian", "AT1").notes)


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    content = "\ufeff".encode() + AUSTRIAN.encode()

    file = read_table(content, table_of("austrian"), VIENNA, "AT1")

    assert len(file.days) == 1


def test_a_file_in_another_encoding_is_refused_by_name():
    with pytest.raises(NotDone, match="it is not written in utf-8"):
        read_table(AUSTRIAN.encode("cp1252"), table_of("austrian"), VIENNA, "AT1")


def test_nobodys_values_are_refused():
    with pytest.raises(NotDone, match="line 2: nothing says whose values these are; give --point"):
        read(AUSTRIAN, "austrian")


def test_a_mapping_of_ones_own_reads_any_table(tmp_path):
    mapping = tmp_path / "mine.yml"
    mapping.write_text(
        'separator: ","\nunit: Wh\nhead_line: 2\ntime: [t]\ntime_format: unix\nzone: UTC\n'
        "values:\n  - {column: w, point: ME, direction: generation}\n"
    )
    text = "made by my logger\nt,w\n1793487600,125\n"

    file = read_table(text.encode(), table_of(str(mapping)), VIENNA, None)

    assert first(file, 1) == {("ME", Direction.GENERATION): ([125_000], [1])}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time: [t]\nvalues: []\n", "values: none"),
        (
            "separator: ';;'\ntime: [t]\nvalues: [{column: a, direction: consumption}]\n",
            "separator",
        ),
        ("time: [t]\nvalues: [{column: a, direction: up}]\n", "direction"),
        (
            "time: [t]\nzone: Vienna\nvalues: [{column: a, direction: consumption}]\n",
            "zone: Vienna",
        ),
        ("tiem: [t]\nvalues: [{column: a, direction: consumption}]\n", "tiem"),
    ],
)
def test_a_mapping_that_cannot_be_says_what_is_wrong(text, says):
    with pytest.raises(ConfigError, match=says):
        parse(text, "mine.yml")
