"""The flight recorder: every trouble can be replayed."""

import json
import re
from pathlib import Path

import pytest

from node.core.commands import HoldContacts
from node.state.recorder import Difference, program_version, replay
from tests.factories.flight import PICTURES, flight
from tests.factories.home import NOW_S, observation, open_order
from tests.factories.settings import settings


def test_a_flight_replays_to_the_same_commands(tmp_path):
    written = flight(*PICTURES).dump(tmp_path / "flight.jsonl")

    assert written == 4
    assert list(replay(tmp_path / "flight.jsonl")) == [None, None, None, None]
    assert [path.name for path in tmp_path.iterdir()] == ["flight.jsonl"]


def test_a_full_ring_keeps_the_newest_and_still_replays(tmp_path):
    written = flight(*PICTURES, capacity=2).dump(tmp_path / "flight.jsonl")

    assert written == 2
    assert list(replay(tmp_path / "flight.jsonl")) == [None, None]


def test_a_ring_of_many_packed_blocks_keeps_exactly_the_newest(tmp_path):
    pictures = [observation(NOW_S + second, 50.0) for second in range(300)]

    recorder = flight(*pictures, capacity=150)

    seen = [cycle.observation for cycle in recorder.newest().cycles()]
    assert seen == pictures[-150:]
    assert recorder.dump(tmp_path / "flight.jsonl") == 150
    assert list(replay(tmp_path / "flight.jsonl")) == [None] * 150


def test_a_packed_file_replays_too_and_a_torn_one_is_refused(tmp_path):
    path = tmp_path / "flight.jsonl.gz"
    assert flight(*PICTURES).dump(path) == 4
    assert list(replay(path)) == [None, None, None, None]

    path.write_bytes(path.read_bytes()[:-12])

    with pytest.raises(ValueError, match="is damaged"):
        list(replay(path))


def test_other_settings_begin_a_record_of_their_own(tmp_path):
    recorder, path = flight(*PICTURES), tmp_path / "flight.jsonl"
    before = recorder.newest()

    recorder.settle(settings())

    assert recorder.dump(path) == 0
    assert recorder.dump(path, before) == 4
    assert list(replay(path)) == [None, None, None, None]


def test_an_empty_ring_can_be_dumped_and_replayed(tmp_path):
    assert flight().dump(tmp_path / "flight.jsonl") == 0
    assert list(replay(tmp_path / "flight.jsonl")) == []


def test_a_difference_names_the_cycle_and_both_commands(tmp_path):
    path = tmp_path / "flight.jsonl"
    flight(*PICTURES).dump(path)
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([head, json.dumps(json.loads(first) | {"commands": []}), *rest]))

    found = list(replay(path))

    assert found == [
        Difference(cycle=0, recorded=(), replayed=(open_order(),)),
        None,
        None,
        None,
    ]
    assert isinstance([*flight(*PICTURES).newest().cycles()][1].commands[0], HoldContacts)


@pytest.mark.parametrize("head", ['{"format": 0}', "{}", "not json"])
def test_a_file_that_is_no_flight_record_is_refused(tmp_path, head):
    path = tmp_path / "flight.jsonl"
    path.write_text(head + "\n")

    with pytest.raises(ValueError):
        list(replay(path))


@pytest.mark.parametrize("line", ["[" * 5000, "[]", "5", "{}", '{"observation": 5}'])
def test_a_line_that_is_no_cycle_is_refused(tmp_path, line):
    path = tmp_path / "flight.jsonl"
    flight(*PICTURES).dump(path)
    head = path.read_text().splitlines()[0]

    for text in (line, f"{head}\n{line}"):
        path.write_text(text + "\n")
        with pytest.raises(ValueError):
            list(replay(path))


def changed(path, change):
    """Write a flight whose head or first cycle is changed, as another version has it."""
    flight(*PICTURES).dump(path)
    head, first, *rest = map(json.loads, path.read_text().splitlines())
    change(head, first["observation"])
    path.write_text("\n".join(json.dumps(line) for line in (head, first, *rest)))


def test_an_older_record_without_a_later_member_that_has_a_default_replays(tmp_path):
    path = tmp_path / "flight.jsonl"

    def older(head, observation):
        del head["version"], observation["turns"], observation["largest_sellers"]

    changed(path, older)

    assert list(replay(path)) == [None] * 4


@pytest.mark.parametrize(
    ("writer", "said"),
    [("0.0.9", "of version 0.0.9"), (None, "of a version that told no number yet")],
)
@pytest.mark.parametrize("of", ["settings", "observation"])
def test_a_record_of_a_version_without_a_member_that_is_needed_is_refused_with_its_name(
    tmp_path, of, writer, said
):
    path = tmp_path / "flight.jsonl"

    def other(head, observation):
        head.pop("version")
        if writer is not None:
            head["version"] = writer
        del (head["settings"] if of == "settings" else observation)[
            "supply" if of == "settings" else "battery"
        ]

    changed(path, other)

    with pytest.raises(ValueError) as refused:
        list(replay(path))
    assert str(refused.value) == (
        f"{path} is a flight record {said}, and version {program_version()} does not read it:"
        " replay it with the program that wrote it"
    )


def test_a_record_of_what_no_home_can_see_is_refused(tmp_path):
    path = tmp_path / "flight.jsonl"
    flight(*PICTURES).dump(path)
    path.write_text(re.sub(r'"price_per_kwh": \d+', '"price_per_kwh": 0', path.read_text()))

    with pytest.raises(ValueError, match="no home can see"):
        list(replay(path))


def test_what_an_editor_leaves_behind_is_passed_over(tmp_path):
    path = tmp_path / "flight.jsonl"
    flight(*PICTURES).dump(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")

    assert list(replay(path)) == [None] * 4


SPEED_IN_SETTINGS = Path(__file__).parents[2] / "vectors" / "flight-speed-720.jsonl"
"""Written by commit 5416c4d, whose settings alone knew the clock's speed: eight cycles in which a
purchase runs out of its time, is refunded, and an offer is renewed, all between two blocks."""


def test_an_older_record_has_the_clocks_speed_in_its_settings():
    assert list(replay(SPEED_IN_SETTINGS)) == [None] * 8


def test_an_older_records_speed_decides_what_is_replayed(tmp_path):
    text = SPEED_IN_SETTINGS.read_text()
    slowed = tmp_path / "flight.jsonl"
    slowed.write_text(text.replace('"clock_speed": 720.0', '"clock_speed": 1.0'))

    found = list(replay(slowed))

    differs = [number for number, cycle in enumerate(found) if cycle is not None]
    assert differs == [0, 3, 4, 5, 6, 7]
