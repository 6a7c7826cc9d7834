"""Readings to a real broker that forgets, or takes less than they are sent with."""

import asyncio
import contextlib
import os
import random
import time

import pytest

from node.core.energy.spool import EMPTY
from node.core.records import MeterName
from node.home.outward.broker_readings import BrokerReadings
from node.links.broker.home import MqttLink
from tests.factories.home import reading
from tests.factories.mqtt import mqtt_settings
from tests.parts.broken_line import BrokenLine
from tests.parts.brokers import running_broker
from tests.parts.readings_heard import ReadingsHeard
from tests.parts.waiting import until_on_loop

WITHIN_S = 100.0
INTERVAL_S = 900
FIRST = 2_000_000
PUBREL = b"\x62\x02"
BREAKS = 200 if "PEERWATT_SOAK" in os.environ else 8


@pytest.fixture
def heard(broker):
    reader = ReadingsHeard(broker.port, "street")
    yield reader
    reader.close()


class Home:
    """A telling and its link, without the rest of the node."""

    def __init__(self, port):
        settings = mqtt_settings("home", port=port)
        loop = asyncio.get_running_loop()
        self.link = MqttLink(settings, loop, self.absorb, lambda _: None, None)
        self.telling = BrokerReadings(self.link, INTERVAL_S, EMPTY)

    def absorb(self, fact):
        self.telling.absorb(fact, time.monotonic())

    async def until(self, condition, what):
        def is_after_telling():
            self.telling.send(time.monotonic())
            return condition()

        await until_on_loop(is_after_telling, what, WITHIN_S)


@contextlib.asynccontextmanager
async def connected_home(port, heard):
    """A home that speaks with its broker, once the reader listens."""
    home = Home(port)
    with contextlib.closing(home.link):
        await home.until(lambda: heard.is_listening, "the reader listens")
        home.link.start()
        await home.until(lambda: home.link.problem is None, "the node is connected")
        yield home


def told(heard):
    return [boundary for boundary, _, _ in heard.rows("home", MeterName.LOAD)]


def add(home, boundaries):
    home.telling.add(reading(boundary, meter=MeterName.LOAD) for boundary in boundaries)


@pytest.mark.failure(
    part="broker",
    failure="the broker is killed with readings half taken, and keeps no sessions",
    lasts="they go again, and arrive once",
)
async def test_broker_that_forgets_what_it_half_took_is_told_it_again(broker, heard):
    """It would answer the end of a message that it has forgotten as if it had all of it."""
    async with BrokenLine(broker.port) as line, connected_home(line.port, heard) as home:
        line.held_from = PUBREL
        add(home, range(FIRST, FIRST + 5))
        await home.until(lambda: line.is_holding, "the broker has taken a half")
        assert told(heard) == []

        line.answers.clear()
        heard.is_listening = False
        broker.stop()
        broker.start()
        await home.until(lambda: heard.is_listening, "the reader is back")
        line.held_from, line.is_holding = None, False
        line.answers.set()
        await home.until(lambda: not home.telling.spool.waiting, "all is acknowledged")
        await home.until(lambda: len(told(heard)) >= 5, "all is heard")

    assert told(heard) == list(range(FIRST, FIRST + 5))


@pytest.mark.failure(
    part="broker",
    failure="the line breaks before the broker can say that it has a reading, and does so again",
    lasts="it arrives once",
)
@pytest.mark.parametrize("refused", [0, 1, 2])
async def test_reading_that_the_broker_has_is_not_told_again(broker, heard, refused):
    async with BrokenLine(broker.port) as line, connected_home(line.port, heard) as home:
        line.mute_from = PUBREL
        add(home, range(FIRST, FIRST + 5))
        await home.until(lambda: told(heard), "the broker has one")
        assert FIRST in [waiting.boundary for waiting in home.telling.spool.waiting]

        line.mute_from, line.is_mute, line.refused = None, False, refused
        line.cut()
        await home.until(lambda: not home.telling.spool.waiting, "all is acknowledged")
        add(home, [FIRST + 5])
        await home.until(lambda: len(told(heard)) >= 6, "the next is heard")

    assert told(heard) == list(range(FIRST, FIRST + 6))


async def test_line_that_breaks_often_loses_and_repeats_nothing(broker, heard, monkeypatch):
    # It breaks so often that the link would pause for minutes.
    monkeypatch.setattr("node.mqtt.client.LONGEST_PAUSE_S", 0)
    chance = random.Random(BREAKS)
    async with BrokenLine(broker.port) as line, connected_home(line.port, heard) as home:
        for first in range(FIRST, FIRST + 6 * BREAKS, 6):
            await home.until(lambda: home.link.problem is None, "the node is connected")
            add(home, range(first, first + 6))
            breaks_at_s = time.monotonic() + chance.choice((0.0, 0.004, 0.02)) * chance.random()
            await home.until(lambda at_s=breaks_at_s: time.monotonic() >= at_s, "a moment")
            line.refused = chance.choice((0, 0, 1))
            line.cut()
        await home.until(lambda: not home.telling.spool.waiting, "all is acknowledged")
        await home.until(lambda: len(set(told(heard))) == 6 * BREAKS, "all is heard")

    assert told(heard) == list(range(FIRST, FIRST + 6 * BREAKS))


async def test_broker_that_takes_no_exactly_once_is_told_with_less(tmp_path):
    with running_broker(tmp_path, "max_qos 1") as broker:
        home = Home(broker.port)
        with contextlib.closing(home.link):
            add(home, range(FIRST, FIRST + 5))
            home.link.start()

            await home.until(lambda: not home.telling.spool.waiting, "all is acknowledged")
            assert home.link.problem is None
