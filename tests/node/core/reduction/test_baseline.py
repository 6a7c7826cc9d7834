"""The baseline by hand: quarter hours, a window of an hour at 18:00, days by their number."""

import pytest

from node.core.reduction.baseline import Baseline, BaselineRules, Window, baseline, is_working_day

STEP = 96
MONDAY = 20_605
"""2026-06-01, a Monday; the Friday after is 20,609."""
FRIDAY = MONDAY + 4
SIX_PM = 72


def rules(**changes):
    given = {
        "interval_s": 900, "days": 5, "back_days": 9, "adjust_percent": 0,
        "adjust_intervals": 0, "utc_offset_s": 0,
    }  # fmt: skip
    return BaselineRules(**given | changes)


ADJUSTED = rules(adjust_percent=20, adjust_intervals=4)


def window(day=FRIDAY, requested=None):
    first = day * STEP + SIX_PM
    return Window(first=first, length=4, requested=first - 8 if requested is None else requested)


class Meter:
    """A meter that drew so much in each window of a day, by the window's first quarter."""

    def __init__(self, drawn, quarter=SIX_PM):
        self.drawn = {day * STEP + quarter: energy for day, energy in drawn.items()}

    def with_(self, drawn, quarter):
        self.drawn |= Meter(drawn, quarter).drawn
        return self

    def __call__(self, first, length):
        return self.drawn.get(first)


def of(meter, event_days=(), posted=0, day=FRIDAY, requested=None, given=None):
    return baseline(window(day, requested), set(event_days), meter, posted, given or rules())


def test_the_calendar_begins_with_a_thursday():
    assert [is_working_day(day) for day in range(6)] == [True, True, False, False, True, True]
    assert is_working_day(MONDAY) and is_working_day(FRIDAY)
    assert not is_working_day(FRIDAY + 1) and not is_working_day(MONDAY - 1)


def test_the_mean_of_the_five_newest_working_days_counts_rounded_down():
    days = (FRIDAY - 1, FRIDAY - 2, FRIDAY - 3, MONDAY, FRIDAY - 7)
    meter = Meter(dict(zip(days, (1_000, 1_200, 900, 1_100, 803), strict=True)))
    meter.with_({FRIDAY - 8: 9_999, FRIDAY - 6: 9_999, FRIDAY: 1}, SIX_PM)

    assert of(meter) == Baseline(milliwh=1_000, days=5)


def test_event_days_and_days_with_gaps_make_room_for_older_ones():
    days = (FRIDAY - 1, FRIDAY - 3, MONDAY, FRIDAY - 7, FRIDAY - 8)
    meter = Meter(dict.fromkeys(days, 500)).with_({FRIDAY - 2: 9_999}, SIX_PM)

    assert of(meter, event_days=[FRIDAY - 2]) == Baseline(milliwh=500, days=5)


def test_a_weekend_is_measured_by_weekends():
    saturday = FRIDAY + 1
    meter = Meter(dict.fromkeys(range(MONDAY - 14, saturday), 100))
    meter.with_(dict.fromkeys((saturday - 6, saturday - 7, saturday - 13), 700), SIX_PM)

    assert of(meter, day=saturday, given=rules(back_days=13)) == Baseline(milliwh=700, days=3)


def test_a_day_begins_where_the_street_is():
    """At 23:00 UTC on a Sunday it is Monday in Berlin."""
    late = window(MONDAY - 1)
    east = rules(utc_offset_s=6 * 3_600)
    meter = Meter(dict.fromkeys(range(MONDAY - 10, MONDAY - 1), 100))

    assert baseline(late, set(), meter, 0, east).days == 5
    assert east.day_of(late.first) == MONDAY


@pytest.mark.parametrize(("posted", "expected"), [(0, 0), (150, 600)])
def test_fewer_than_three_days_say_nothing(posted, expected):
    meter = Meter({FRIDAY - 1: 1_000, FRIDAY - 2: 1_000})

    assert of(meter, posted=posted) == Baseline(milliwh=expected, days=0)


def adjusted(today, before=400, **changes):
    """A home that drew 1,000 in each window, and `before` in the four quarters at 15:00."""
    days = range(MONDAY - 7, FRIDAY)
    meter = Meter(dict.fromkeys(days, 1_000)).with_(dict.fromkeys(days, before), SIX_PM - 12)
    if today is not None:
        meter.with_({FRIDAY: today}, SIX_PM - 12)
    return of(meter, given=ADJUSTED, **changes).milliwh


def test_the_same_day_moves_the_mean_by_a_fifth_at_most():
    assert adjusted(450) == 1_050
    assert adjusted(399) == 999
    assert adjusted(4_000) == 1_200
    assert adjusted(0) == 800


def test_who_does_not_tell_the_same_day_is_taken_for_the_lowest():
    assert adjusted(None) == 800


def test_hours_after_the_request_never_count():
    """It was made at 14:00, so 15:00 to 16:00 cannot be burnt for it; the hour before is untold."""
    asked_early = FRIDAY * STEP + SIX_PM - 16

    assert adjusted(4_000, requested=asked_early) == 800


def test_a_request_of_the_day_before_adjusts_nothing():
    assert adjusted(4_000, requested=(FRIDAY - 1) * STEP + SIX_PM - 8) == 1_000


def test_three_kilowatt_hours_burnt_before_lift_the_baseline_by_a_fifth_at_most():
    """Without the cap they would lift it by four."""
    days = range(MONDAY - 7, FRIDAY)
    hours = rules(interval_s=900, adjust_percent=20, adjust_intervals=12)
    first = FRIDAY * STEP + SIX_PM
    at = Window(first=first, length=16, requested=first)
    meter = Meter(dict.fromkeys(days, 5_250_000)).with_(dict.fromkeys(days, 900_000), SIX_PM - 12)
    meter.with_({FRIDAY: 3_900_000}, SIX_PM - 12)

    assert baseline(at, set(), meter, 0, hours).milliwh == 5_250_000 + 1_050_000
