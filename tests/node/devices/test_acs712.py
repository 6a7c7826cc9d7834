"""An MCP3008's bits, read by gpiozero, become amperes as the ACS712's datasheet has them."""

import math

import pytest

from node.devices.bus.i2c import I2cBus
from node.devices.bus.spi import SpiBus
from node.devices.sensors import maker_of
from node.devices.trouble import BusFailed, SensorAbsent, SensorImplausible, SensorOverflow
from node.parameters.sections.sensor import Sensor
from village.chips.acs712 import voltages
from village.chips.bus import BusServer
from village.chips.mcp3008 import PlayedMcp3008
from village.chips.played import ChipFault, Wired

CHANNELS = {"supply_channel": 1, "voltage_channel": 2}


class Bench:
    """One converter on a played SPI device, with raw volts at its pins, or an ACS712 behind it."""

    def __init__(self, path, **keys):
        self.now_s = 0.0
        self.line = (12.8, 0.0)
        self.volts = {}
        self.path = path
        self.named = Sensor.model_validate(
            {
                "chip": "acs712",
                "channel": 0,
                "analogue": {"spi": f"unix:{path}", "range_a": 5, **CHANNELS, **keys},
            }
        )
        wired = Wired(named=self.named, line=lambda: self.line, battery=lambda: (50.0, 3.7))
        self.adc = PlayedMcp3008(
            {pin: lambda pin=pin: self.volts.get(pin, self._behind[pin]()) for pin in range(3)}
        )
        self._behind = voltages(wired, 7) | {}
        self._behind.setdefault(2, lambda: 0.0)
        self.sensor = maker_of(self.named.kind)(
            "load", self.named, I2cBus("unix:/nowhere"), self._clock
        )

    def _clock(self):
        self.now_s += 0.0005
        return self.now_s

    def pins(self, output_v, supply_v=5.0, divider=0.6, line_v=12.8):
        """Put exact voltages at the converter, behind dividers."""
        self.volts = {0: output_v * divider, 1: supply_v * divider, 2: line_v / 10}


@pytest.fixture
def bench(tmp_path, request):
    made = Bench(tmp_path / "adc.spi", **getattr(request, "param", {}))
    with BusServer({made.path: made.adc}):
        yield made
    made.sensor.close()


@pytest.mark.parametrize(
    ("bench", "output_v", "current_a"),
    [
        ({"range_a": 5}, 2.5, 0.0),
        ({"range_a": 5}, 2.5 + 0.185, 1.0),
        ({"range_a": 5}, 2.5 - 2 * 0.185, -2.0),
        ({"range_a": 20}, 2.5 + 10 * 0.1, 10.0),
        ({"range_a": 30}, 2.5 - 20 * 0.066, -20.0),
    ],
    indirect=["bench"],
)
def test_volts_become_amperes_by_the_types_sensitivity(bench, output_v, current_a):
    """185, 100 and 66 mV per ampere at 5 V; a step of the converter is 29, 54 and 81 mA."""
    step_a = {5: 0.029, 20: 0.054, 30: 0.081}[bench.named.analogue.range_a]
    bench.pins(output_v)

    sample = bench.sensor.sample()

    assert sample.current_a == pytest.approx(current_a, abs=1.6 * step_a)
    assert sample.bus_voltage_v == pytest.approx(12.8, abs=0.033)


@pytest.mark.parametrize("supply_v", [4.6, 5.0, 5.4])
def test_whatever_the_supply_is_only_the_ratio_counts(bench, supply_v):
    """Output and sensitivity follow the supply: an ampere is the same part of it."""
    bench.pins((2.5 + 0.185) * supply_v / 5, supply_v)

    assert bench.sensor.sample().current_a == pytest.approx(1.0, abs=0.05)


def test_the_bits_are_the_datasheets(bench):
    """Figure 6-1: a start bit, single-ended, the channel; then a null bit and ten bits."""
    bench.volts = {0: 3.3 * 0x2AB / 1024 + 0.001}

    answer = SpiBus(f"unix:{bench.path}").transfer(bytes((0b1, 0b1000_0000, 0)))

    assert answer[1] & 0b111 == 0b010
    assert answer[2] == 0xAB


def test_noise_is_averaged_away(bench):
    """21 mV from peak to peak are a tenth of an ampere; 64 of them leave hundredths."""
    bench.line = (12.8, 1.5)

    samples = [bench.sensor.sample().current_a for _ in range(30)]

    assert all(one == pytest.approx(1.5, abs=0.04) for one in samples)
    assert len(set(samples)) > 10


@pytest.mark.parametrize(
    "bench", [{"alternating": True, "line_v": 24, "voltage_channel": None}], indirect=True
)
def test_an_alternating_currents_root_mean_square_counts(bench):
    """3 A at its peak are 2.12 A; 50 periods a second, read for five of them."""
    bench.adc._channels[0] = lambda: (
        (2.5 + 3 * 0.185 * math.sin(2 * math.pi * 50 * bench.now_s)) * 0.6
    )
    bench.adc._channels[1] = lambda: 5 * 0.6

    sample = bench.sensor.sample()

    assert sample.current_a == pytest.approx(3 / math.sqrt(2), abs=0.03)
    assert sample.power_w == pytest.approx(24 * sample.current_a)


@pytest.mark.parametrize("current_a", [6.0, -6.0, 50.0])
def test_beyond_its_type_it_is_an_overflow(bench, current_a):
    bench.line = (12.8, current_a)

    with pytest.raises(SensorOverflow, match="5 A"):
        bench.sensor.sample()


@pytest.mark.parametrize(("supply_v", "said"), [(0.0, "0.00 V"), (4.4, "4.40 V"), (3.3, "3.30 V")])
@pytest.mark.failure(
    part="sensors",
    failure="an ACS712 has no 5 V, or its converter is not there",
    person="implausible, with the supply that is seen",
    lasts="until it has",
)
def test_without_its_supply_it_tells_nothing(bench, supply_v, said):
    bench.pins(supply_v / 2, supply_v)

    with pytest.raises(SensorImplausible, match=f"supply is {said}"):
        bench.sensor.sample()


@pytest.mark.parametrize("fault", [ChipFault.ONES])
def test_a_converter_whose_bits_are_all_ones_is_not_believed(bench, fault):
    bench.adc.fault = fault

    with pytest.raises((SensorImplausible, SensorOverflow)):
        bench.sensor.sample()


@pytest.mark.failure(
    part="sensors",
    failure="a converter gives the same numbers again and again",
    person="implausible after ten samples",
    lasts="until it moves",
)
def test_a_converter_that_is_stuck_is_told(bench):
    bench.line = (12.8, 1.0)
    bench.sensor.sample()
    bench.adc.fault = ChipFault.STUCK

    with pytest.raises(SensorImplausible, match="same again"):
        for _ in range(12):
            bench.sensor.sample()

    bench.adc.fault = None
    assert bench.sensor.sample().current_a == pytest.approx(1.0, abs=0.05)


def test_a_device_that_fails_is_named_and_comes_back(bench):
    bench.sensor.sample()
    bench.adc.fault = ChipFault.NO_ANSWER
    with pytest.raises((BusFailed, SensorAbsent), match="SPI unix:"):
        bench.sensor.sample()

    bench.adc.fault = None
    bench.now_s += 100
    assert bench.sensor.sample().sensor == "load"


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(BusFailed, match=r"SPI /dev/spidev9\.9: .*No such file"):
        SpiBus("/dev/spidev9.9").transfer(b"\x01")
