"""Boundary readings wait until the chain has taken them, in order, each once."""

import pytest

from node.core.commands import ReportReadings
from node.core.records import MeterName, Reading, Registers
from node.loops.reporting import MOST_AT_ONCE, MOST_KEPT, Reporting
from tests.factories import CALENDAR_S, NOW_S, confirmed, observation, refused

INTERVAL_S = 900
FIRST = CALENDAR_S // INTERVAL_S - 2_000


def reading(boundary, meter=MeterName.CONNECTION):
    registers = Registers(import_milliwh=boundary, export_milliwh=0)
    return Reading(meter=meter, boundary=boundary, registers=registers)


def report(*boundaries):
    return ReportReadings(meter_id=3, readings=tuple(reading(b) for b in boundaries))


def reporting(*boundaries, every=1, meter_id=3):
    made = Reporting(meter_id, every, INTERVAL_S)
    made.add(reading(boundary) for boundary in boundaries)
    return made


def due(made, now_s=NOW_S, **changes):
    return made.due(observation(now_s, **changes))


def test_consecutive_readings_go_in_one_report():
    made = reporting(FIRST, FIRST + 1, FIRST + 2)

    assert due(made) == (report(FIRST, FIRST + 1, FIRST + 2),)


def test_one_report_is_under_way_at_a_time():
    made = reporting(FIRST)
    due(made)
    made.add([reading(FIRST + 1)])

    assert due(made) == ()
    made.absorb((confirmed(report(FIRST)),), NOW_S)
    assert due(made) == (report(FIRST + 1),)
    made.absorb((confirmed(report(FIRST + 1)),), NOW_S)
    assert due(made) == ()


def test_a_gap_begins_another_report():
    made = reporting(FIRST, FIRST + 1, FIRST + 3)

    assert due(made) == (report(FIRST, FIRST + 1),)


def test_a_report_carries_no_more_than_one_call_can():
    made = reporting(*range(FIRST, FIRST + 200))

    assert due(made) == (report(*range(FIRST, FIRST + MOST_AT_ONCE)),)


def test_a_boundary_that_the_chain_has_not_reached_waits():
    reached = CALENDAR_S // INTERVAL_S
    made = reporting(reached, reached + 1)

    assert due(made) == (report(reached),)


@pytest.mark.parametrize("changes", [{"chain": None}, {"chain_problem": "no answer"}])
def test_while_the_chain_is_away_readings_wait(changes):
    made = reporting(FIRST)

    assert due(made, **changes) == ()
    assert due(made) == (report(FIRST),)


def test_a_node_without_a_meter_id_reports_nothing():
    assert due(reporting(FIRST, meter_id=None)) == ()


def test_only_every_so_manieth_boundary_of_the_connection_is_reported():
    even = FIRST - FIRST % 4
    made = reporting(even, even + 1, even + 2, even + 3, even + 4, every=4)
    made.add([reading(even + 8, MeterName.LOAD)])

    assert due(made) == (report(even),)
    made.absorb((confirmed(report(even)),), NOW_S)
    assert due(made) == (report(even + 4),)


def test_too_many_waiting_readings_drop_the_oldest_and_count_it():
    made = reporting(*range(FIRST, FIRST + MOST_KEPT + 2))

    assert made.dropped == 2
    assert due(made)[0].readings[0] == reading(FIRST + 2)


def test_a_refused_report_is_tried_again_after_a_minute():
    made = reporting(FIRST)
    due(made)
    made.absorb((refused(report(FIRST), "GasTooLow"),), NOW_S)

    assert due(made, NOW_S + 59) == ()
    assert due(made, NOW_S + 60) == (report(FIRST),)


@pytest.mark.parametrize(
    "name",
    ["RegistryBoundaryNotRising", "RegistryRegisterFalls", "RegistryRiseAboveMaximum"],
)
def test_a_reading_that_will_never_be_taken_goes_and_those_after_it_stay(name):
    """A batch may begin with what the chain has already; the rest is still news."""
    made = reporting(FIRST, FIRST + 1)
    due(made)
    made.absorb((refused(report(FIRST, FIRST + 1), name),), NOW_S)

    assert due(made) == (report(FIRST + 1),)


def test_a_report_of_an_earlier_run_does_not_set_a_second_one_off():
    made = reporting(FIRST + 1)
    due(made)
    made.absorb((confirmed(report(FIRST)),), NOW_S)

    assert due(made) == ()
