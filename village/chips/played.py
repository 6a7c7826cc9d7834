"""Play the chips on a home's bus, register by register: INA219 and MAX17048.

Each refuses what the real chip refuses and keeps a record of what was done to it. What a chip
measures comes from a function it is given, asked at the instant of the read. Nothing here knows
the street.
"""

import random
import struct
import time
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from node.devices.bus.frames import NOT_ACKNOWLEDGED

Line = Callable[[], tuple[float, float]]
"""Give a line's bus voltage in V and its current in A, now."""
Battery = Callable[[], tuple[float, float]]
"""Give a battery's state of charge in % and its cell voltage in V, now."""


class ChipFault(Enum):
    """Name what a played chip can be made to do wrong."""

    NO_ANSWER = "does not acknowledge its address"
    ONES = "every bit it sends is one: 256 %"
    STUCK = "does not convert any more: old values, never ready"
    OVERFLOW = "flags an arithmetic overflow"


class NotAcknowledged(OSError):
    """Say that a chip did not acknowledge, as a kernel adapter reports it."""

    def __init__(self) -> None:
        super().__init__(NOT_ACKNOWLEDGED, "Remote I/O error")


class PlayedChip(Protocol):
    """Answer one chip's part of the bus's traffic."""

    def write(self, data: bytes) -> None:
        """Take the bytes of a write; raises NotAcknowledged."""
        ...

    def read(self, size: int) -> bytes:
        """Give the bytes of a read; raises NotAcknowledged."""
        ...


class PlayedIna219:
    """Play an INA219 at a shunt (TI datasheet SBOS448G, section 8.6).

    The shunt's step is 10 uV and the bus's 4 mV; `noise_lsb` is the width of the shunt's
    uniform noise on both sides, drawn from `seed`.
    """

    _POWER_UP_CONFIG = 0x399F
    _RESET = 0x8000
    _SHUNT_LSB_V = 0.00001
    _BUS_LSB_V = 0.004
    _SINGLE_S = (84e-6, 148e-6, 276e-6, 532e-6)
    """Table 5: how long one conversion of 9, 10, 11 and 12 bit takes; averages are of 12 bit."""

    def __init__(
        self,
        *,
        line: Line,
        shunt_ohms: float,
        seed: int,
        noise_lsb: float = 0.5,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fault: ChipFault | None = None
        self._line = line
        self._shunt_ohms = shunt_ohms
        self._noise_lsb = noise_lsb
        self._random = random.Random(seed)
        self._monotonic = monotonic
        self._pointer = 0
        self._power_up()

    def write(self, data: bytes) -> None:
        """Set the register pointer, and with three bytes the register."""
        self._acknowledge()
        if not data:
            return
        self._pointer = data[0]
        if len(data) < 3:
            return
        value = data[1] << 8 | data[2]
        if self._pointer == 0 and value & self._RESET:
            self._power_up()
        elif self._pointer == 0:
            self._config = value
            self._convert_again()
        elif self._pointer == 5:
            self._calibration = value & 0xFFFE  # bit 0 is void, section 8.6.4.1

    def read(self, size: int) -> bytes:
        """Give the register at the pointer, high byte first; the pointer stays (section 8.5.6)."""
        self._acknowledge()
        word = struct.pack(">H", self._register(self._pointer) & 0xFFFF)
        if self.fault is ChipFault.ONES:
            word = b"\xff\xff"
        return (word * (size // 2 + 1))[:size]

    def brown_out(self) -> None:
        """Lose the power for a moment: configuration and calibration are as at power-up."""
        self._power_up()

    def _acknowledge(self) -> None:
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged

    def _power_up(self) -> None:
        self._config = self._POWER_UP_CONFIG
        self._calibration = 0
        self._shunt = self._bus = 0
        self._convert_again()

    def _convert_again(self) -> None:
        wanted = self._config & 0x3
        shunt_s = self._adc_s(self._config >> 3) if wanted & 1 else 0.0
        bus_s = self._adc_s(self._config >> 7) if wanted & 2 else 0.0
        self._ready_at_s = self._monotonic() + shunt_s + bus_s

    def _adc_s(self, setting: int) -> float:
        """Give how long a conversion takes at a four-bit setting (table 5)."""
        if setting & 0x8:
            return self._SINGLE_S[3] * (1 << (setting & 0x7))
        return self._SINGLE_S[setting & 0x3]

    def _register(self, pointer: int) -> int:
        if pointer == 0:
            return self._config
        if pointer == 5:
            return self._calibration
        self._convert()
        current = int(self._shunt * self._calibration / 4096)
        power = abs(current) * self._bus // 5000
        if pointer == 1:
            return self._shunt
        if pointer == 2:
            overflow = abs(current) > 0x7FFF or power > 0xFFFF
            return self._bus << 3 | self._ready() << 1 | (overflow or self._flagged())
        if pointer == 3:
            self._convert_again()  # reading the power clears "ready", section 8.6.3.2
            return power
        return current if pointer == 4 else 0

    def _ready(self) -> bool:
        stuck = self.fault is ChipFault.STUCK
        return not stuck and self._monotonic() >= self._ready_at_s

    def _flagged(self) -> bool:
        return self.fault is ChipFault.OVERFLOW

    def _convert(self) -> None:
        """Take the line's present values, if the mode says that the ADC runs continuously."""
        mode = self._config & 0x7
        if self.fault is ChipFault.STUCK or mode in (0, 4):
            return
        voltage_v, current_a = self._line()
        noise = self._random.uniform(-self._noise_lsb, self._noise_lsb)
        shunt = round(current_a * self._shunt_ohms / self._SHUNT_LSB_V + noise)
        shunt_limit = 4000 << (self._config >> 11 & 0x3)
        bus_limit = 8000 if self._config & 0x2000 else 4000
        if mode & 1:
            self._shunt = max(-shunt_limit, min(shunt_limit, shunt))
        if mode & 2:
            self._bus = max(0, min(bus_limit, round(voltage_v / self._BUS_LSB_V)))


class PlayedMax17048:
    """Play a MAX17048 fuel gauge (Maxim datasheet 19-6171, register table).

    Registers are bytes at their addresses; a read goes on to the next address. A reset command is
    not acknowledged, as on the chip, and is counted in `resets`.
    """

    _COMMAND, _RESET = 0xFE, b"\x54\x00"
    _WRITABLE = frozenset({0x06, 0x0A, 0x0B, 0x0C, 0x0D, 0x14, 0x15, 0x18, 0x1A, 0x1B})
    _RESET_INDICATOR = 0x01
    _QUICK_START = 0x40
    _ESTIMATING_S = 0.192
    _VCELL_LSB_V = 0.000078125

    def __init__(
        self, *, battery: Battery, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.fault: ChipFault | None = None
        self.resets = 0
        self.quick_starts = 0
        self._battery = battery
        self._monotonic = monotonic
        self._pointer = 0
        self._held: tuple[float, float] | None = None
        self._power_up()

    def write(self, data: bytes) -> None:
        """Set the register pointer and write what follows; raises NotAcknowledged at a reset."""
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged
        if not data:
            return
        self._pointer = data[0]
        if self._pointer == self._COMMAND:
            if data[1:] == self._RESET:
                self.resets += 1
                self._power_up()
                raise NotAcknowledged
            return
        for offset, value in enumerate(data[1:]):
            address = self._pointer + offset
            if address == 0x06 and value & self._QUICK_START:
                self.quick_starts += 1
                self._estimated_at_s = self._monotonic() + self._ESTIMATING_S
                value &= ~self._QUICK_START
            if address in self._WRITABLE:
                self._bytes[address] = value

    def read(self, size: int) -> bytes:
        """Give the bytes from the pointer on."""
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged
        if self.fault is ChipFault.ONES:
            return b"\xff" * size
        self._refresh()
        return bytes(self._bytes[(self._pointer + i) % 256] for i in range(size))

    def brown_out(self) -> None:
        """Lose the power for a moment: the estimate starts anew and the reset flag stands."""
        self._power_up()

    def _power_up(self) -> None:
        self._bytes = bytearray(256)
        self._bytes[0x08:0x0E] = bytes((0x00, 0x12, 0x80, 0x30, 0x97, 0x1C))
        self._bytes[0x14:0x16] = bytes((0x00, 0xFF))
        self._bytes[0x18:0x1A] = bytes((0x96, 0x0C))
        self._bytes[0x1A] = self._RESET_INDICATOR
        self._estimated_at_s = self._monotonic() + self._ESTIMATING_S

    def _refresh(self) -> None:
        if self._monotonic() < self._estimated_at_s:
            self._bytes[0x02:0x06] = bytes(4)
            return
        if self.fault is not ChipFault.STUCK or self._held is None:
            self._held = self._battery()
        soc_pct, cell_voltage_v = self._held
        vcell = min(0xFFFF, round(cell_voltage_v / self._VCELL_LSB_V))
        soc = min(0xFFFF, round(soc_pct * 256))
        self._bytes[0x02:0x06] = struct.pack(">HH", vcell, soc)
