"""Play an INA219, register by register."""

import random
import struct
import time
from collections.abc import Callable, Sequence

from village.chips.played import ChipFault, Line, Monotonic, NotAcknowledged, Wired


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


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedIna219:
    """Play the chip of one sensor."""
    (one,) = wired
    return PlayedIna219(
        line=one.line, shunt_ohms=one.named.shunt_ohms, seed=seed, monotonic=monotonic
    )
