"""The registers of TI's datasheet SBOS576B, as bytes, become volts and amperes: three lines."""

import pytest

from node.devices.bus.i2c import I2cBus
from node.devices.ina3221 import SET_UP
from node.devices.sensors import maker_of
from node.devices.trouble import SensorAbsent, SensorImplausible, SensorOverflow
from node.parameters.sections.sensor import Sensor
from tests.node.devices.registers import sensor_on
from village.chips.bus import BusServer, PlayedBus
from village.chips.of_home import chips_of
from village.chips.played import Wired

BLANK = {0x00: 0x7127, 0x0F: 0x0003, 0xFE: 0x5449, 0xFF: 0x3220} | dict.fromkeys(range(1, 7), 0)


def sampled(tmp_path, words, **keys):
    keys = {"chip": "ina3221", "channel": 2, "shunt_ohms": 0.05} | keys
    with sensor_on(tmp_path / "bus.i2c", keys, words) as sensor:
        return sensor.sample()


@pytest.mark.parametrize(
    ("shunt", "bus", "shunt_v", "voltage_v"),
    [
        # Section 8.6.2.2: 80 mV is 3E80h, -80 mV is C180h; each of both directions' steps is 40 uV.
        (0x3E80, 0x3200, 0.08, 12.8),
        (0xC180, 0x3200, -0.08, 12.8),
        (0x0008, 0x0008, 40e-6, 0.008),
        (0xFFF8, 0x0000, -40e-6, 0.0),
        (0x7FF0, 0x6590, 0.16376, 26.0),
    ],
)
def test_words_become_amperes_and_volts(tmp_path, shunt, bus, shunt_v, voltage_v):
    words = BLANK | {0x03: shunt, 0x04: bus}

    sample = sampled(tmp_path, words)

    assert sample.current_a * 0.05 == pytest.approx(shunt_v)
    assert sample.bus_voltage_v == pytest.approx(voltage_v)
    assert words[0x00] == SET_UP == 0x7327


@pytest.mark.parametrize(("channel", "shunt", "bus"), [(1, 1, 2), (2, 3, 4), (3, 5, 6)])
def test_each_channel_has_its_registers(tmp_path, channel, shunt, bus):
    sample = sampled(tmp_path, BLANK | {shunt: 0x3E80, bus: 0x3200}, channel=channel)

    assert (sample.current_a, sample.bus_voltage_v) == pytest.approx((1.6, 12.8))


def test_without_a_channel_it_is_the_first(tmp_path):
    assert sampled(tmp_path, BLANK | {1: 0x3E80}, channel=None).current_a == pytest.approx(1.6)


@pytest.mark.parametrize("shunt", [0x7FF8, 0x8000])
def test_the_shunts_range_has_an_end_on_both_sides(tmp_path, shunt):
    with pytest.raises(SensorOverflow, match=r"3\.276 A"):
        sampled(tmp_path, BLANK | {0x03: shunt})


@pytest.mark.parametrize("bus", [0x6598, 0xFFF8])
def test_a_voltage_that_cannot_be_is_implausible(tmp_path, bus):
    with pytest.raises(SensorImplausible, match="bus voltage"):
        sampled(tmp_path, BLANK | {0x04: bus})


def test_another_chip_at_the_address_is_not_taken_for_it(tmp_path):
    with pytest.raises(SensorAbsent, match="no INA3221's"):
        sampled(tmp_path, BLANK | {0xFF: 0x2260})


def test_three_sensors_share_one_chip_and_each_sees_its_line(tmp_path):
    """None sets up anew what another has: that would begin its conversion again."""
    lines = {1: (12.8, 0.5), 2: (13.2, -0.25), 3: (24.0, 1.5)}
    named = {
        f"line{channel}": Sensor.model_validate(
            {"chip": "ina3221", "channel": channel, "shunt_ohms": 0.05}
        )
        for channel in lines
    }
    wired = {
        name: Wired(
            named=sensor,
            line=lambda channel=sensor.channel: lines[channel],
            battery=lambda: (50.0, 3.7),
        )
        for name, sensor in named.items()
    }
    chips = chips_of("home1", wired)
    path = tmp_path / "bus.i2c"
    with BusServer({path: PlayedBus(chips)}):
        bus = I2cBus(f"unix:{path}")
        sensors = [
            maker_of(sensor.kind)(name, sensor, bus, lambda: 1.0) for name, sensor in named.items()
        ]
        for _ in range(3):
            for sensor, (voltage_v, current_a) in zip(sensors, lines.values(), strict=True):
                sample = sensor.sample()
                assert sample.bus_voltage_v == pytest.approx(voltage_v, abs=0.005)
                assert sample.current_a == pytest.approx(current_a, abs=0.001)
