"""Play a MAX17048, register by register."""

import struct
import time
from collections.abc import Callable, Sequence

from village.chips.played import Battery, ChipFault, Monotonic, NotAcknowledged, Wired


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


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedMax17048:
    """Play the gauge of one sensor."""
    (one,) = wired
    return PlayedMax17048(battery=one.battery, monotonic=monotonic)
