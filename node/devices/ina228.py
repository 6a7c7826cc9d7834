"""Measure one line with an INA228 (TI datasheet SBOSA20A): 20 bits, up to 85 V.

The Adafruit driver holds the registers; this file decides averaging and range, and what is refused.
The current is worked out from the shunt's voltage, so that no calibration can be lost.
"""

import time
from collections.abc import Callable

from adafruit_ina228 import INA228, AveragingCount, ConversionTime, Mode

from node.devices.bus.i2c import I2cBus
from node.devices.power import Limits, Measured, PowerSensor
from node.devices.words import Words
from node.parameters.sections.sensor import Sensor as Named

MAX_BUS_VOLTAGE_V = 85.0
FULL_SCALE_V = 0.16384
"""Table 7-5: the shunt's range at ADCRANGE 0, in steps of 312.5 nV."""
_STEP_V = 312.5e-9
_CONFIGURATION, _ADC_CONFIGURATION = 0x00, 0x01
_RANGE = 1 << 4
SET_UP = (
    Mode.CONT_BUS_SHUNT << 12
    | ConversionTime.TIME_1052_US << 9
    | (
        ConversionTime.TIME_1052_US << 6
        | ConversionTime.TIME_1052_US << 3
        | AveragingCount.COUNT_16
    )
)
"""Table 7-6: bus and shunt all the time, 1.05 ms each, averages of 16: 34 ms."""


class Ina228Chip:
    """Speak to one INA228."""

    def __init__(self, bus: I2cBus, address: int, shunt_ohms: float) -> None:
        self._words = Words(bus, address)
        self._shunt_ohms = shunt_ohms
        self._driver = INA228(bus, address)
        # Only so does reading the flag clear it (section 7.6.1.12).
        self._driver.alert_latch = 1
        self._words.write(_ADC_CONFIGURATION, SET_UP)

    def lost_set_up(self) -> str | None:
        """Say what of its set-up the chip has no more; None while it has all of it."""
        found = self._words.read(_ADC_CONFIGURATION)
        if found != SET_UP:
            return f"ADC configuration 0x{found:04x}, not 0x{SET_UP:04x}"
        return "its range" if self._words.read(_CONFIGURATION) & _RANGE else None

    def is_ready(self) -> bool:
        """Tell whether it has converted; reading the flag clears it."""
        return bool(self._driver.conversion_ready)

    def measure(self) -> Measured:
        """Read shunt and bus."""
        shunt_v = float(self._driver.shunt_voltage)
        return Measured(
            bus_voltage_v=float(self._driver.bus_voltage),
            current_a=shunt_v / self._shunt_ohms,
            is_beyond=abs(shunt_v) >= FULL_SCALE_V - _STEP_V,
        )


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> PowerSensor:
    """Make a sensor of one INA228; touches no hardware."""
    return PowerSensor(
        name=name,
        bus=bus,
        open_chip=lambda: Ina228Chip(bus, named.address, named.shunt_ohms),
        limits=Limits(
            full_scale_a=FULL_SCALE_V / named.shunt_ohms, max_bus_voltage_v=MAX_BUS_VOLTAGE_V
        ),
        invert=named.invert,
        monotonic=monotonic,
    )
