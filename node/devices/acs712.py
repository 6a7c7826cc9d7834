"""Measure one line with an ACS712 (Allegro ACS712-DS), whose output is a voltage.

The output is half the supply without current, and both that and its slope follow the supply. So
output and supply are read by one converter through one divider, and only their ratio counts:
whatever the 5 V are, and the converter's reference, falls out. Its noise (21 mV from peak to peak
at the 5 A type, a tenth of an ampere) is averaged away; the zero that is left drifts, and is taken
off by `node.core.energy.zero`, with what is too small to be a current.
"""

import math
import time
from collections.abc import Callable

from node.devices.adc import Adc, Ads1115Adc, Mcp3008Adc
from node.devices.bus.i2c import I2cBus
from node.devices.bus.spi import SpiBus
from node.devices.power import Limits, Measured, PowerSensor
from node.devices.trouble import SensorImplausible
from node.parameters.sections.analogue import MOST_SUPPLY_V, Analogue
from node.parameters.sections.sensor import Sensor as Named

AMPERES_PER_RATIO = {5: 5 / 0.185, 20: 5 / 0.100, 30: 5 / 0.066}
"""Sensitivity at 5 V: 185, 100 and 66 mV per ampere; the ratio is of the supply."""
LEAST_SUPPLY_V = 4.5
ROUNDS = 8
READS = 8
"""The output is read 64 times a sample, and the supply beside each eighth."""
ALTERNATING_S = 0.1
"""Five whole periods of 50 Hz, and six of 60."""
STILL_SAMPLES = 10
"""So many samples of 72 equal numbers each are no measurement: noise moves one of them."""
MAX_VOLTAGE_V = 400.0


class Acs712:
    """Speak to one ACS712 behind a converter."""

    def __init__(
        self, name: str, adc: Adc, channel: int, keys: Analogue, monotonic: Callable[[], float]
    ) -> None:
        self._name = name
        self._adc = adc
        self._channel = channel
        self._keys = keys
        self._monotonic = monotonic
        self._last: tuple[float, float] | None = None
        self._still = 0

    def lost_set_up(self) -> str | None:
        """Say nothing: it has none to lose."""
        return None

    def is_ready(self) -> bool:
        """Say that it is: it is converted as it is read."""
        return True

    def measure(self) -> Measured:
        """Read supply, output, and the line's voltage where a channel sees it.

        Raises:
            SensorImplausible: it has no supply, or nothing moves.
        """
        ratios = self._alternating() if self._keys.alternating else self._steady()
        mean = math.fsum(ratios) / len(ratios)
        if self._keys.alternating:
            ratio = math.sqrt(math.fsum((one - mean) ** 2 for one in ratios) / len(ratios))
        else:
            ratio = mean - 0.5
        current_a = ratio * AMPERES_PER_RATIO[self._keys.range_a]
        return Measured(
            bus_voltage_v=self._line_v(),
            current_a=current_a,
            is_beyond=abs(current_a) >= self._keys.range_a,
        )

    def _steady(self) -> list[float]:
        ratios: list[float] = []
        supplies_v: list[float] = []
        for _ in range(ROUNDS):
            supply_v = self._supply_v()
            supplies_v.append(supply_v)
            ratios += (self._adc.volts(self._channel) / supply_v for _ in range(READS))
        self._require_movement(math.fsum(ratios), math.fsum(supplies_v))
        return ratios

    def _alternating(self) -> list[float]:
        """Read evenly over whole periods."""
        supply_v = self._supply_v()
        ends_s = self._monotonic() + ALTERNATING_S
        ratios: list[float] = []
        while self._monotonic() < ends_s or len(ratios) < ROUNDS * READS:
            ratios.append(self._adc.volts(self._channel) / supply_v)
        self._require_movement(math.fsum(ratios) / len(ratios), supply_v)
        return ratios

    def _supply_v(self) -> float:
        supply_v = self._adc.volts(self._keys.supply_channel)
        real_v = supply_v / self._keys.divider
        if not LEAST_SUPPLY_V <= real_v <= MOST_SUPPLY_V:
            raise SensorImplausible(
                f"{self._name}: the sensor's supply is {real_v:.2f} V,"
                f" not {LEAST_SUPPLY_V:g} to {MOST_SUPPLY_V:g} V"
            )
        return supply_v

    def _line_v(self) -> float:
        if self._keys.voltage_channel is None:
            return self._keys.line_v
        return self._adc.volts(self._keys.voltage_channel) / self._keys.voltage_divider

    def _require_movement(self, output: float, supply: float) -> None:
        self._still = self._still + 1 if (output, supply) == self._last else 0
        self._last = output, supply
        if self._still >= STILL_SAMPLES:
            raise SensorImplausible(f"{self._name}: the converter gives the same again and again")


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> PowerSensor:
    """Make a sensor of one ACS712; touches no hardware."""
    keys, channel = named.analogue, named.line
    assert keys is not None and channel is not None  # the rules of the parameters have seen to it

    is_on_spi = keys.adc == "mcp3008"
    spi = SpiBus(keys.spi)

    def opened() -> Acs712:
        adc: Adc = (
            Mcp3008Adc(spi, keys.reference_v) if is_on_spi else Ads1115Adc(bus, named.address)
        )
        return Acs712(name, adc, channel, keys, monotonic)

    return PowerSensor(
        name=name,
        bus=None if is_on_spi else bus,
        open_chip=opened,
        limits=Limits(full_scale_a=float(keys.range_a), max_bus_voltage_v=MAX_VOLTAGE_V),
        invert=named.invert,
        monotonic=monotonic,
        let_go=spi.close,
    )
