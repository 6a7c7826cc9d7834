"""Boundary readings wait until the chain has taken them, in order, each once."""

import pytest

from node.core.commands import ReportReadings
from node.core.energy.spool import EMPTY, MOST_AT_ONCE, MOST_KEPT, Spool
from node.core.facts import IntentResumed, IntentUndone
from node.core.records import MeterName
from node.home.outward.chain_readings import STEADY_S, ChainReadings
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    chain_view,
    confirmed,
    observation,
    reading,
    refused,
)

INTERVAL_S = 900
FIRST = CALENDAR_S // INTERVAL_S - 2_000


def report(*boundaries):
    return ReportReadings(meter_id=3, readings=tuple(reading(b) for b in boundaries))


def reporting(*boundaries, every=1, meter_id=3):
    made = ChainReadings(meter_id, every, INTERVAL_S, EMPTY)
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
    made.add([reading(even + 8, meter=MeterName.LOAD)])

    assert due(made) == (report(even),)
    made.absorb((confirmed(report(even)),), NOW_S)
    assert due(made) == (report(even + 4),)


@pytest.mark.failure(
    part="readings",
    failure="the spool is full (1,056 boundaries)",
    person="the oldest are dropped; `readings_dropped` counts them",
)
def test_too_many_waiting_readings_drop_the_oldest_and_count_it():
    made = reporting(*range(FIRST, FIRST + MOST_KEPT + 2))

    assert made.spool.dropped == 2
    assert due(made)[0].readings[0] == reading(FIRST + 2)


@pytest.mark.failure(
    part="readings",
    failure="a report is refused",
    lasts="tried again after 60 s",
)
def test_a_refused_report_is_tried_again_after_a_minute():
    made = reporting(FIRST)
    due(made)
    made.absorb((refused(report(FIRST), "GasTooLow"),), NOW_S)

    assert due(made, NOW_S + 59) == ()
    assert due(made, NOW_S + 60) == (report(FIRST),)


@pytest.mark.failure(
    part="readings",
    failure="a reading that the registry never takes",
    person="it alone is dropped and counted; the others arrive",
)
@pytest.mark.parametrize(
    "name",
    ["RegistryBoundaryNotRising", "RegistryRegisterFalls", "RegistryRiseAboveMaximum"],
)
def test_of_a_batch_only_the_reading_that_is_never_taken_goes(name):
    """The registry takes a batch whole or not at all, so from a refused one they go singly."""
    made = reporting(FIRST, FIRST + 1, FIRST + 2)
    due(made)
    made.absorb((refused(report(FIRST, FIRST + 1, FIRST + 2), name),), NOW_S)

    assert due(made) == (report(FIRST),)
    made.absorb((refused(report(FIRST), name),), NOW_S)
    assert due(made) == (report(FIRST + 1),)
    made.absorb((confirmed(report(FIRST + 1)),), NOW_S)
    assert due(made) == (report(FIRST + 2),)
    assert made.spool.dropped == 1


def test_a_report_of_an_earlier_run_does_not_set_a_second_one_off():
    made = reporting(FIRST + 1)
    due(made)
    made.absorb((confirmed(report(FIRST)),), NOW_S)

    assert due(made) == ()


def test_after_a_restart_what_waited_goes_and_what_is_on_the_chain_does_not():
    """The crash may have come after the chain took a report and before the disk knew."""
    waited = Spool(waiting=tuple(reading(FIRST + at) for at in range(4)), dropped=0)
    made = ChainReadings(3, 1, INTERVAL_S, waited)

    assert due(made, chain=chain_view(meter=reading(FIRST + 1))) == (report(FIRST + 2, FIRST + 3),)
    assert made.spool.dropped == 0


def test_a_report_that_an_earlier_run_has_promised_is_waited_for():
    waited = Spool(waiting=(reading(FIRST), reading(FIRST + 1)), dropped=0)
    made = ChainReadings(3, 1, INTERVAL_S, waited)
    made.absorb((IntentResumed(intent=report(FIRST)),), NOW_S)

    assert due(made) == ()
    made.absorb((confirmed(report(FIRST)),), NOW_S)
    assert due(made) == (report(FIRST + 1),)


def test_every_report_that_an_earlier_run_has_promised_is_waited_for():
    made = reporting(FIRST, FIRST + 1, FIRST + 2)
    promised = IntentResumed(intent=report(FIRST)), IntentResumed(intent=report(FIRST + 1))
    made.absorb(promised, NOW_S)

    made.absorb((confirmed(report(FIRST)),), NOW_S)
    assert due(made) == ()
    made.absorb((confirmed(report(FIRST + 1)),), NOW_S)
    assert due(made) == (report(FIRST + 2),)


@pytest.mark.failure(
    part="readings",
    failure="a reorganisation takes a report away",
    person="its readings wait again; none is lost",
)
def test_readings_of_a_report_that_a_reorganisation_undid_wait_again_until_it_ends():
    made = reporting(FIRST)
    due(made)
    made.absorb((confirmed(report(FIRST)),), NOW_S)
    made.add([reading(FIRST + 1)])

    made.absorb((IntentUndone(intent=report(FIRST), reason="the block is gone"),), NOW_S)

    assert due(made) == ()
    made.absorb((refused(report(FIRST), "GasTooLow"),), NOW_S)
    assert due(made, NOW_S + 60) == (report(FIRST, FIRST + 1),)


@pytest.mark.failure(
    part="readings",
    failure="the clock was years ahead",
    person="the reading that it dated is dropped and counted, no other",
)
def test_a_clock_that_was_years_ahead_costs_the_readings_it_dated_and_no_other():
    ahead = FIRST + 10**6
    made = reporting(FIRST)
    made.add([reading(ahead, FIRST + 1), reading(FIRST + 2)])

    assert due(made) == (report(FIRST),)
    made.absorb((confirmed(report(FIRST)),), NOW_S)
    assert due(made, chain=chain_view(meter=reading(FIRST))) == (report(FIRST + 2),)
    made.absorb((confirmed(report(FIRST + 2)),), NOW_S)
    assert due(made, chain=chain_view(meter=reading(FIRST + 2))) == ()
    assert due(made, NOW_S + STEADY_S, chain=chain_view(meter=reading(FIRST + 2))) == ()
    assert made.spool == Spool(waiting=(), dropped=1)


@pytest.mark.failure(
    part="readings",
    failure="the clock began in 1970",
    person="what it dated is not sent; true readings are",
)
def test_a_clock_that_began_in_1970_sends_nothing_back_in_time():
    made = reporting(0, 1)
    made.add([reading(FIRST + 1, FIRST + 1)])
    told = chain_view(meter=reading(FIRST, 0))

    assert due(made, chain=told) == ()
    assert due(made, NOW_S + STEADY_S, chain=told) == (report(FIRST + 1),)
    assert made.spool.dropped == 1, "with register 0 it brings no news, with 1 it is lost"


@pytest.mark.failure(
    part="readings",
    failure="an endpoint says once that the chain is past a home's readings",
    person="none is dropped; they are reported",
)
def test_readings_do_not_go_for_one_false_word_of_the_chain():
    made = reporting(FIRST, FIRST + 1)

    assert due(made, chain=chain_view(meter=reading(FIRST + 500, 10**12))) == ()
    assert due(made, NOW_S + 1, chain=chain_view(meter=reading(FIRST - 1, 0))) == (
        report(FIRST, FIRST + 1),
    )
    assert made.spool.dropped == 0


@pytest.mark.failure(
    part="readings",
    failure="the registry refuses a report",
    person="`report_refused`, with the registry's words",
    lasts="until it takes one",
)
def test_a_refused_report_is_a_problem_until_one_is_taken():
    made = reporting(FIRST)
    due(made)
    made.absorb((refused(report(FIRST), "GasTooLow"),), NOW_S)

    assert made.problem == "refused: it was too late"
    due(made, NOW_S + 60)
    made.absorb((confirmed(report(FIRST)),), NOW_S + 61)
    assert made.problem is None


def test_an_outage_of_days_ends_in_calls_of_ninety_six_each_reading_once():
    made = reporting(*range(FIRST, FIRST + 500))
    told = []
    while found := due(made):
        told += found[0].readings
        made.absorb((confirmed(found[0]),), NOW_S)

    assert told == [reading(boundary) for boundary in range(FIRST, FIRST + 500)]
    assert made.spool == EMPTY
