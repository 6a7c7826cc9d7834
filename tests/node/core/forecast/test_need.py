"""Forecasts come from intervals that have ended, bear gaps, stay bounded, and tell their error."""

import json
from dataclasses import replace
from math import pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.core.forecast.bounds import CLEARLY, GROWTH, is_contradicted
from node.core.forecast.features import DAYS, LOAD_PRIOR, load_features, squeezed
from node.core.forecast.need import (
    DAY_S,
    absorb_interval,
    forecast,
    new_forecast,
)
from node.core.forecast.records import ForecastState
from node.core.forecast.running import Running, completed
from node.core.wire.codec import from_plain, to_plain

SIX_HOURS = DAY_S // 4
HOUR = 3600
START = 400_000
LOADS = (400_000, 900_000, 300_000, 1_500_000)

energy = st.integers(0, 5_000_000)
known = st.tuples(energy, energy)
days = st.lists(st.one_of(st.none(), known), min_size=1, max_size=60)


def told(intervals, interval_s=SIX_HOURS):
    """Give the state after these energies; None is a gap."""
    state = new_forecast(interval_s)
    for at, found in enumerate(intervals):
        if found is not None:
            state = absorb_interval(state, START + at, *found)
    return state


def surplus_milliwh(found):
    """Give the surplus that is forecast."""
    return max(0, -found.net_milliwh)


def a_street_day(hour):
    """Give load and solar of an hour of a regular home, in milliwatt-hours."""
    load = 300_000 + (900_000 if hour % 24 in (7, 18, 19) else 0)
    return load, round(max(0.0, 3_000_000 * sin((hour % 24 - 6) / 12 * pi)))


def test_a_home_that_has_seen_too_little_has_no_forecast():
    assert forecast(new_forecast(HOUR), START) is None
    assert forecast(told([(1, 0)] * 9), START + 9) is None


def test_a_load_is_told_of_by_what_is_usual_then_and_just_before_and_after():
    level = 1_000.0
    features = load_features([400, 900, 300, 1_500] * 3 + [400], 4, level)

    usual = squeezed(900, level)
    beside = [squeezed(load, level) - usual for load in (400, 300)]
    assert features[0] == pytest.approx(usual)
    assert features[-3:-1] == pytest.approx(beside)
    assert len(features) == len(LOAD_PRIOR)


def test_a_day_in_one_interval_has_nothing_after_itself():
    assert load_features([400, 900], 1, 1_000.0)[-2] == 0


def test_what_repeats_each_day_is_forecast():
    hours = 24 * 21
    state = told([a_street_day(hour) for hour in range(hours)], HOUR)

    for ahead in (0, 1):
        found = forecast(state, START + hours + ahead)
        load, solar = a_street_day(hours + ahead)
        assert found.net_milliwh == pytest.approx(load - solar, abs=20_000)


def test_a_surplus_is_told_as_such():
    hours = 24 * 21 + 12
    state = told([a_street_day(hour) for hour in range(hours)], HOUR)

    found = forecast(state, START + hours)

    assert found.need_milliwh == 0
    assert surplus_milliwh(found) == pytest.approx(2_700_000, rel=0.02)


def test_a_clouded_hour_lowers_the_next_one():
    hours = 24 * 21 + 12
    clear = [a_street_day(hour) for hour in range(hours)]
    load, solar = clear[-1]
    clouded = [*clear[:-1], (load, solar // 3)]

    after_clear = forecast(told(clear, HOUR), START + hours)
    after_clouds = forecast(told(clouded, HOUR), START + hours)

    assert surplus_milliwh(after_clouds) < 0.8 * surplus_milliwh(after_clear)


def test_an_interval_that_has_ended_is_not_forecast_and_not_taken_twice():
    state = told([(1, 0)] * 80)

    assert forecast(state, START + 79) is None
    assert state == absorb_interval(state, START + 79, 5, 5)


def test_the_error_is_that_of_the_forecasts_that_were_given():
    state = told([(load, 0) for load in LOADS * 20])
    before, at = state.accuracy, state.next_interval
    given_ = forecast(state, at)

    after = absorb_interval(state, at, 2_000_000, 0).accuracy

    keep = 1 - SIX_HOURS / (28 * DAY_S)
    assert after.weight == pytest.approx(keep * before.weight + 1)
    assert after.error == pytest.approx(keep * before.error + 2_000_000 - given_.net_milliwh)
    assert after.plain == pytest.approx(keep * before.plain + 2_000_000 - LOADS[-1])


def test_nothing_checked_is_no_error_at_all():
    assert new_forecast(HOUR).accuracy.error_milliwh is None
    assert new_forecast(HOUR).accuracy.plain_milliwh is None


def test_a_regular_home_is_told_better_than_by_its_last_interval():
    accuracy = told([(load, 0) for load in LOADS * 20]).accuracy

    assert accuracy.error_milliwh < accuracy.plain_milliwh / 10


def test_a_home_whose_greatest_hour_is_5_wh_is_not_told_to_need_117():
    """A restless small hour's error, on the logarithm, was added to the evening's load."""
    night = [(5_000 if day % 3 == 0 else 10, 0) for day in range(24)]
    days = [[night[day], *[(2_500, 0)] * 3] for day in range(24)]
    state = told([one for day in days for one in day])

    most = max(forecast(state, START + 96 + ahead).outcomes_milliwh[-1] for ahead in range(4))

    assert most <= GROWTH * 5_000


def test_a_homes_maximum_power_bounds_what_it_may_need_and_have_over():
    hours = 24 * 21
    state = told([a_street_day(hour) for hour in range(hours + 12)], HOUR)

    plain = forecast(state, START + hours + 12).outcomes_milliwh
    bound = forecast(state, START + hours + 12, most_milliwh=1_000_000).outcomes_milliwh

    assert plain[0] < -1_000_000
    assert bound == tuple(max(-1_000_000, found) for found in plain)


def misled(state, missed):
    """Let the forecasts of the last days have missed by so much, and the days before by 100."""
    return replace(state, misses=((missed, 100),) * len(state.misses))


def test_a_forecast_that_the_recent_days_contradict_gives_way_to_the_days_themselves():
    """One home expected a surplus in each of its six hours of need, and so ordered nothing."""
    hours = 24 * 21 + 19
    state = told([a_street_day(hour) for hour in range(hours)], HOUR)
    load, _ = a_street_day(hours)

    kept = forecast(misled(state, 100), START + hours)
    given_way = forecast(misled(state, 100 * CLEARLY + 1), START + hours)

    assert given_way.outcomes_milliwh == (load,) * DAYS
    assert kept.outcomes_milliwh != given_way.outcomes_milliwh


def test_days_without_forecasts_contradict_none():
    assert not is_contradicted((None,) * 200, 24, 1)
    assert not is_contradicted((*(None,) * 200, (900, 1)), 24, 1)


def test_what_the_running_hour_has_shown_tells_of_the_next():
    """The hour before an order's has not ended at the gate; what it has shown is known."""
    hours = 24 * 21 + 12
    hourly = [a_street_day(hour) for hour in range(hours)]
    known = told(hourly[:-1], HOUR)
    load, solar = hourly[-1]

    def tell(solar_milliwh, part=0.5):
        running = Running(
            interval=START + hours - 1,
            part=part,
            load_milliwh=round(load * part),
            solar_milliwh=round(solar_milliwh * part),
        )
        return forecast(known, START + hours, running)

    assert surplus_milliwh(tell(solar / 3)) < 0.9 * surplus_milliwh(tell(solar))
    whole = forecast(told(hourly, HOUR), START + hours)
    assert tell(solar).net_milliwh == pytest.approx(whole.net_milliwh, rel=0.01)
    assert surplus_milliwh(tell(solar / 3, 0.9)) < surplus_milliwh(tell(solar / 3, 0.3))


def test_a_running_interval_that_is_known_already_or_not_yet_told_of_counts_nothing():
    hours = 24 * 21
    state = told([a_street_day(hour) for hour in range(hours)], HOUR)
    at = START + hours
    for interval in (at - 1, at + 2, at + 3):
        running = Running(interval=interval, part=0.5, load_milliwh=9, solar_milliwh=9)
        assert forecast(state, at + 2, running) == forecast(state, at + 2)


def test_of_an_interval_the_measured_part_counts_and_the_rest_is_weighed():
    assert completed(30, 0.25, 200) == round(30 + 0.75 * (0.25 * 120 + 0.75 * 200))
    assert completed(100, 0.999999, 900) == pytest.approx(100, abs=1)
    assert completed(0, 0.5, 0) == 0


def test_after_a_month_without_readings_a_home_learns_anew():
    state = told([(load, 0) for load in LOADS * 20])
    away = state.next_interval + 4 * 60

    assert forecast(state, away) is None

    for day in range(10):
        for at, load in enumerate(LOADS):
            state = absorb_interval(state, away + 4 * day + at, load, 0)
    assert forecast(state, away + 40).net_milliwh == pytest.approx(LOADS[0], rel=0.2)


@pytest.mark.parametrize("interval_s", [0, -900, 7 * 3600])
def test_an_interval_that_divides_no_day_is_refused(interval_s):
    with pytest.raises(ValueError, match="whole number of intervals"):
        new_forecast(interval_s)


@settings(max_examples=40, deadline=None)
@given(days, days, days)
def test_nothing_that_comes_later_changes_a_forecast(past, one, other):
    """No look-ahead: two futures after one past had the same forecasts until they parted."""
    told_before = forecast(told(past), START + len(past))

    for future in (one, other):
        state, given_ = new_forecast(SIX_HOURS), None
        for at, found in enumerate([*past, *future]):
            if at == len(past):
                given_ = forecast(state, START + at)
            if found is not None:
                state = absorb_interval(state, START + at, *found)
        assert told_before == given_


@settings(max_examples=40, deadline=None)
@given(days)
def test_outcomes_rise_and_lie_within_what_a_home_can_do(intervals):
    found = forecast(told(intervals), START + len(intervals))

    if found is not None:
        assert list(found.outcomes_milliwh) == sorted(found.outcomes_milliwh)
        assert min(found.need_milliwh, surplus_milliwh(found)) == 0
        loads, solar = zip(*(one for one in intervals if one is not None), strict=True)
        assert found.outcomes_milliwh[-1] <= round(GROWTH * max(loads))
        assert found.outcomes_milliwh[0] >= -round(GROWTH * max(solar))


@settings(max_examples=20, deadline=None)
@given(days)
def test_a_state_read_back_from_json_tells_the_same(intervals):
    state = told(intervals)

    read = from_plain(ForecastState, json.loads(json.dumps(to_plain(state))))

    assert state == read


def test_the_state_is_bounded():
    state = told([(load, load) for load in LOADS * 100])

    assert len(state.loads) == len(state.solar) == 4 * DAYS + 2
    assert len(state.load_errors) == len(state.solar_errors) == 4 * 29
