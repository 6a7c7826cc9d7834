"""Measure one of an INA3221's three lines (TI datasheet SBOS576B), register by register.

The sensors of one chip share it: whichever opens it first sets it up, each waits for a conversion
of its own, and none resets what another has. The drivers there are reset the chip at each start,
print what they should raise, and read a negative current one step too high.
"""

import time
from collections.abc import Callable

from node.devices.bus.i2c import I2cBus
from node.devices.power import Limits, Measured, PowerSensor
from node.devices.words import Words, signed
from node.parameters.sections.sensor import Sensor as Named

MAX_BUS_VOLTAGE_V = 26.0
_CONFIGURATION, _MASK, _MAKER, _DIE = 0x00, 0x0F, 0xFE, 0xFF
_TEXAS_INSTRUMENTS, _INA3221 = 0x5449, 0x3220
_VOID_BITS = 3
_SHUNT_LSB_V, _BUS_LSB_V = 40e-6, 8e-3
_SHUNT_END = 0xFFF
"""Tables 7 and 8: twelve bits and a sign, above three that are void."""
_READY = 1 << 0
SET_UP = 0b0111 << 12 | 0b001 << 9 | 0b100 << 6 | 0b100 << 3 | 0b111
"""Table 3: all three channels, averages of 4, 1.1 ms for bus and for shunt, all the time: 26 ms."""


class Ina3221Chip:
    """Speak to one channel, 1 to 3, of one INA3221."""

    def __init__(self, bus: I2cBus, address: int, channel: int, shunt_ohms: float) -> None:
        self._words = Words(bus, address)
        self._shunt_ohms = shunt_ohms
        self._shunt = 2 * channel - 1
        self._bus = 2 * channel
        maker, die = self._words.read(_MAKER), self._words.read(_DIE)
        if (maker, die) != (_TEXAS_INSTRUMENTS, _INA3221):
            raise RuntimeError(f"maker 0x{maker:04x} and die 0x{die:04x} are no INA3221's")
        if self._words.read(_CONFIGURATION) != SET_UP:
            self._words.write(_CONFIGURATION, SET_UP)

    def lost_set_up(self) -> str | None:
        """Say what of its set-up the chip has no more; None while it has all of it."""
        found = self._words.read(_CONFIGURATION)
        return None if found == SET_UP else f"configuration 0x{found:04x}, not 0x{SET_UP:04x}"

    def is_ready(self) -> bool:
        """Tell whether it has converted; reading the flag clears it (section 8.6.2.16)."""
        return bool(self._words.read(_MASK) & _READY)

    def measure(self) -> Measured:
        """Read shunt and bus."""
        shunt = signed(self._words.read(self._shunt)) >> _VOID_BITS
        return Measured(
            bus_voltage_v=(signed(self._words.read(self._bus)) >> _VOID_BITS) * _BUS_LSB_V,
            current_a=shunt * _SHUNT_LSB_V / self._shunt_ohms,
            is_beyond=not -_SHUNT_END - 1 < shunt < _SHUNT_END,
        )


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> PowerSensor:
    """Make a sensor of one channel of an INA3221; touches no hardware."""
    return PowerSensor(
        name=name,
        bus=bus,
        open_chip=lambda: Ina3221Chip(bus, named.address, named.line or 1, named.shunt_ohms),
        limits=Limits(
            full_scale_a=_SHUNT_END * _SHUNT_LSB_V / named.shunt_ohms,
            max_bus_voltage_v=MAX_BUS_VOLTAGE_V,
        ),
        invert=named.invert,
        monotonic=monotonic,
    )
