"""What is shown now: of a whole picture, of none, and of one that says other things than ours."""

import pytest

from page.follow import NOTHING, Said
from page.views.now import now
from page.words import Words
from tests.factories.page_pictures import SELLER, home_picture


def shown(picture, problem=None):
    said = Said(picture=picture, at_s=1_790_000_000.0, problem=problem, count=1)
    return now(said, Words("en"))


def test_the_sentences_the_flow_and_the_facts_are_there():
    told = shown(home_picture(faults=["relay away"], fault_names=["relay_lost"]))

    for part in (
        "Supply <b>on seller</b>", "Waits for: the battery", "415 W", "0x5e5e…5e5e", "34.1 %",
        "relay away", "power and network", "12 Wh", "0.04", 'datetime="2026-09-21T',
    ):  # fmt: skip
        assert part in told, part


def test_the_neighbour_goes_by_its_name_where_the_relay_has_told_one():
    told = shown(home_picture(neighbours={SELLER: "home4"}))

    assert "Neighbour home4 415 W" in told
    assert "0x5e5e" not in told


def test_what_it_said_last_stands_below_that_it_is_away():
    told = shown(home_picture(), problem="no running node answers")

    assert told.index("does not answer") < told.index("415 W")
    assert "It is being asked." in now(NOTHING, Words("en"))


@pytest.mark.parametrize(
    "picture",
    [
        {},
        {"supply": 5, "faults": 5, "fault_names": None, "tokens": "many", "soc_pct": True},
        {"faults": ["one", 5], "fault_names": ["one"]},
        {"supply": {"reason": 5, "mode": [], "waiting": {}}, "auction": []},
    ],
)
def test_a_picture_of_another_version_is_shown_as_far_as_it_goes(picture):
    assert "not measured" in shown(picture)


def test_nothing_that_a_home_says_is_markup():
    evil = "<img src=x onerror=alert(1)>"
    picture = home_picture(
        node=evil,
        supply={"mode": evil, "reason": evil, "waiting": evil, "closed": True, "seller": evil},
        delivery={"mode": evil, "reason": evil},
        faults=[evil],
        fault_names=[evil],
        soc_pct=12.0,
    )

    assert "<img" not in shown(picture, problem=evil)
