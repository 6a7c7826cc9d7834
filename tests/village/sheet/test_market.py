"""What makes a market's day unsound; each with the whole sheet sound but for it."""

from dataclasses import replace

import pytest

from node.core.auction.tariff import Tariff
from tests.village.sheet.test_day import a_street_sheet
from village.market.bills import Bill, Slice, bill_of, community_of
from village.market.interval_watch import Checked
from village.market.scenes import HONEST
from village.plant.balance import Balance, Book
from village.sheet.market import Deeds, MarketSheet, MeterCompared

TARIFF = Tariff(feed_in_per_kwh=80_000_000, tick_size_per_kwh=3_000_000)
NOON = 409_052
DEEDS = Deeds(
    published=1, false=0, cleared=1, cleared_by_utility=1, dear=0, gap_s=180, settled=2, missing=0,
    owed={"home1": 0},
)  # fmt: skip


def a_community():
    piece = Slice(
        home="home1", interval=NOON, tariff=TARIFF, import_milliwh=1000, export_milliwh=0,
        drawn_milliwh=0, delivered_milliwh=0, trade=None,
    )  # fmt: skip
    bills = [bill_of("home1", [piece], sale=0)]
    return community_of(bills, [piece], solar_milliwh=500, load_milliwh=1500)


def an_interval(**changes):
    seen = {
        "interval": NOON, "orders": 4, "cleared_lead_s": 1400.0, "paired_lead_s": 1300.0,
        "parts": 2, "followed": 2, "closed": frozenset(), "astray": {},
    }  # fmt: skip
    return Checked(**{**seen, **changes})


def a_sheet(**changes):
    book = Book(battery_at_start=0, battery_at_end=0)
    whole = {
        "scene": HONEST,
        "deeds": DEEDS,
        "street": a_street_sheet(balance=Balance(homes=(), total=book, parallel_sources=0)),
        "intervals": (an_interval(),),
        "interval_s": 3600,
        "community": a_community(),
        "lost": (),
        "compared": (),
        "twice_milliwh": 0,
        "lag_milliwh": 0,
        "astray_s": 1080.0,
        "mistakes": (),
        "gas": {"of homes": 1},
        "gains": {"home1": {}},
    }
    return MarketSheet(**{**whole, **changes})


def test_a_sound_day_says_so_and_has_no_problems():
    sheet = a_sheet()

    assert sheet.is_sound
    assert sheet.problems == ()
    assert sheet.lines()[-1] == "The market's day is sound."
    assert "    Tue 12:00   4 orders  cleared   1400 s  paired   1300 s  contacts 2 of 2" in (
        sheet.lines()
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"intervals": (an_interval(paired_lead_s=None),)},
            f"interval {NOON} (Tue 12:00) was not cleared and paired in time",
        ),
        (
            {"intervals": (an_interval(astray={("home1", "home2"): 1081.0}),)},
            f"interval {NOON} (Tue 12:00): home1 hung on home2 for 1081 s unlicensed",
        ),
        (
            {"twice_milliwh": 3, "lag_milliwh": 2},
            "3 mWh were paid at the sale and in the auction, of which opening contacts explain 2",
        ),
        ({"mistakes": ("the auction has 1 base units too many",)}, "the auction has 1 base"),
        (
            {
                "community": replace(
                    a_community(), bills=(replace(a_community().bills[0], trade=1),)
                )
            },
            "the bills do not add up",
        ),
        (
            {"intervals": (an_interval(),) * 24},
            "the homes pay no less than without the market",
        ),
        (
            {
                "compared": (
                    MeterCompared(
                        home="home1", plant_net=100, meter_net=98, plant_gross=100, unseen=1.9
                    ),
                )
            },
            "home1: its meter is 2.00% off the plant, and sampling explains 2 mWh of 2",
        ),
    ],
)
def test_whatever_does_not_add_up_or_comes_late_is_a_problem_and_named(changes, problem):
    sheet = a_sheet(**changes)

    assert not sheet.is_sound
    assert any(found.startswith(problem) for found in sheet.problems), sheet.problems
    assert sheet.as_plain()["sound"] is False
    assert sheet.lines()[-1] == "The market's day is NOT sound."


def test_a_contact_that_opens_within_a_lease_is_no_problem():
    assert a_sheet(intervals=(an_interval(astray={("home1", "home2"): 50.0}),)).is_sound


@pytest.mark.parametrize(
    ("without", "trade", "said"),
    [
        (-1000, 250, "0.00025 saved (25.00% of their bills)"),
        (1000, 250, "0.00025 saved (25.00% of what they earn without it)"),
        (0, 250, "0.00025 saved"),
    ],
)
def test_a_street_that_earns_anyway_saves_in_per_cent_of_that(without, trade, said):
    bill = Bill(home="home1", trade=trade, grid=0, ordinary=without, sale=0, without=without)
    lines = a_sheet(community=replace(a_community(), bills=(bill,))).lines()

    assert any(line.startswith("Homes alone:") and line.endswith(said) for line in lines), lines


def test_a_home_that_lost_has_a_line_with_why():
    sheet = a_sheet(lost=("home1 lost 0.1: it bought more than it used",))

    assert "  home1 lost 0.1: it bought more than it used" in sheet.lines()
    assert sheet.as_plain()["lost"] == list(sheet.lost)
