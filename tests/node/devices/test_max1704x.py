import time

import pytest

from node.core.records import BatterySample
from node.devices.bus.i2c import I2cBus
from node.devices.max1704x import Max1704x
from node.devices.trouble import SensorAbsent, SensorImplausible
from village.chips.max17043 import PlayedMax17043
from village.chips.played import ChipFault


@pytest.fixture
def sensor(home):
    home.run_the_gauge()
    return Max1704x(name="gauge", bus=I2cBus(home.place))


def test_a_sample_has_charge_and_cell_voltage(sensor):
    sample = sensor.sample()

    assert sample == BatterySample(
        sensor="gauge",
        taken_at_s=sample.taken_at_s,
        soc_pct=76.5,
        cell_voltage_v=pytest.approx(3.3, abs=1e-4),
    )


def test_a_running_gauge_is_never_reset_by_a_restart_of_the_service(home, sensor):
    """A reset would throw away what the gauge has learnt of the battery."""
    for _ in range(3):
        sensor.sample()
        sensor.close()
        sensor = Max1704x(name="gauge", bus=I2cBus(home.place))

    assert sensor.sample().soc_pct == 76.5
    assert (home.gauge.resets, home.gauge.quick_starts) == (0, 0)


@pytest.mark.failure(
    part="sensors",
    failure="the gauge browns out",
    person="implausible while it estimates anew; it is not reset",
    lasts="until it has an estimate",
)
def test_a_gauge_that_lost_its_power_is_given_time_and_no_reset(home, sensor):
    sensor.sample()
    home.gauge.brown_out()

    with pytest.raises(SensorImplausible, match="cell voltage 0"):
        sensor.sample()
    with pytest.raises(SensorImplausible, match="estimating anew"):
        sensor.sample()
    deadline_s = time.monotonic() + 5
    while True:
        try:
            assert sensor.sample().soc_pct == 76.5
            break
        except SensorImplausible:
            assert time.monotonic() < deadline_s

    assert (home.gauge.resets, home.gauge.quick_starts) == (0, 0)


@pytest.mark.parametrize(("shown_pct", "soc_pct"), [(100, 100), (100.5, 100), (110, 100), (0, 0)])
def test_a_little_above_full_is_full(home, sensor, shown_pct, soc_pct):
    home.battery = (shown_pct, 3.4)

    assert sensor.sample().soc_pct == soc_pct


@pytest.mark.parametrize("shown_pct", [110.1, 200, 255.9])
def test_far_above_full_is_not_believed(home, sensor, shown_pct):
    home.battery = (shown_pct, 3.4)

    with pytest.raises(SensorImplausible, match="state of charge"):
        sensor.sample()


@pytest.mark.failure(
    part="sensors",
    failure="the gauge says 256 %",
    person="implausible: not taken for a sample",
)
def test_256_percent_of_a_bad_word_is_not_believed(home, sensor):
    sensor.sample()
    home.gauge.fault = ChipFault.ONES

    with pytest.raises(SensorImplausible):
        sensor.sample()


@pytest.mark.parametrize("cell_voltage_v", [0.0, 1.9, 5.1])
def test_an_impossible_cell_voltage_is_not_believed(home, sensor, cell_voltage_v):
    home.battery = (50, cell_voltage_v)

    with pytest.raises(SensorImplausible, match="cell voltage"):
        sensor.sample()


def test_another_chip_at_the_address_is_not_taken_for_the_gauge(home):
    home.bus.chips[0x36] = PlayedMax17043(battery=lambda: (50.0, 3.7))

    with pytest.raises(SensorAbsent, match="MAX1704X"):
        Max1704x(name="gauge", bus=I2cBus(home.place)).sample()


def test_an_absent_gauge_is_named_and_comes_back(home, sensor):
    home.gauge.fault = ChipFault.NO_ANSWER
    with pytest.raises(SensorAbsent, match=r"gauge.*0x36"):
        sensor.sample()

    home.gauge.fault = None
    sensor._chip._next_try_s = 0.0
    assert sensor.sample().soc_pct == 76.5
