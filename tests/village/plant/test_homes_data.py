import re
from datetime import date, datetime, timedelta

import pytest

from node.core.errors import ConfigError
from village.plant.homes_data import FONTANA_CSV, HOURS_PER_WEEK, read_profiles

DAY = date(2016, 8, 2)


def a_file(tmp_path, lines, names="interval_start,home1_load_wh,home1_pv_wh"):
    path = tmp_path / "homes.csv"
    path.write_text("\n".join([names, *lines]) + "\n")
    return path


def hours(first, count, load=100, pv=50):
    return [f"{first}T{hour:02}:00,{load + hour},{pv}" for hour in range(count)]


def refusal(path, homes=1, first_day=DAY):
    with pytest.raises(ConfigError) as caught:
        read_profiles(path, homes=homes, first_day=first_day)
    return str(caught.value)


def test_the_street_of_fontana_begins_at_its_local_midnight():
    profiles = read_profiles(FONTANA_CSV, homes=6, first_day=DAY)

    assert profiles.start_s == 1_470_124_800  # 2016-08-02 08:00 UTC, midnight at UTC-8
    assert profiles.homes[0].load_mw[:3] == (979, 901, 922)
    assert sum(profiles.homes[0].pv_mw[:24]) == 22_508
    assert {len(home.load_mw) for home in profiles.homes} == {8760}


def test_homes_beyond_the_file_repeat_it_a_week_later():
    profiles = read_profiles(FONTANA_CSV, homes=12, first_day=DAY)

    first, seventh = profiles.homes[0], profiles.homes[6]
    assert first.load_mw[HOURS_PER_WEEK : HOURS_PER_WEEK + 24] == seventh.load_mw[:24]
    assert first.pv_mw[HOURS_PER_WEEK : HOURS_PER_WEEK + 24] == seventh.pv_mw[:24]


def test_after_its_last_hour_the_file_starts_anew(tmp_path):
    path = a_file(tmp_path, hours("2016-08-01", 24) + hours("2016-08-02", 24, load=500))

    home = read_profiles(path, homes=1, first_day=DAY).homes[0]

    assert home.load_mw[:2] == (500, 501)
    assert home.load_mw[24:26] == (100, 101)


def test_any_number_of_homes_may_stand_in_the_file_in_any_order(tmp_path):
    names = "interval_start,home2_pv_wh,home2_load_wh,home1_load_wh,home1_pv_wh"
    path = a_file(tmp_path, ["2016-08-02T00:00,4,3,1,2"], names)

    homes = read_profiles(path, homes=2, first_day=DAY).homes

    assert [(home.load_mw, home.pv_mw) for home in homes] == [((1,), (2,)), ((3,), (4,))]


def test_a_bad_value_names_file_line_and_column(tmp_path):
    path = a_file(tmp_path, ["2016-08-02T00:00,1,2", "2016-08-02T01:00,-3,2.5"])

    told = refusal(path)

    assert f"{path}, line 3, home1_load_wh: '-3'" in told
    assert f"{path}, line 3, home1_pv_wh: '2.5'" in told


def test_a_missing_value_names_line_and_column(tmp_path):
    assert "line 2, home1_pv_wh: ''" in refusal(a_file(tmp_path, ["2016-08-02T00:00,1"]))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("yesterday,1,2", "line 3, interval_start: 'yesterday'"),
        ("2016-08-02T02:00,1,2", "line 3, interval_start: '2016-08-02T02:00' (2016-08-02T01:00)"),
        ("2016-08-02T00:00,1,2", "line 3, interval_start: '2016-08-02T00:00' (2016-08-02T01:00)"),
    ],
)
def test_hours_that_do_not_follow_are_refused(tmp_path, line, told):
    assert told in refusal(a_file(tmp_path, ["2016-08-02T00:00,1,2", line]))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("time,home1_load_wh,home1_pv_wh", "line 1, column 1: 'time'"),
        ("interval_start,load,pv", "line 1: no home"),
        ("interval_start,home1_load_wh,pv", "line 1, home1_pv_wh: 0 columns"),
        ("interval_start,home2_load_wh,home2_pv_wh", "line 1, home1_load_wh: 0 columns"),
        ("interval_start,home1_load_wh,home1_load_wh", "line 1, home1_load_wh: 2 columns"),
    ],
)
def test_wrong_names_are_refused(tmp_path, names, told):
    assert told in refusal(a_file(tmp_path, ["2016-08-02T00:00,1,2"], names))


def test_a_day_outside_the_file_names_the_days_inside():
    told = refusal(FONTANA_CSV, first_day=date(2020, 1, 1))

    assert "2020-01-01 (a day from 2016-07-31 to 2017-07-31)" in told


def test_an_absent_and_an_empty_file_are_named(tmp_path):
    assert "nothing.csv" in refusal(tmp_path / "nothing.csv")
    assert "no hours" in refusal(a_file(tmp_path, []))


def test_a_number_without_end_is_refused(tmp_path):
    told = refusal(a_file(tmp_path, ["2016-08-02T00:00," + "7" * 5000 + ",2"]))

    assert "line 2, home1_load_wh" in told
    assert len(told) < 300


def test_no_hour_follows_the_calendars_last(tmp_path):
    lines = ["9999-12-31T23:00,1,2", "9999-12-31T23:00,1,2"]

    assert "the calendar ends" in refusal(a_file(tmp_path, lines))


@pytest.mark.parametrize(
    ("stamp", "first"),
    [("{:%Y-%m-%dT%H:%M}Z", 8), ("{:%Y-%m-%d %H:%M:%S}+02:00", 10), ("{:%Y-%m-%dT%H:%M}-08:00", 0)],
    ids=["UTC", "two hours east", "here"],
)
def test_a_stamp_with_a_zone_is_played_at_its_own_instant(tmp_path, stamp, first):
    """It begins at the midnight of the street, eight hours after that of UTC."""
    begins = datetime(2016, 8, 1)
    lines = [f"{stamp.format(begins + timedelta(hours=n))},{n},{n}" for n in range(72)]
    path = a_file(tmp_path, lines)

    profiles = read_profiles(path, homes=1, first_day=DAY)

    assert profiles.start_s == 1_470_124_800
    assert profiles.homes[0].load_mw[0] == 24 + first


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["2016-08-02T08:00Z,1,1", "2016-08-02T01:00,1,1"], "line 3, .*with a zone as the lines"),
        (["2016-08-02T00:00,1,1", "2016-08-02T09:00Z,1,1"], "line 3, .*without a zone"),
        (["2016-08-02T08:00Z,1,1", "2016-08-02T10:00Z,1,1"], r"line 3, .*2016-08-02T09:00\+00:00"),
        (["2016-08-02T08:00+05:30,1,1"], "line 2, .*the start of an hour"),
        (["2016-08-02T00:30,1,1"], "line 2, .*the start of an hour"),
        (["2016-08-02T00:00,1,1", "", "2016-08-02T01:00,1,1"], "line 3, "),
    ],
)
def test_stamps_that_do_not_go_together_are_refused_with_the_line(tmp_path, lines, told):
    assert re.search(told, refusal(a_file(tmp_path, lines)))


def test_what_a_spreadsheet_leaves_behind_is_passed_over(tmp_path):
    path = tmp_path / "homes.csv"
    text = "interval_start, home1_load_wh, home1_pv_wh\r\n2016-08-02T00:00, 7, 3\r\n\r\n,,\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())

    home = read_profiles(path, homes=1, first_day=DAY).homes[0]

    assert (home.load_mw, home.pv_mw) == ((7,), (3,))
