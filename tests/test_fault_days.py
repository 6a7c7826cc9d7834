"""The campaign of random days: which it draws, what it judges, and where it goes on."""

import json

import pytest

from tests.faults import days

WELL = {
    "day": "2016-05-01",
    "busy": 0,
    "status": 0,
    "sound": True,
    "weather": False,
    "orders": 3,
    "differences": {"home1": 0.002},
    "time": {
        "speed": 719.0,
        "blocks_per_hour": 20.0,
        "late": {"samples": 0, "leases": 0, "consents": 0},
    },
}


def test_a_longer_draw_of_the_same_seed_begins_with_the_shorter_one():
    assert days.days_of(7, 20)[:5] == days.days_of(7, 5)
    assert days.days_of(7, 5) != days.days_of(8, 5)


@pytest.mark.parametrize(
    ("changes", "well"),
    [
        ({}, True),
        ({"sound": False}, False),
        ({"sound": False, "weather": True}, True),
        ({"time": {**WELL["time"], "late": {"samples": 1, "leases": 0, "consents": 0}}}, False),
    ],
)
def test_a_day_is_well_if_sound_or_dark_by_the_weather_and_nothing_was_late(changes, well):
    assert days.is_well({**WELL, **changes}) is well


def test_a_day_without_a_result_is_not_well_and_shows_what_was_printed():
    failed = {"day": "2016-05-01", "busy": 0, "status": 2, "printed": "village: no room"}

    assert not days.is_well(failed)
    assert "status 2, no result" in days.row(failed)
    assert "village: no room" in days.row(failed)


def test_days_that_stand_in_the_file_are_not_played_again(tmp_path, monkeypatch, capsys):
    played = []

    def play(day, _hours, beside):
        played.append(day)
        return {**WELL, "day": day, "busy": beside}

    monkeypatch.setattr(days, "play", play)
    file = tmp_path / "days"

    assert days.main(["--count", "2", "--append", str(file)]) == 0
    assert days.main(["--count", "3", "--append", str(file)]) == 0

    assert played == [str(day) for day in days.days_of(1, 3)]
    assert [json.loads(line)["day"] for line in file.read_text().splitlines()] == played
    assert "3 days, 0 not well" in capsys.readouterr().out
