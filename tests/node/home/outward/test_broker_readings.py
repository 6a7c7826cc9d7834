"""Readings are told to the broker in order, and wait until it has acknowledged each."""

import pytest

from node.core.energy.spool import EMPTY, MOST_KEPT, MOST_UNTOLD, Spool
from node.core.facts import ReadingAcknowledged, ReadingRefused
from node.core.records import MeterName
from node.home.outward.broker_readings import MOST_UNDER_WAY, BrokerReadings
from tests.factories.home import NOW_S, reading
from tests.worlds.recording_ports import RecordingPorts

INTERVAL_S = 900
FIRST = 2_000_000


@pytest.fixture
def broker():
    return RecordingPorts()


def telling(broker, *boundaries, spool=EMPTY):
    made = BrokerReadings(broker, INTERVAL_S, spool)
    made.add(reading(boundary) for boundary in boundaries)
    return made


def sent(broker):
    """Give, once, which readings the broker was sent."""
    told, broker.asked = [ask[1] for ask in broker.asked], []
    return told


def acknowledge(made, *readings):
    for one in readings:
        made.absorb(ReadingAcknowledged(reading=one), NOW_S)


def test_each_meters_reading_is_sent_once_with_its_instant(broker):
    made = telling(broker)
    made.add([reading(FIRST, meter=meter) for meter in MeterName])

    made.send(NOW_S)
    made.send(NOW_S)

    instant_s = FIRST * INTERVAL_S
    assert {("reading", reading(FIRST, meter=meter), instant_s) for meter in MeterName} == set(
        broker.asked
    )
    assert len(broker.asked) == 3


def test_what_the_broker_has_acknowledged_waits_no_more(broker):
    made = telling(broker, FIRST, FIRST + 1)
    made.send(NOW_S)

    acknowledge(made, reading(FIRST))

    assert made.spool == Spool(waiting=(reading(FIRST + 1),), dropped=0)


def test_so_many_are_under_way_at_a_time_and_all_arrive_in_order(broker):
    boundaries = range(FIRST, FIRST + 3 * MOST_UNDER_WAY + 1)
    made, told = telling(broker, *boundaries), []
    while made.spool.waiting:
        made.send(NOW_S)
        fresh = sent(broker)
        assert 0 < len(fresh) <= MOST_UNDER_WAY
        told += fresh
        acknowledge(made, *fresh)

    assert told == [reading(boundary) for boundary in boundaries]


def test_while_the_broker_answers_nothing_of_it_goes_to_disk(broker):
    made = telling(broker, FIRST)
    made.send(NOW_S)
    assert made.kept == EMPTY

    acknowledge(made, reading(FIRST))
    assert (made.spool, made.kept) == (EMPTY, EMPTY)


def test_what_waited_while_the_broker_was_away_is_kept_until_it_is_acknowledged(broker):
    """A crash while it catches up must lose none."""
    broker.problem = "no answer"
    made = telling(broker, FIRST, FIRST + 1)
    made.send(NOW_S)
    assert sent(broker) == []
    assert made.kept == made.spool

    broker.problem = None
    made.send(NOW_S)
    acknowledge(made, reading(FIRST))

    assert made.kept == Spool(waiting=(reading(FIRST + 1),), dropped=0)


def test_after_a_restart_what_waited_is_told_before_what_is_new(broker):
    waited = Spool(waiting=(reading(FIRST), reading(FIRST + 1)), dropped=4)
    made = telling(broker, FIRST + 2, spool=waited)

    made.send(NOW_S)

    assert sent(broker) == [reading(FIRST), reading(FIRST + 1), reading(FIRST + 2)]
    assert made.kept == waited


def test_a_home_without_a_broker_keeps_nothing(broker):
    made = telling(broker, FIRST, spool=None)

    made.send(NOW_S)

    assert (sent(broker), made.spool, made.kept) == ([], EMPTY, EMPTY)


@pytest.mark.failure(
    part="broker",
    failure="the broker is away until the spool for it is full (3,168 readings)",
    person="the oldest are dropped; `readings_dropped_mqtt` counts them",
)
def test_too_many_waiting_readings_drop_the_oldest_and_count_it(broker):
    broker.problem = "no answer"
    made = telling(broker)
    for boundary in range(FIRST, FIRST + MOST_KEPT + 2):
        made.add(reading(boundary, meter=meter) for meter in MeterName)

    made.send(NOW_S)

    assert (len(made.spool.waiting), made.spool.dropped) == (MOST_UNTOLD, 6)
    assert made.spool.waiting[0].boundary == FIRST + 2
    assert made.kept == made.spool


@pytest.mark.failure(
    part="broker",
    failure="the broker refuses a reading",
    person="it waits, on disk too; the refusal is in the log",
    lasts="tried again after 60 s",
)
def test_a_refused_reading_is_tried_again_after_a_minute(broker):
    made = telling(broker, FIRST)
    made.send(NOW_S)
    sent(broker)

    made.absorb(ReadingRefused(reading=reading(FIRST), sentence="Not authorized"), NOW_S)
    made.send(NOW_S + 59)
    assert (sent(broker), made.kept) == ([], made.spool)

    made.send(NOW_S + 60)
    assert sent(broker) == [reading(FIRST)]


async def test_the_end_waits_for_what_is_under_way(broker):
    made = telling(broker, FIRST)
    made.send(NOW_S)
    acknowledge(made, reading(FIRST))

    await made.settle()

    assert made.kept == EMPTY


async def test_what_is_not_acknowledged_at_the_end_is_kept(broker, monkeypatch):
    monkeypatch.setattr("node.home.outward.broker_readings.SETTLE_S", 0.0)
    made = telling(broker, FIRST)
    made.send(NOW_S)

    await made.settle()

    assert made.kept == Spool(waiting=(reading(FIRST),), dropped=0)
