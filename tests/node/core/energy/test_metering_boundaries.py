"""Readings at boundaries: split spans, gaps, and clocks that step."""

import pytest

from node.core.energy.metering import registers_of
from node.core.records import Reading
from tests.factories.metering import DAY_S, LOAD, a_round, meter_of, metered, registers, rules


def test_a_boundary_splits_its_span_linearly_in_time():
    rounds = [a_round(898, 3.6), a_round(902, 3600.0)]

    _, readings = metered(rules(), rounds)

    half_milliwh = int((3.6 + 3600.0) / 2 * 2 / 3.6)
    boundary = int(DAY_S) // 900 + 1
    assert [Reading(meter=LOAD, boundary=boundary, registers=registers(half_milliwh))] == readings


def test_a_boundary_at_a_sample_is_read_once():
    rounds = [a_round(t, 3.6) for t in (898, 900, 902)]

    _, readings = metered(rules(), rounds)

    assert [registers(2)] == [reading.registers for reading in readings]


def test_several_boundaries_in_one_span_are_all_read():
    rounds = [a_round(0, 3.6), a_round(4, 3.6)]

    _, readings = metered(rules(interval_s=1), rounds)

    assert [registers(n) for n in (1, 2, 3, 4)] == [reading.registers for reading in readings]


@pytest.mark.failure(
    part="readings",
    failure="no sample for longer than `max_age_s`",
    person="the gap is counted; no energy and no boundary is made up",
)
def test_a_gap_is_counted_and_no_energy_or_boundary_is_invented():
    rounds = [a_round(890, 3.6), a_round(910, 3.6), a_round(911, 3.6)]

    metering, readings = metered(rules(), rounds)

    meter = meter_of(metering)
    assert (meter.gaps, meter.gap_s) == (1, 20.0)
    assert registers(1) == registers_of(metering, LOAD)
    assert readings == []


@pytest.mark.failure(
    part="readings",
    failure="the wall clock steps",
    person="the boundaries in the step are missing; the energy is right",
)
def test_a_wall_clock_step_makes_no_energy_and_no_boundary():
    rounds = [
        a_round(0, 3.6),
        a_round(1, 3.6, calendar_s=DAY_S + 5000),
        a_round(2, 3.6, calendar_s=DAY_S + 5001),
    ]

    metering, readings = metered(rules(), rounds)

    assert registers(2) == registers_of(metering, LOAD)
    assert (meter_of(metering).clock_steps, readings) == (1, [])


@pytest.mark.failure(
    part="readings",
    failure="the wall clock steps back",
    person="no boundary twice; the energy is right",
)
def test_a_clock_stepped_back_reads_no_boundary_twice():
    rounds = [
        a_round(899, 3.6),
        a_round(901, 3.6),
        a_round(902, 3.6, calendar_s=DAY_S + 890),
        a_round(906, 3.6, calendar_s=DAY_S + 894),
        a_round(911, 3.6, calendar_s=DAY_S + 899),
        a_round(915, 3.6, calendar_s=DAY_S + 903),
    ]

    metering, readings = metered(rules(), rounds)

    assert len(readings) == 1
    assert registers(16) == registers_of(metering, LOAD)


def test_after_a_clock_that_was_years_ahead_true_boundaries_are_read_again():
    """A guard that held would read nothing until those years had passed."""
    ahead_s = DAY_S + 100_000_800
    rounds = [
        a_round(0, 3.6, calendar_s=ahead_s - 1),
        a_round(2, 3.6, calendar_s=ahead_s + 1),
        a_round(4, 3.6, calendar_s=DAY_S + 898),
        a_round(5, 3.6, calendar_s=DAY_S + 899),
        a_round(7, 3.6, calendar_s=DAY_S + 901),
    ]

    _, readings = metered(rules(), rounds)

    expected = [(ahead_s // 900, 1), (DAY_S // 900 + 1, 6)]
    assert [(r.boundary, r.registers.import_milliwh) for r in readings] == expected
