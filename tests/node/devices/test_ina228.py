"""The registers of TI's datasheet SBOSA20A, as bytes, become volts and amperes."""

import pytest

from node.devices.ina228 import SET_UP
from node.devices.trouble import SensorAbsent, SensorImplausible, SensorOverflow
from tests.node.devices.registers import sensor_on

BLANK = {
    0x00: 0x0000,
    0x01: 0xFB68,
    0x02: 0x1000,
    0x04: 0,
    0x05: 0,
    0x0B: 0x0003,
    0x3E: 0x5449,
    0x3F: 0x2281,
}


def size_of(register):
    return 3 if register in (0x04, 0x05) else 2


def sampled(tmp_path, words, **keys):
    keys = {"chip": "ina228", "shunt_ohms": 0.0162} | keys
    with sensor_on(tmp_path / "bus.i2c", keys, words, size_of) as sensor:
        return sensor.sample()


@pytest.mark.parametrize(
    ("shunt", "bus", "shunt_v", "voltage_v"),
    [
        (0x278D00, 0x3C0000, 0.0506250, 48.0),
        (0xD87300, 0x3C0000, -0.0506250, 48.0),
        (0x000010, 0x000010, 312.5e-9, 195.3125e-6),
        (0xFFFFF0, 0x100000, -312.5e-9, 12.8),
        (0x7FFFE0, 0x000000, 0.163839375, 0.0),
        (0x000000, 0x6A4000, 0.0, 85.0),
    ],
)
def test_words_become_amperes_and_volts(tmp_path, shunt, bus, shunt_v, voltage_v):
    """Twenty bits above four void ones: 312.5 nV and 195.3125 uV a step (tables 7-9, 7-10).

    278D00h is 162,000 steps.
    """
    words = BLANK | {0x04: shunt, 0x05: bus}

    sample = sampled(tmp_path, words)

    assert sample.current_a * 0.0162 == pytest.approx(shunt_v)
    assert sample.bus_voltage_v == pytest.approx(voltage_v)
    assert words[0x01] == SET_UP == 0xBB6A


@pytest.mark.parametrize("shunt", [0x7FFFF0, 0x800000])
def test_the_shunts_range_has_an_end_on_both_sides(tmp_path, shunt):
    with pytest.raises(SensorOverflow, match=r"10\.1136 A"):
        sampled(tmp_path, BLANK | {0x04: shunt})


def test_a_voltage_beyond_the_chips_rating_is_implausible(tmp_path):
    with pytest.raises(SensorImplausible, match="bus voltage 102"):
        sampled(tmp_path, BLANK | {0x05: 0x7FFFF0})


@pytest.mark.parametrize("identity", [{0x3E: 0x5448}, {0x3F: 0x2381}])
def test_another_chip_at_the_address_is_not_taken_for_it(tmp_path, identity):
    with pytest.raises(SensorAbsent, match="Failed to find"):
        sampled(tmp_path, BLANK | identity)
