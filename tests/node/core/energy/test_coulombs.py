"""A battery's charge counted from what flows: right at a full one, doubtful in between."""

from dataclasses import replace

import pytest

from node.core.energy.coulombs import (
    OFF_AT_FULL_PCT,
    OFF_AT_WORD_PCT,
    UNKNOWN,
    UNKNOWN_ABOVE_PCT,
    Charge,
    CountingRules,
    Flow,
    KeptCharge,
    after_absence,
    count,
    take_word,
)

RULES = CountingRules(
    battery_milliwh=100_000, efficiency=0.9, full_v=14.0, tail_a=0.5, hold_s=300.0, floor_v=11.0
)
STILL = Flow(into_milliwh=0, out_milliwh=0, span_s=60, unmetered_s=0, voltage_v=12.8, power_w=0.0)
HALF = Charge(soc_pct=50.0, off_pct=5.0, full_for_s=0.0, is_empty=False)
AT_FULL = replace(STILL, voltage_v=14.0, power_w=-7.0)


def counted(flow, charge=HALF, times=1, rules=RULES):
    for _ in range(times):
        charge = count(rules, charge, flow)
    return charge


def test_what_comes_out_counts_whole():
    assert counted(replace(STILL, out_milliwh=10_000)).soc_pct == pytest.approx(40.0)


def test_what_goes_in_is_kept_by_its_efficiency():
    assert counted(replace(STILL, into_milliwh=10_000)).soc_pct == pytest.approx(59.0)


def test_a_count_stays_within_a_battery():
    assert counted(replace(STILL, into_milliwh=90_000)).soc_pct == 100.0
    assert counted(replace(STILL, out_milliwh=90_000)).soc_pct == 0.0


def test_nothing_is_known_before_the_first_full_one():
    assert counted(replace(STILL, out_milliwh=10_000), UNKNOWN).soc_pct is None


def test_full_voltage_and_tail_current_for_long_enough_are_full():
    """300 s of 60 s each: the fifth."""
    assert counted(AT_FULL, UNKNOWN, times=4).soc_pct is None

    full = counted(AT_FULL, UNKNOWN, times=5)

    assert (full.soc_pct, full.off_pct) == (100.0, OFF_AT_FULL_PCT)


@pytest.mark.parametrize(
    "not_full",
    [
        {"voltage_v": 13.99},
        {"power_w": -7.01},
        {"power_w": 7.01},
        {"voltage_v": None},
        {"power_w": None},
        {"unmetered_s": 1.0},
    ],
)
def test_one_look_that_is_not_full_begins_the_wait_anew(not_full):
    """7 W is half an ampere at 14 V."""
    almost = counted(AT_FULL, times=4)
    interrupted = counted(replace(AT_FULL, **not_full), almost)

    assert counted(AT_FULL, interrupted, times=4).soc_pct < 100.0
    assert counted(AT_FULL, interrupted, times=5).soc_pct == 100.0


def test_it_may_be_further_off_with_time():
    day = replace(STILL, span_s=86_400.0)

    assert counted(day).off_pct == pytest.approx(5.0 + 1.5)


def test_it_may_be_further_off_with_what_flows_either_way():
    """2 % of 20 % of the battery."""
    assert counted(replace(STILL, span_s=0, out_milliwh=20_000)).off_pct == pytest.approx(5.4)
    assert counted(replace(STILL, span_s=0, into_milliwh=20_000)).off_pct == pytest.approx(5.4)


def test_what_may_have_flowed_unmetered_is_doubt():
    """An hour at 10 W is a tenth of the battery."""
    blind = replace(STILL, span_s=0, unmetered_s=3600.0, power_w=10.0)

    charge = counted(blind)

    assert charge.soc_pct == 50.0
    assert charge.off_pct == pytest.approx(5 + 10 + 1.5 / 24)


def test_too_much_doubt_is_no_knowledge():
    doubtful = replace(HALF, off_pct=UNKNOWN_ABOVE_PCT - 1)

    assert counted(STILL, doubtful).soc_pct == 50.0
    assert counted(replace(STILL, span_s=86_400.0), doubtful).soc_pct is None


@pytest.mark.failure(
    part="sensors",
    failure="the battery's voltage is at its floor, and more was counted",
    person="0 %, until the voltage is 3 % above it",
    lasts="until charged",
)
def test_a_voltage_at_its_floor_is_a_veto():
    empty = counted(replace(STILL, voltage_v=11.0))
    assert (empty.shown_pct, empty.soc_pct) == (0.0, 50.0)

    flickering = counted(replace(STILL, voltage_v=11.3), empty)
    unseen = counted(replace(STILL, voltage_v=None), flickering)
    assert unseen.shown_pct == 0.0

    assert counted(replace(STILL, voltage_v=11.4), unseen).shown_pct == 50.0


def test_a_floor_vetoes_what_is_unknown_too():
    assert counted(replace(STILL, voltage_v=10.0), UNKNOWN).shown_pct == 0.0


def test_without_a_floor_there_is_no_veto():
    rules = replace(RULES, floor_v=None)

    assert counted(replace(STILL, voltage_v=1.0), rules=rules).shown_pct == 50.0


def test_a_gauges_word_is_taken_where_nothing_is_known():
    assert take_word(UNKNOWN, 42.0) == replace(UNKNOWN, soc_pct=42.0, off_pct=OFF_AT_WORD_PCT)


def test_a_gauges_word_is_taken_where_the_count_is_no_nearer():
    assert take_word(replace(HALF, off_pct=10.1), 42.0).soc_pct == 42.0
    assert take_word(replace(HALF, off_pct=10.0), 42.0).soc_pct == 50.0


KEPT = KeptCharge(soc_pct=50.0, off_pct=5.0, calendar_s=1000.0, power_w=-10.0)


def test_after_a_restart_it_goes_on_with_the_doubt_of_its_absence():
    """An hour in which 10 W may have flowed is a tenth of the battery."""
    charge = after_absence(RULES, KEPT, 4600.0)

    assert (charge.soc_pct, charge.off_pct) == (50.0, pytest.approx(5 + 10 + 1.5 / 24))


def test_after_a_long_absence_nothing_is_known():
    assert after_absence(RULES, KEPT, 1000.0 + 4 * 3600) == UNKNOWN


def test_a_clock_that_was_set_back_makes_no_certainty():
    assert after_absence(RULES, KEPT, 0.0).off_pct == 5.0
