"""Pauses that grow with each failure of a seller."""

import pytest

from node.core.holdoff import HoldOff, forgive, hold_off, left_s, pause_after
from tests.factories.settings import SELLER1, SELLER2


def failed(times, now_s=0.0):
    held = ()
    for _ in range(times):
        held = hold_off(held, SELLER1, now_s, 30.0, 900.0)
    return held


@pytest.mark.parametrize(
    ("failures", "pause"), [(0, 1.0), (1, 2.0), (2, 4.0), (6, 64.0), (7, 96.0), (10**9, 96.0)]
)
def test_a_pause_doubles_with_each_failure_in_a_row(failures, pause):
    assert pause_after(failures, 2, 96) == pause


def test_each_pause_is_twice_the_one_before_up_to_the_longest():
    pauses_s = [left_s(failed(times), SELLER1, 0.0) for times in range(1, 8)]

    assert pauses_s == [30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0]


def test_even_a_thousand_failures_pause_for_no_longer_than_the_longest():
    assert left_s(failed(1_000), SELLER1, 0.0) == 900.0


def test_sellers_are_held_off_each_for_itself():
    held = hold_off(failed(2), SELLER2, 5.0, 30.0, 900.0)

    assert held == (
        HoldOff(seller=SELLER1, failures=2, until_s=60.0),
        HoldOff(seller=SELLER2, failures=1, until_s=35.0),
    )


def test_a_seller_that_has_delivered_is_forgiven():
    assert forgive(failed(3), SELLER1) == ()
    assert failed(3) == forgive(failed(3), SELLER2)


def test_a_pause_runs_out():
    held = failed(1, now_s=100.0)

    assert [left_s(held, SELLER1, at) for at in (100.0, 129.5, 140.0)] == [30.0, 0.5, -10.0]
    assert left_s((), SELLER1, 0.0) == 0.0
