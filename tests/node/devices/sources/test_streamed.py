"""Lines that are listened to: a real pseudo-terminal and real TCP, with what breaks on them."""

import os
import termios

import pytest

from node.devices.measured import made
from node.devices.sources.streamed import opened
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters.sections.source import DataSource
from tests.factories.sources import CALENDAR_S, around
from tests.parts.waiting import until
from village.meters.bridge import Bridge
from village.meters.frames import frame
from village.meters.telegrams import telegram


def is_told(got):
    return hasattr(got, "power_w")


@pytest.fixture
def line():
    """The meter's end of a serial line, and the other one's name."""
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def listening(kind, at, **keys):
    return made("meter", DataSource(kind=kind, at=at, feeds="connection", **keys), around())


def said_until(sampled, source, say, condition, what):
    def attempt(got):
        say()
        return condition(got)

    return sampled(source, attempt, what)


def test_a_meter_on_a_serial_line_is_heard(line, sampled):
    meter, name = line
    source = listening("p1", f"serial:{name}")

    got = said_until(
        sampled,
        source,
        lambda: os.write(meter, telegram(at_s=CALENDAR_S, power_w=-321.0)),
        is_told,
        "a telegram is heard",
    )

    assert got.power_w == -321.0


def test_a_serial_line_is_raw_with_eight_bits_and_its_own_speed(line):
    _, name = line
    with opened(f"serial:{name}@9600", 115_200, 23) as descriptor:
        modes = termios.tcgetattr(descriptor)

    assert modes[4] == modes[5] == termios.B9600
    assert modes[2] & termios.CSIZE == termios.CS8
    assert not modes[2] & (termios.PARENB | termios.CSTOPB)
    assert not modes[3] & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize(
    ("at", "why"), [("serial:/dev/nowhere", "nowhere"), ("serial:/dev/null", "no serial line")]
)
def test_a_line_that_is_none_is_absent(at, why, sampled):
    trouble = sampled(listening("sml", at), lambda got: why in str(got), "a reason")

    assert isinstance(trouble, SensorAbsent)


@pytest.fixture
def bridge():
    bridge = Bridge()
    yield bridge
    bridge.close()


def test_a_bridge_that_hangs_up_is_connected_again(bridge, sampled):
    source = listening("sml", f"tcp://127.0.0.1:{bridge.port}")
    said_until(
        sampled, source, lambda: bridge.say(frame(power_w=5, imported_wh=1)), is_told, "heard"
    )
    bridge.hang_up()
    until(lambda: len(bridge.links) == 2, "it connects again")

    got = said_until(
        sampled,
        source,
        lambda: bridge.say(frame(power_w=6, imported_wh=2)),
        lambda got: getattr(got, "power_w", 0) == 6,
        "heard again",
    )
    assert got.counted.import_milliwh == 1000


def test_noise_is_implausible_once_nothing_better_was_heard(bridge, sampled):
    source = listening("p1", f"tcp://127.0.0.1:{bridge.port}")
    noise = telegram(at_s=CALENDAR_S, power_w=5.0).replace(b"00.005", b"00.006")

    trouble = said_until(
        sampled, source, lambda: bridge.say(noise), lambda got: "CRC16" in str(got), "a reason"
    )

    assert isinstance(trouble, SensorImplausible)
