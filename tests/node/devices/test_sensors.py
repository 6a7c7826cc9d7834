"""Each chip that the parameters may name has a row of what it is, and one of who makes it."""

from typing import get_args, get_type_hints

import pytest

from node.core.records import BatterySample, PowerSample
from node.devices import ina219, max1704x
from node.devices.bus.i2c import I2cBus
from node.devices.sensors import MAKERS
from node.parameters.sections.sensor import CHIPS, Chip, Gives, Sensor

SAMPLES = {Gives.POWER: PowerSample, Gives.CHARGE: BatterySample}


def test_every_chip_has_both_rows():
    assert set(get_args(Chip)) == set(CHIPS) == set(MAKERS)


@pytest.mark.parametrize("chip", CHIPS)
def test_a_chip_is_by_default_where_it_may_be(chip):
    kind = CHIPS[chip]

    assert Sensor(chip=chip).address == kind.address
    assert kind.address in kind.addresses


@pytest.mark.parametrize("chip", CHIPS)
def test_what_is_made_gives_what_its_row_says(chip):
    made = MAKERS[chip]("one", Sensor(chip=chip), I2cBus("unix:/nowhere"), lambda: 0.0)

    assert get_type_hints(type(made).sample)["return"] is SAMPLES[CHIPS[chip].gives]


def test_a_chips_own_default_is_the_parameters():
    assert CHIPS["ina219"].address == ina219.DEFAULT_ADDRESS
    assert CHIPS["max17048"].address == CHIPS["max17049"].address == max1704x.DEFAULT_ADDRESS
