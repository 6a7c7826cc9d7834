"""Play port expanders register by register: MCP23017 and PCF8574, and what their pins do.

By their data sheets (Microchip DS20001952, Texas Instruments SCPS068): after power or reset every
pin of an MCP23017 is an input, and every one of a PCF8574 is high.
"""

from collections.abc import Sequence

from village.chips.played import NotAcknowledged

_REGISTERS = 0x16
_IODIR, _IOCON, _GPIO, _OLAT = 0x00, 0x0A, 0x12, 0x14
_IOCON_IN_BANKS = 0x05
_BANKS = 0x80


class PlayedMcp23017:
    """Hold its registers; `history` has the pins' drive after each write, None where none is."""

    outputs = 16

    def __init__(self) -> None:
        self.history: list[tuple[bool | None, ...]] = []
        self.is_reset = False
        self.reset()

    def reset(self) -> None:
        """Begin anew, as its reset pin or power does."""
        self._registers = bytearray(_REGISTERS)
        self._registers[_IODIR : _IODIR + 2] = b"\xff\xff"

    @property
    def pins(self) -> tuple[bool | None, ...]:
        """Give each pin's driven level; None where it is an input."""
        inputs = int.from_bytes(self._registers[_IODIR : _IODIR + 2], "little")
        levels = int.from_bytes(self._registers[_OLAT : _OLAT + 2], "little")
        return tuple(
            None if inputs >> n & 1 else bool(levels >> n & 1) for n in range(self.outputs)
        )

    def write(self, data: Sequence[int]) -> None:
        """Take a register's number and what is to stand from there on."""
        if self.is_reset:
            raise NotAcknowledged
        register, *values = data
        for place, value in enumerate(values, register):
            if self._registers[_IOCON] & _BANKS:
                # Each port's registers lie together then; of use here is only the way back.
                if place == _IOCON_IN_BANKS:
                    self._registers[_IOCON] = value
            elif place in (_GPIO, _GPIO + 1):
                # A level that is written to the port goes into the latch.
                self._registers[_OLAT + place - _GPIO] = value
            else:
                self._registers[place] = value
        self.history.append(self.pins)

    def read(self, register: int, count: int) -> list[int]:
        """Give what stands from a register on."""
        if self.is_reset:
            raise NotAcknowledged
        return list(self._registers[register : register + count])


class PlayedPcf8574:
    """Hold its one byte: a high pin is an input with a weak pull-up, a low one is driven."""

    outputs = 8

    def __init__(self) -> None:
        self.levels = 0xFF
        self.history: list[int] = []

    def write(self, value: int) -> None:
        """Take all levels."""
        self.levels = value
        self.history.append(value)
