"""Play an INA228, register by register (TI datasheet SBOSA20A): 20 bits in 24."""

import random
import time
from collections.abc import Callable, Sequence

from village.chips.conversions import Conversions
from village.chips.played import ChipFault, Line, Monotonic, Wired
from village.chips.words import WordPort, clipped

_AVERAGES = (1, 4, 16, 64, 128, 256, 512, 1024)
_CONVERSION_S = (50e-6, 84e-6, 150e-6, 280e-6, 540e-6, 1052e-6, 2074e-6, 4120e-6)
_LONG = {0x04: 3, 0x05: 3, 0x07: 3, 0x08: 3, 0x09: 5, 0x0A: 5}


class PlayedIna228:
    """Play an INA228 at a shunt: steps of 312.5 nV (78.125 at the narrow range) and 195.3125 uV.

    `noise_lsb` is the width of the shunt's uniform noise on both sides, drawn from `seed`.
    """

    _RESET, _NARROW, _LATCH, _READY = 1 << 15, 1 << 4, 1 << 15, 1 << 1
    _SHUNT_LSB_V, _BUS_LSB_V = 312.5e-9, 195.3125e-6
    _SHUNT_END, _BUS_END = 0x7FFFF, 0x7FFFF

    def __init__(
        self,
        *,
        line: Line,
        shunt_ohms: float,
        seed: int,
        noise_lsb: float = 4.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._shunt_ohms = shunt_ohms
        self._noise_lsb = noise_lsb
        self._random = random.Random(seed)
        self._conversions = Conversions(monotonic)
        self._was_ready = False
        self.port = WordPort(self._register, self._written, lambda register: _LONG.get(register, 2))
        self.write, self.read = self.port.write, self.port.read
        self.brown_out()

    @property
    def fault(self) -> ChipFault | None:
        """Give what is wrong with it."""
        return self.port.fault

    @fault.setter
    def fault(self, fault: ChipFault | None) -> None:
        self.port.fault = fault

    def brown_out(self) -> None:
        """Lose the power for a moment: every register is as at power-up."""
        self._words = {0x00: 0x0000, 0x01: 0xFB68, 0x02: 0x1000, 0x0B: 0x0001}
        self._was_ready = False
        self._begin()

    def _begin(self) -> None:
        config = self._words[0x01]
        mode, one_s = config >> 12 & 7, 0.0
        for bit, shift in ((1, 9), (2, 6), (4, 3)):
            one_s += _CONVERSION_S[config >> shift & 7] if mode & bit else 0.0
        self._conversions.begin(one_s * _AVERAGES[config & 7])

    def _written(self, register: int, value: int) -> None:
        if register == 0x00 and value & self._RESET:
            self.brown_out()
        elif register in self._words:
            self._words[register] = value
            if register == 0x01:
                self._begin()

    def _register(self, register: int) -> int:
        match register:
            case 0x04 | 0x05:
                return self._conversions.held(self.fault, self._converted)[register - 4]
            case 0x0B:
                return self._diagnosis()
            case 0x3E:
                return 0x5449
            case 0x3F:
                return 0x2281
        return self._words.get(register, 0)

    def _diagnosis(self) -> int:
        """Give the flags; "ready" is cleared by reading only while the latch is set."""
        is_ready = self._conversions.take(self.fault) or self._was_ready
        self._was_ready = is_ready and not self._words[0x0B] & self._LATCH
        return self._words[0x0B] & ~self._READY | (self._READY if is_ready else 0)

    def _converted(self) -> tuple[int, int]:
        voltage_v, current_a = self._line()
        step_v = self._SHUNT_LSB_V / (4 if self._words[0x00] & self._NARROW else 1)
        noise = self._random.uniform(-self._noise_lsb, self._noise_lsb)
        shunt = clipped(current_a * self._shunt_ohms / step_v + noise, self._SHUNT_END)
        if self.fault is ChipFault.OVERFLOW:
            shunt = self._SHUNT_END
        bus = max(0, min(self._BUS_END, round(voltage_v / self._BUS_LSB_V)))
        return shunt << 4, bus << 4


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedIna228:
    """Play the chip of one sensor."""
    (one,) = wired
    ohms = one.named.shunt_ohms
    return PlayedIna228(line=one.line, shunt_ohms=ohms, seed=seed, monotonic=monotonic)
