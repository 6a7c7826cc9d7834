"""Each chip that the parameters may name: what its row says is what its file drives."""

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import get_type_hints

import pytest

from node.core.records import BatterySample, PowerSample
from node.devices import ina219, max1704x
from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.devices.trouble import SensorAbsent, SensorImplausible, SensorOverflow
from node.parameters.sections.chips import CHIPS, Gives
from node.parameters.sections.sensor import Sensor
from village.chips.bus import BusServer, PlayedBus
from village.chips.of_home import chips_of
from village.chips.played import ChipFault, Wired

SAMPLES = {Gives.POWER: PowerSample, Gives.CHARGE: BatterySample}
DRIVERS = {kind.file for kind in CHIPS.values()}


ANALOGUE = {"range_a": 5, "adc": "ads1115", "supply_channel": 3, "voltage_channel": 2}


def keys(chip):
    """Give the keys that a chip cannot do without."""
    return {"chip": chip} | ({"analogue": ANALOGUE} if CHIPS[chip].is_analogue else {})


class Street:
    """One chip of a kind on its bus, its sensor, and what it is wired to."""

    def __init__(self, chip, path):
        self.line = (12.8, 0.25)
        self.battery = (76.5, 3.7)
        self.now_s = 100.0
        named = Sensor.model_validate(keys(chip))
        wired = Wired(named=named, line=lambda: self.line, battery=lambda: self.battery)
        self.bus = PlayedBus(chips_of("home1", {"one": wired}))
        self.chip = self.bus.chips[named.address]
        self.sensor = maker_of(named.kind)("one", named, I2cBus(f"unix:{path}"), lambda: self.now_s)

    def sample(self):
        """Sample long after the time before: no chip is in its pause."""
        self.now_s += 60
        return self.sensor.sample()

    def wait_for_an_estimate(self):
        """Wait until a gauge that was just put up has one."""
        deadline_s = time.monotonic() + 30
        while True:
            try:
                self.sample()
            except SensorImplausible:
                assert time.monotonic() < deadline_s
            else:
                return


AMPERES_OFF = 0.02
"""What noise leaves of an ACS712's average; every other chip is finer."""
POWER = [chip for chip, kind in CHIPS.items() if kind.gives is Gives.POWER]


SET_UP = [chip for chip in POWER if not CHIPS[chip].is_analogue]


@contextmanager
def street_of(chip, path):
    street = Street(chip, path)
    with BusServer({path: street.bus}):
        street.wait_for_an_estimate()
        yield street


@pytest.fixture(params=CHIPS)
def street(request, tmp_path):
    with street_of(request.param, tmp_path / "home1.i2c") as street:
        yield street


@pytest.fixture(params=POWER)
def power(request, tmp_path):
    with street_of(request.param, tmp_path / "home1.i2c") as street:
        yield street


@pytest.mark.parametrize("chip", CHIPS)
def test_a_chip_is_by_default_where_it_may_be(chip):
    kind = CHIPS[chip]

    assert Sensor(chip=chip).address == kind.address
    assert kind.address in kind.addresses


@pytest.mark.parametrize("chip", CHIPS)
def test_what_is_made_gives_what_its_row_says(chip):
    named = Sensor.model_validate(keys(chip))
    made = maker_of(named.kind)("one", named, I2cBus("unix:/nowhere"), lambda: 0.0)

    assert get_type_hints(type(made).sample)["return"] is SAMPLES[CHIPS[chip].gives]


def test_a_chips_own_default_is_the_parameters():
    assert CHIPS["ina219"].address == ina219.DEFAULT_ADDRESS
    assert CHIPS["max17048"].address == CHIPS["max17049"].address == max1704x.DEFAULT_ADDRESS


def test_a_home_loads_no_driver_that_its_file_does_not_name():
    """What a home does not use costs it neither memory nor time."""
    code = (
        "import sys; import node.home.app; from node.devices.sensors import maker_of;"
        "from node.parameters.sections.chips import CHIPS; maker_of(CHIPS['ina219']);"
        "print(*[name for name in sys.modules if name.startswith('node.devices.')])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    ).stdout.split()

    assert {name.removeprefix("node.devices.") for name in loaded} & DRIVERS == {"ina219"}


def test_every_chip_measures_what_it_is_wired_to(street):
    sample = street.sample()

    if isinstance(sample, PowerSample):
        assert sample.bus_voltage_v == pytest.approx(12.8, abs=0.01)
        assert sample.current_a == pytest.approx(0.25, abs=AMPERES_OFF)
        assert sample.power_w == sample.bus_voltage_v * sample.current_a
    else:
        assert sample.soc_pct == pytest.approx(76.5, abs=0.01)
        assert sample.cell_voltage_v == pytest.approx(3.7, abs=0.002)


def test_every_chip_that_is_absent_is_named_and_comes_back(street):
    street.sample()
    street.chip.fault = ChipFault.NO_ANSWER
    with pytest.raises(SensorAbsent, match="one"):
        street.sample()

    street.chip.fault = None
    assert street.sample().sensor == "one"


def test_no_chip_is_believed_whose_bits_are_all_ones(street):
    street.sample()
    street.chip.fault = ChipFault.ONES

    with pytest.raises((SensorAbsent, SensorImplausible, SensorOverflow)):
        street.sample()


def test_every_power_chip_that_no_longer_converts_is_told(power):
    power.sample()
    power.chip.fault = ChipFault.STUCK

    with pytest.raises((SensorAbsent, SensorImplausible), match="does not convert"):
        for _ in range(2):
            power.sample()


def test_every_power_chips_range_has_an_end(power):
    power.sample()
    power.line = (12.8, 1000.0)
    with pytest.raises(SensorOverflow, match="range's end"):
        power.sample()
    power.line = (12.8, -1000.0)
    with pytest.raises(SensorOverflow, match="range's end"):
        power.sample()

    power.line = (12.8, 0.25)
    assert power.sample().current_a == pytest.approx(0.25, abs=AMPERES_OFF)


@pytest.mark.parametrize("power", SET_UP, indirect=True)
def test_every_power_chip_that_lost_its_set_up_is_set_up_anew(power):
    power.sample()
    power.chip.brown_out()
    with pytest.raises(SensorImplausible, match="lost its set-up"):
        power.sample()

    assert power.sample().current_a == pytest.approx(0.25, abs=AMPERES_OFF)
