"""A day in bands: what is known is drawn, gaps stay gaps, and the table has the numbers."""

import re
from datetime import date, timedelta

import pytest

from page.memory import Span
from page.views.day import begins_s, day_of, day_view
from page.words import Words
from tests.factories.page_pictures import event, interval

DAY = date(2026, 9, 21)
EN = Words("en")


def rows(count=96, **more):
    return tuple(interval(begins_s(DAY) + 900 * (one + 1), **more) for one in range(count))


def shown(intervals=(), events=(), problem=None):
    return day_view(
        DAY, begins_s(DAY) + 86_400, Span(rows=intervals, problem=problem), Span(rows=events), EN
    )


def test_a_day_is_drawn_and_written():
    told = shown(
        rows(),
        (
            event(begins_s(DAY), "own_source"),
            event(begins_s(DAY) + 3_600, "on_seller", "its battery is low"),
        ),
    )

    assert told.count("<svg") == 4
    # 100 Wh a quarter hour are 400 W, all the day long.
    assert 'class="line load" d="M44.0 8.0L' in told
    assert "Load 400 – 400 W" in told
    assert "its battery is low" in told
    assert told.count("<tr>") == 1 + 2 + 1 + 96
    assert "100 Wh" in told
    assert "Feed-in" not in told


def test_what_is_not_known_is_a_gap_and_no_zero():
    known = list(rows(8))
    known[3] = interval(known[3]["at_s"], soc_pct=None)

    path = re.search(r'class="line battery" d="([^"]+)"', shown(tuple(known)))

    assert path[1].count("M") == 2


def test_a_day_without_rows_says_so_and_one_of_an_older_node_why():
    assert "Nothing is kept of this day." in shown()
    older = shown(problem="ask for one of status, record")
    assert "older than the page" in older
    away = shown(rows(2), problem="no running node answers in /run")
    assert "no running node answers" in away
    assert "100 Wh" in away


def test_nothing_of_a_history_is_markup():
    evil = "<img src=x>"
    told = shown(
        rows(3, soc_pct=evil, price_per_kwh=evil), (event(begins_s(DAY), evil, evil, evil),)
    )

    assert "<img" not in told


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", DAY),
        ("2026-12-01", date(2026, 12, 1)),
        ("2019-12-31", None),
        ("2100-01-01", None),
        ("9999-12-31", None),
        ("yesterday", None),
        ("2026-13-01", None),
        ("../../etc", None),
    ],
)
def test_a_day_is_read_or_is_none(text, day):
    assert day_of(text, DAY) == day


def test_days_follow_each_other_without_a_gap():
    for back in range(400):
        day = DAY - timedelta(days=back)
        assert begins_s(day + timedelta(days=1)) - begins_s(day) in (82_800, 86_400, 90_000)
