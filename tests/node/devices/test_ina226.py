"""The registers of TI's datasheet SBOS547B, as bytes, become volts and amperes."""

import pytest

from node.devices.bus.i2c import I2cBus
from node.devices.ina226 import SET_UP, make
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters.sections.sensor import Sensor
from village.chips.bus import BusServer, PlayedBus
from village.chips.words import WordPort

IDENTITY = {0xFE: 0x5449, 0xFF: 0x2260}


@pytest.fixture
def make_sensor(tmp_path):
    servers = []

    def a_sensor(registers, **keys):
        words = {0x00: 0x4127, 0x06: 0x0008, **IDENTITY, **registers}
        path = tmp_path / f"{len(servers)}.i2c"
        bus = PlayedBus({0x40: WordPort(words.__getitem__, words.__setitem__)})
        servers.append(BusServer({path: bus}))
        named = Sensor.model_validate({"chip": "ina226", "shunt_ohms": 0.002} | keys)
        return make("load", named, I2cBus(f"unix:{path}")), words

    yield a_sensor
    for server in servers:
        server.close()


def test_the_datasheets_worked_example(make_sensor):
    """Table 8-1: 10 A through 2 milliohm on a 12 V line: 1F40h and 2570h."""
    sensor, words = make_sensor({0x01: 0x1F40, 0x02: 0x2570})

    sample = sensor.sample()

    assert (sample.current_a, sample.bus_voltage_v) == pytest.approx((10.0, 11.98))
    assert sample.power_w == pytest.approx(119.8)
    assert words[0x00] == SET_UP == 0x4527


@pytest.mark.parametrize(
    ("shunt", "bus", "current_a", "voltage_v"),
    [
        (0x0001, 0x0000, 0.00125, 0.0),
        (0xFFFF, 0x0001, -0.00125, 0.00125),
        (0x7FFE, 0x7080, 40.9575, 36.0),
        (0x8002, 0x2800, -40.9575, 12.8),
        (0x0000, 0x0000, 0.0, 0.0),
    ],
)
def test_words_become_amperes_and_volts(make_sensor, shunt, bus, current_a, voltage_v):
    """2.5 uV and 1.25 mV a step; 80 mV of a negative current is 8300h (section 7.6.2.1)."""
    sample = make_sensor({0x01: shunt, 0x02: bus})[0].sample()

    assert (sample.current_a, sample.bus_voltage_v) == pytest.approx((current_a, voltage_v))


def test_the_datasheets_negative_shunt_voltage(make_sensor):
    """Section 7.6.2.1: -80 mV is 8300h."""
    sample = make_sensor({0x01: 0x8300, 0x02: 0x2800})[0].sample()

    assert sample.current_a * 0.002 == pytest.approx(-0.08)


def test_invert_turns_the_shunt_around(make_sensor):
    sensor, _ = make_sensor({0x01: 0x1F40, 0x02: 0x2570}, invert=True)

    assert sensor.sample().power_w == pytest.approx(-119.8)


def test_a_voltage_beyond_the_chips_rating_is_implausible(make_sensor):
    sensor, _ = make_sensor({0x01: 0, 0x02: 0x7081})

    with pytest.raises(SensorImplausible, match=r"36\.001 V"):
        sensor.sample()


@pytest.mark.parametrize("identity", [{0xFE: 0x5448}, {0xFF: 0x2270}, {0xFF: 0x0000}])
@pytest.mark.failure(
    part="sensors",
    failure="another chip answers at a sensor's address",
    person="absent, with what it says it is",
)
def test_another_chip_at_the_address_is_not_taken_for_it(make_sensor, identity):
    sensor, words = make_sensor(identity)

    with pytest.raises(SensorAbsent, match="no INA226's"):
        sensor.sample()
    assert words[0x00] == 0x4127
