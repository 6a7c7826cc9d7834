"""A gauge's word that is frozen while energy flows, or jumped, is a fault and not a fact."""

from dataclasses import replace

import pytest

from node.core.energy.coulombs import UNKNOWN, Charge
from node.core.energy.trial import UNHEARD, hear, verdict

COUNTED = Charge(soc_pct=50.0, off_pct=5.0, full_for_s=0.0, is_empty=False)


def heard(word_pct, *moves_pct, trial=UNHEARD):
    for moved_pct in moves_pct or (0.0,):
        trial = hear(trial, word_pct, moved_pct)
    return trial


def test_a_gauge_that_was_not_heard_has_no_verdict():
    assert verdict(UNHEARD, COUNTED) is None


@pytest.mark.parametrize("moved_pct", [-1.0, 1.0])
def test_a_word_that_stands_while_a_twentieth_of_the_battery_flows_is_frozen(moved_pct):
    at_first = heard(50.0, 0.0, *[moved_pct] * 4)
    assert verdict(at_first, COUNTED) is None

    frozen = heard(50.0, moved_pct, trial=at_first)
    assert "stands at 50.0 %" in verdict(frozen, COUNTED)
    assert "stands at 50.0 %" in verdict(frozen, UNKNOWN)


def test_what_goes_out_and_comes_in_again_need_not_move_it():
    assert verdict(heard(50.0, *[-3.0, 3.0] * 20), COUNTED) is None


def test_one_step_of_the_gauge_is_a_word():
    stood = heard(50.0, 0.0, *[-1.0] * 4)

    assert verdict(hear(stood, 50.0 - 1 / 256, -1.0), COUNTED) is None


@pytest.mark.parametrize(("word_pct", "moved_pct"), [(100.0, 1.0), (0.0, -1.0)])
def test_at_its_end_a_word_stays_and_rightly(word_pct, moved_pct):
    at_end = replace(COUNTED, soc_pct=word_pct)

    assert verdict(heard(word_pct, *[moved_pct] * 20), at_end) is None


def test_a_full_gauge_that_stays_full_while_energy_leaves_is_frozen():
    full = replace(COUNTED, soc_pct=100.0)

    assert verdict(heard(100.0, 0.0, *[-1.0] * 5), full) is not None


@pytest.mark.parametrize(
    ("word_pct", "is_believed"), [(35, True), (34, False), (65, True), (66, False)]
)
def test_a_word_far_from_what_was_counted_is_no_fact(word_pct, is_believed):
    """Ten per cent, and what the count may be off by."""
    why = verdict(heard(float(word_pct)), COUNTED)

    assert (why is None) is is_believed
    assert is_believed or why == f"its word is {word_pct} %, and 50 % was counted, give or take 5"


def test_a_jump_is_believed_once_the_count_is_no_surer():
    jumped = heard(25.0)

    assert verdict(jumped, COUNTED) is not None
    assert verdict(jumped, replace(COUNTED, off_pct=15.0)) is None


def test_where_nothing_was_counted_a_word_is_a_fact():
    assert verdict(heard(5.0), UNKNOWN) is None
