"""The registers of TI's datasheet SBOS656C, as bytes, become volts and amperes."""

import pytest

from node.devices.ina260 import SET_UP
from node.devices.trouble import SensorAbsent, SensorImplausible, SensorOverflow
from tests.node.devices.registers import sensor_on

BLANK = {0x00: 0x6127, 0x06: 0x0008, 0xFE: 0x5449, 0xFF: 0x2270}


def sampled(tmp_path, words, **keys):
    with sensor_on(tmp_path / "bus.i2c", {"chip": "ina260", **keys}, words) as sensor:
        return sensor.sample()


@pytest.mark.parametrize(
    ("current", "bus", "current_a", "voltage_v"),
    [
        (0x2710, 0x2570, 12.5, 11.98),
        (0xD8F0, 0x2570, -12.5, 11.98),
        (0x0001, 0x0001, 0.00125, 0.00125),
        (0xFFFF, 0x7080, -0.00125, 36.0),
        (0x0000, 0x0000, 0.0, 0.0),
    ],
)
def test_words_become_amperes_and_volts(tmp_path, current, bus, current_a, voltage_v):
    """1.25 mA and 1.25 mV a step (table 7-6, 7-7); D8F0h is 10,000 steps below zero."""
    words = BLANK | {0x01: current, 0x02: bus}

    sample = sampled(tmp_path, words)

    assert (sample.current_a, sample.bus_voltage_v) == pytest.approx((current_a, voltage_v))
    assert sample.power_w == pytest.approx(current_a * voltage_v)
    assert words[0x00] == SET_UP == 0x6527


def test_more_than_the_shunt_inside_carries_is_an_overflow(tmp_path):
    with pytest.raises(SensorOverflow, match="15 A"):
        sampled(tmp_path, BLANK | {0x01: 12_000, 0x02: 0})


def test_a_voltage_beyond_the_chips_rating_is_implausible(tmp_path):
    with pytest.raises(SensorImplausible, match=r"36\.001 V"):
        sampled(tmp_path, BLANK | {0x01: 0, 0x02: 0x7081})


@pytest.mark.parametrize("identity", [{0xFE: 0x5448}, {0xFF: 0x2260}])
def test_another_chip_at_the_address_is_not_taken_for_it(tmp_path, identity):
    with pytest.raises(SensorAbsent, match="Failed to find"):
        sampled(tmp_path, BLANK | identity)
