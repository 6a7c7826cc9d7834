"""A broker away for several intervals: it hears every reading of every meter afterwards, once."""

import pytest

from node.core.errors import Refused
from node.core.records import MeterName
from tests.faults.outages import keep_sessions
from tests.parts.meter_events import reported, rises
from tests.parts.neighbours import BUYER, Pace, neighbours
from tests.parts.readings_heard import ReadingsHeard
from village.households import COMMUNITY

PACE = Pace(speed=1.0, block_s=1.0, interval_s=2, waits=True)
OUTAGE_INTERVALS = 5
METERS = tuple(MeterName)


@pytest.fixture
def street(tmp_path):
    with neighbours(tmp_path, PACE) as running:
        yield running


@pytest.fixture
def heard(street):
    keep_sessions(street)
    reader = ReadingsHeard(street.places.broker_port, COMMUNITY)
    street.until(lambda: reader.is_listening, "the reader listens")
    yield reader
    reader.close()


def waiting(street):
    """Give how many readings wait, -1 while the node does not say."""
    try:
        return street.status(BUYER).get("readings_waiting_mqtt", -1)
    except (Refused, OSError):
        return -1


@pytest.mark.failure(
    part="broker",
    failure="the broker is away for ten intervals, the node restarts meanwhile",
    person="`readings_waiting_mqtt` rises, and falls to 0; none dropped",
    lasts="every meter's readings arrive when it is back, each once, in order",
)
def test_broker_that_was_away_hears_every_reading_of_every_meter_once_and_in_order(street, heard):
    """The chain, which never was away, has the same boundaries: no others were read."""
    street.start(BUYER)
    street.until(lambda: reported(street, BUYER), "the home reports")
    street.until(lambda: heard.rows(BUYER, MeterName.LOAD), "the home tells the broker")

    street.processes.stop("broker")
    half = OUTAGE_INTERVALS * len(METERS)
    street.until(lambda: waiting(street) >= half, "readings wait")
    street.processes.stop(BUYER)
    street.start(BUYER)
    street.until(lambda: waiting(street) >= half, "the restarted node knows what waits")
    street.until(lambda: waiting(street) >= 2 * half, "more readings wait")
    reached = reported(street, BUYER)[-1][0]
    street.processes.restart("broker")

    street.until(lambda: waiting(street) == 0, "the readings are told")
    for meter in METERS:
        street.until(
            lambda meter=meter: heard.rows(BUYER, meter)[-1][0] > reached, f"{meter} is heard"
        )
    read = [row for row in reported(street, BUYER) if row[0] <= reached]
    connection, load = (
        [row for row in heard.rows(BUYER, meter) if read[0][0] <= row[0] <= reached]
        for meter in (MeterName.CONNECTION, MeterName.LOAD)
    )
    assert connection == read
    assert [row[0] for row in load] == [row[0] for row in read]
    assert rises(load), "each boundary once, no register falls"
    assert street.status(BUYER)["readings_dropped_mqtt"] == 0
