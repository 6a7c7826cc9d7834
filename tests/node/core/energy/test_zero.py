"""A current sensor's zero is found while nothing can flow, and taken off what it shows."""

from dataclasses import replace

import pytest

from node.core.energy.zero import SAMPLES, SETTLES_S, ZeroRules, begin, corrected, follow
from node.core.records import PowerSample

RULES = ZeroRules(zero_a=0.0, most_zero_a=0.3, dead_band_a=0.05, is_found=True)


def shown(current_a):
    return PowerSample(
        sensor="line", taken_at_s=1.0, bus_voltage_v=12.0, current_a=current_a, power_w=0.0
    )


def followed(shown_a, seconds, zero=None, rules=RULES, begins_s=0, is_open=True):
    zero = begin(rules, None) if zero is None else zero
    for second in range(seconds):
        zero = follow(rules, zero, shown_a, float(begins_s + second), is_open=is_open)
    return zero


def test_a_zero_is_the_mean_of_what_is_shown_beside_an_open_contact():
    zero = begin(RULES, None)
    for second in range(100):
        zero = follow(RULES, zero, 0.1 + (0.02 if second % 2 else -0.02), second, is_open=True)

    assert zero.zero_a == pytest.approx(0.1, abs=0.002)
    assert zero.samples == SAMPLES


def test_beside_a_closed_contact_no_zero_is_found():
    assert followed(0.1, 100, is_open=False) == begin(RULES, None)


def test_the_moment_after_it_opened_is_left_out():
    assert followed(0.1, int(SETTLES_S)).samples == 0
    assert followed(0.1, int(SETTLES_S) + 1).zero_a == 0.1


def test_a_contact_that_closes_begins_the_wait_anew():
    zero = followed(0.1, 50)
    zero = follow(RULES, zero, 2.0, 50.0, is_open=False)
    zero = followed(0.2, int(SETTLES_S), zero, begins_s=51)

    assert zero.zero_a == pytest.approx(0.1)


def test_too_much_for_a_zero_is_a_current():
    assert followed(0.31, 100).zero_a == 0.0
    assert followed(-0.31, 100).zero_a == 0.0


def test_a_zero_follows_its_drift():
    assert followed(0.12, 200, followed(0.1, 50), begins_s=50).zero_a == pytest.approx(
        0.12, abs=1e-3
    )


def test_where_no_contact_tells_the_files_zero_stays():
    rules = replace(RULES, zero_a=0.07, is_found=False)

    assert followed(0.2, 100, rules=rules).zero_a == 0.07


def test_what_was_kept_is_gone_on_from():
    assert begin(RULES, 0.11).zero_a == 0.11


@pytest.mark.parametrize(
    ("current_a", "counts_a"),
    [(1.1, 1.0), (-0.9, -1.0), (0.149, 0.0), (0.051, 0.0), (0.151, 0.051), (0.1, 0.0)],
)
def test_what_counts_is_without_zero_and_dead_band(current_a, counts_a):
    sample = corrected(RULES, begin(RULES, 0.1), shown(current_a))

    assert sample.current_a == pytest.approx(counts_a)
    assert sample.power_w == pytest.approx(12 * counts_a)
