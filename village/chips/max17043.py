"""Play a MAX17043, the gauge of the ancestor's boards, register by register."""

import struct
from collections.abc import Sequence

from village.chips.played import Battery, ChipFault, Monotonic, NotAcknowledged, Wired


class PlayedMax17043:
    """Play a MAX17043 fuel gauge (Maxim datasheet 19-4811): 12-bit cell voltage."""

    _COMMAND, _RESET = 0xFE, b"\x54\x00"
    _VCELL_LSB_V = 0.00125

    def __init__(self, *, battery: Battery, version: int = 0x0003) -> None:
        self._version = version
        self.fault: ChipFault | None = None
        self.resets = 0
        self._battery = battery
        self._pointer = 0
        self._held: tuple[float, float] | None = None
        self._power_up()

    def write(self, data: bytes) -> None:
        """Set the register pointer and write CONFIG; raises NotAcknowledged at a reset."""
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged
        if not data:
            return
        self._pointer = data[0]
        if self._pointer == self._COMMAND and data[1:] == self._RESET:
            self.resets += 1
            self._power_up()
            raise NotAcknowledged
        if self._pointer == 0x0C and len(data) == 3:
            self._bytes[0x0C:0x0E] = data[1:]

    def read(self, size: int) -> bytes:
        """Give the bytes from the pointer on."""
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged
        if self.fault is ChipFault.ONES:
            return b"\xff" * size
        if self.fault is not ChipFault.STUCK or self._held is None:
            self._held = self._battery()
        soc_pct, cell_voltage_v = self._held
        vcell = min(0xFFF, round(cell_voltage_v / self._VCELL_LSB_V)) << 4
        self._bytes[0x02:0x06] = struct.pack(">HH", vcell, min(0xFFFF, round(soc_pct * 256)))
        return bytes(self._bytes[(self._pointer + i) % 256] for i in range(size))

    def _power_up(self) -> None:
        self._bytes = bytearray(256)
        self._bytes[0x08:0x0E] = bytes((0x00, self._version, 0x00, 0x00, 0x97, 0x1C))


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedMax17043:
    """Play the gauge of one sensor.

    A MAX17044's step is of two cells, and so the same of one.
    """
    (one,) = wired
    return PlayedMax17043(battery=one.battery, version=2 if one.named.chip == "max17040" else 3)
