"""Measure one line with an INA260 (TI datasheet SBOS656C), whose 2 milliohm shunt is inside it.

The Adafruit driver holds the registers; this file decides the averaging and what is refused.
"""

import time
from collections.abc import Callable

from adafruit_ina260 import INA260, AveragingCount, ConversionTime, Mode

from node.devices.bus.i2c import I2cBus
from node.devices.power import Limits, Measured, PowerSensor
from node.devices.words import Words
from node.parameters.sections.sensor import Sensor as Named

FULL_SCALE_A = 15.0
"""Section 6.3: what the shunt inside carries; the register would go to 40.96 A."""
MAX_BUS_VOLTAGE_V = 36.0
_CONFIGURATION, _MASK = 0x00, 0x06
_READY = 1 << 3
_MILLI = 1000.0
SET_UP = 0x6000 | 0b010 << 9 | 0b100 << 6 | 0b100 << 3 | 0b111
"""Table 7-5: averages of 16, 1.1 ms for bus and for current, converting all the time: 35 ms."""


class Ina260Chip:
    """Speak to one INA260."""

    def __init__(self, bus: I2cBus, address: int) -> None:
        self._words = Words(bus, address)
        self._driver = INA260(bus, address)
        self._driver.averaging_count = AveragingCount.COUNT_16
        self._driver.voltage_conversion_time = ConversionTime.TIME_1_1_ms
        self._driver.current_conversion_time = ConversionTime.TIME_1_1_ms
        self._driver.mode = Mode.CONTINUOUS

    def lost_set_up(self) -> str | None:
        """Say what of its set-up the chip has no more; None while it has all of it."""
        found = self._words.read(_CONFIGURATION)
        return None if found == SET_UP else f"configuration 0x{found:04x}, not 0x{SET_UP:04x}"

    def is_ready(self) -> bool:
        """Tell whether it has converted; reading the flag clears it."""
        return bool(self._words.read(_MASK) & _READY)

    def measure(self) -> Measured:
        """Read current and bus."""
        current_a = float(self._driver.current) / _MILLI
        return Measured(
            bus_voltage_v=float(self._driver.voltage),
            current_a=current_a,
            is_beyond=abs(current_a) >= FULL_SCALE_A,
        )


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> PowerSensor:
    """Make a sensor of one INA260; touches no hardware."""
    return PowerSensor(
        name=name,
        bus=bus,
        open_chip=lambda: Ina260Chip(bus, named.address),
        limits=Limits(full_scale_a=FULL_SCALE_A, max_bus_voltage_v=MAX_BUS_VOLTAGE_V),
        invert=named.invert,
        monotonic=monotonic,
    )
