"""Switch coils by port expanders on the I2C bus: MCP23017 (16 outputs) and PCF8574 (8).

An expander keeps its outputs when the Pi hangs or the process is killed: only a chip's reset, tied
to a pin that a pull-down takes along, opens its contacts then. By smbus2 and the data sheets
(Microchip DS20001952, Texas Instruments SCPS068); Adafruit's drivers would pull a board library in.
"""

from collections.abc import Sequence
from typing import Protocol

from relay_server.settings import OUTPUTS, ExpanderSettings

_ALL_INPUTS = 0xFF
# The MCP23017's registers, port A's; port B's is the next. Both ports' are written together.
_IODIR, _OLAT = 0x00, 0x14
# Where the way of addressing is set, in either way; in the other way it is an unused register.
_IOCON_IN_BANKS, _IOCON = 0x05, 0x0A


class Bus(Protocol):
    """Carry transactions out on an I2C bus, as smbus2 does; each raises `OSError`."""

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: Sequence[int]) -> None:
        """Write to registers from one on."""
        ...

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        """Read registers from one on."""
        ...

    def write_byte(self, i2c_addr: int, value: int) -> None:
        """Write one byte."""
        ...

    def read_byte(self, i2c_addr: int) -> int:
        """Read one byte."""
        ...

    def close(self) -> None:
        """Let go of the bus."""
        ...


def open_bus(place: str) -> Bus:
    """Open a bus of the machine.

    Raises:
        OSError: there is none, or it may not be used.
    """
    from smbus2 import SMBus  # Here, because most boards have no expander.

    return SMBus(place)


class Expander:
    """Own one expander; every output is at rest, before it is an output, from the first moment.

    Raises:
        OSError: it does not answer.
    """

    def __init__(self, bus: Bus, settings: ExpanderSettings, *, active_high: bool) -> None:
        self._bus = bus
        self._address = settings.address
        self._has_registers = settings.chip == "mcp23017"
        self._count = OUTPUTS[settings.chip]
        self._rest = 0 if active_high else 2**self._count - 1
        self._levels = self._rest
        if self._has_registers:
            self._write(_IOCON_IN_BANKS, [0])
            self._write(_IOCON, [0])
        self._put(self._rest)
        if self._has_registers:
            self._write(_IODIR, [0, 0])

    @property
    def outputs(self) -> "list[ExpanderOutput]":
        """Give its outputs, the first first."""
        return [ExpanderOutput(self, number) for number in range(self._count)]

    def energised(self) -> frozenset[int]:
        """Read back which coils are commanded on."""
        if self._has_registers:
            low, high = self._read(_OLAT)
            inputs_low, inputs_high = self._read(_IODIR)
            # What was reset drives nothing, whatever its latch says.
            bits = ((low | high << 8) ^ self._rest) & ~(inputs_low | inputs_high << 8)
        else:
            bits = self._bus.read_byte(self._address) ^ self._rest
        return frozenset(number for number in range(self._count) if bits >> number & 1)

    def set(self, number: int, *, energised: bool) -> None:
        """Switch one coil."""
        bit = 1 << number
        self._put(self._levels & ~bit | (self._rest ^ (bit if energised else 0)) & bit)

    def release(self) -> None:
        """Bring every coil to rest, and drive none any more."""
        self._put(self._rest)
        if self._has_registers:
            self._write(_IODIR, [_ALL_INPUTS, _ALL_INPUTS])

    def _put(self, levels: int) -> None:
        if self._has_registers:
            self._write(_OLAT, [levels & 0xFF, levels >> 8])
        else:
            self._bus.write_byte(self._address, levels)
        self._levels = levels

    def _write(self, register: int, data: list[int]) -> None:
        self._bus.write_i2c_block_data(self._address, register, data)

    def _read(self, register: int) -> list[int]:
        return self._bus.read_i2c_block_data(self._address, register, 2)


class ExpanderOutput:
    """Be one output, as gpiozero's are."""

    def __init__(self, expander: Expander, number: int) -> None:
        self._expander = expander
        self._number = number

    @property
    def value(self) -> float:
        """Read whether the coil is commanded on."""
        return float(self._number in self._expander.energised())

    def on(self) -> None:
        """Energise the coil."""
        self._expander.set(self._number, energised=True)

    def off(self) -> None:
        """Let the coil go."""
        self._expander.set(self._number, energised=False)

    def close(self) -> None:
        """Do nothing: the whole chip is let go of together."""
