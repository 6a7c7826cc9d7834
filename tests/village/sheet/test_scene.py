"""When a scene holds: it was played, the street is sound, and nobody lost by it."""

from dataclasses import replace

import pytest

from tests.village.sheet.test_market import DEEDS, NOON, a_community, a_sheet, an_interval
from village.market.scenes import SCENES
from village.sheet.scene import SceneSheet, ScenesSheet

SECRET = replace(DEEDS, published=0)


def a_scene(name, deeds=DEEDS, honest=None, **changes):
    return SceneSheet(
        honest=honest or a_sheet(), played=a_sheet(scene=SCENES[name], deeds=deeds, **changes)
    )


def with_bill(**changes):
    """Give the community whose one home pays 269 base units of its own, but for these."""
    community = a_community()
    return replace(community, bills=(replace(community.bills[0], **changes),))


def test_a_home_that_pays_what_the_grid_alone_would_charge_has_lost_nothing():
    sheet = a_scene("silent", SECRET)

    assert sheet.problems == ()
    assert sheet.lines()[-1] == "Scene silent holds."
    assert ScenesSheet(scenes=(sheet,)).is_sound


@pytest.mark.parametrize(
    ("honest", "ordered", "loss", "lost"),
    [
        ({}, (), 10_000_000, 10_000_000),
        ({NOON: -10_000_000}, (NOON,), 10_000_000, 0),
        ({NOON: -10_000_000, NOON + 1: 30_000_000}, (NOON,), 10_000_000, 0),
        ({NOON: -10_000_000, NOON + 1: 30_000_000}, (NOON, NOON + 1), 10_000_000, 10_000_000),
        ({NOON: -10_000_000}, (), 10_000_000, 10_000_000),
        ({}, (), -10_000_000, 0),
    ],
)
def test_a_home_loses_what_it_pays_above_the_grid_alone_and_not_in_the_same_intervals_honestly(
    honest, ordered, loss, lost
):
    before = a_sheet(gains={"home1": honest})
    gains = {"home1": dict.fromkeys(ordered, 0)}

    sheet = a_scene("silent", SECRET, before, community=with_bill(grid=-loss), gains=gains)

    (home,) = sheet.homes
    assert home.lost == lost
    assert ("home1 lost 10 by it" in sheet.problems) == (lost > 0)


def test_what_the_grid_still_owes_is_not_in_a_homes_hands():
    community = with_bill(grid=10_000_000)

    sheet = a_scene("silent", replace(SECRET, owed={"home1": 20_000_000}), community=community)

    assert sheet.homes[0].lost == 10_000_000


@pytest.mark.parametrize(
    ("name", "deeds", "said"),
    [
        ("silent", DEEDS, "1 pairings were published"),
        ("false-pairings", DEEDS, "0 of 1 published pairings were false"),
        ("dear", DEEDS, "the dear tariff held in 0 of 1 intervals"),
        ("uncleared", DEEDS, "the utility cleared 1 of 1 intervals"),
        ("standstill", DEEDS, "the chain stood still for 180 s at most"),
    ],
)
def test_a_day_without_anything_of_its_scene_shows_nothing(name, deeds, said):
    sheet = a_scene(name, deeds, intervals=(an_interval(orders=0),))

    assert said in sheet.problems


def test_an_order_under_a_dear_tariff_is_a_problem():
    sheet = a_scene("dear", replace(DEEDS, dear=1))

    assert sheet.problems == ("interval 409052: 4 homes ordered all the same",)


def test_a_day_without_trade_need_not_save_anything():
    """What the sale and its meter differ by may be either way."""
    community = with_bill(grid=-1)

    sheet = a_scene(
        "dear",
        replace(DEEDS, dear=1),
        intervals=(an_interval(orders=0),),
        community=community,
    )

    assert sheet.problems == ()


def test_an_order_that_is_settled_at_the_worst_is_a_punishment():
    sheet = a_scene("standstill", replace(DEEDS, gap_s=90_000, missing=1))

    assert sheet.problems == ("1 orders were settled at the worst",)


def test_a_contact_that_does_not_close_as_paired_is_a_problem_but_not_without_a_chain():
    stays = (an_interval(followed=1),)

    assert a_scene("silent", SECRET, intervals=stays).problems == (
        "1 paired contacts did not close",
    )
    still = replace(DEEDS, gap_s=90_000)
    assert a_scene("standstill", still, intervals=stays).problems == ()


def test_the_contacts_of_both_days_stand_beside_each_other():
    pair, other = ("home1", "home2"), ("home3", "home2")
    honest = a_sheet(intervals=(an_interval(closed=frozenset({pair, other})),))

    same = a_scene("silent", SECRET, honest, intervals=honest.intervals)
    moved = a_scene("silent", SECRET, honest)

    assert "    Tue 12:00  honest home1<home2 home3<home2; here the same" in same.lines()
    assert "    Tue 12:00  honest home1<home2 home3<home2; here none" in moved.lines()
