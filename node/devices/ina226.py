"""Measure one line with an INA226 (TI datasheet SBOS547B), register by register.

The current is worked out from the shunt's voltage: the chip's own current register would be the
same number, rounded a second time (section 7.5.1), and its calibration one more thing to lose.
"""

import time
from collections.abc import Callable

from node.devices.bus.i2c import I2cBus
from node.devices.power import Limits, Measured, PowerSensor
from node.devices.words import Words, signed
from node.parameters.sections.sensor import Sensor as Named

_CONFIGURATION, _SHUNT, _BUS, _MASK = 0x00, 0x01, 0x02, 0x06
_MAKER, _DIE = 0xFE, 0xFF
_TEXAS_INSTRUMENTS, _INA226 = 0x5449, 0x226
_SHUNT_LSB_V = 2.5e-6
_BUS_LSB_V = 1.25e-3
"""Section 7.5: one step of the shunt's register, and of the bus's."""
_SHUNT_END = 0x7FFF
_READY = 1 << 3
MAX_BUS_VOLTAGE_V = 36.0
"""Section 6.3: the most that the inputs may have; the register would go to 40.96 V."""
SET_UP = 0x4000 | 0b010 << 9 | 0b100 << 6 | 0b100 << 3 | 0b111
"""Table 7-4: averages of 16, 1.1 ms for bus and for shunt, converting all the time: 35 ms, in
which an inverter's 100 or 120 pulses a second even out."""


class Ina226Chip:
    """Speak the registers of one INA226."""

    def __init__(self, bus: I2cBus, address: int, shunt_ohms: float) -> None:
        self._words = Words(bus, address)
        self._shunt_ohms = shunt_ohms
        maker, die = self._words.read(_MAKER), self._words.read(_DIE) >> 4
        if (maker, die) != (_TEXAS_INSTRUMENTS, _INA226):
            raise RuntimeError(f"maker 0x{maker:04x} and die 0x{die:03x} are no INA226's")
        self._words.write(_CONFIGURATION, SET_UP)

    def lost_set_up(self) -> str | None:
        """Say what of its set-up the chip has no more; None while it has all of it."""
        found = self._words.read(_CONFIGURATION)
        return None if found == SET_UP else f"configuration 0x{found:04x}, not 0x{SET_UP:04x}"

    def is_ready(self) -> bool:
        """Tell whether it has converted; reading the flag clears it (section 7.6.2.6)."""
        return bool(self._words.read(_MASK) & _READY)

    def measure(self) -> Measured:
        """Read shunt and bus."""
        shunt = signed(self._words.read(_SHUNT))
        return Measured(
            bus_voltage_v=self._words.read(_BUS) * _BUS_LSB_V,
            current_a=shunt * _SHUNT_LSB_V / self._shunt_ohms,
            is_beyond=abs(shunt) >= _SHUNT_END,
        )


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> PowerSensor:
    """Make a sensor of one INA226; touches no hardware."""
    return PowerSensor(
        name=name,
        bus=bus,
        open_chip=lambda: Ina226Chip(bus, named.address, named.shunt_ohms),
        limits=Limits(
            full_scale_a=_SHUNT_END * _SHUNT_LSB_V / named.shunt_ohms,
            max_bus_voltage_v=MAX_BUS_VOLTAGE_V,
        ),
        invert=named.invert,
        monotonic=monotonic,
    )
