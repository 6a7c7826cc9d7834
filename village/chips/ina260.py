"""Play an INA260, register by register (TI datasheet SBOS656C): an INA226 with its shunt inside."""

import random
import time
from collections.abc import Callable, Sequence

from village.chips.conversions import Conversions
from village.chips.played import ChipFault, Line, Monotonic, Wired
from village.chips.words import WordPort, clipped, word_of

_AVERAGES = (1, 4, 16, 64, 128, 256, 512, 1024)
_CONVERSION_S = (140e-6, 204e-6, 332e-6, 588e-6, 1.1e-3, 2.116e-3, 4.156e-3, 8.244e-3)


class PlayedIna260:
    """Play an INA260: steps of 1.25 mA and 1.25 mV; noise of half a step from `seed`."""

    _POWER_UP, _RESET = 0x6127, 0x8000
    _LSB = 1.25e-3
    _END = 0x7FFF

    def __init__(
        self, *, line: Line, seed: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = line
        self._random = random.Random(seed)
        self._conversions = Conversions(monotonic)
        self.port = WordPort(self._register, self._written)
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
        """Lose the power for a moment: the configuration is as at power-up."""
        self._written(0, self._POWER_UP)

    def _written(self, register: int, value: int) -> None:
        if register != 0:
            return
        self._config = self._POWER_UP if value & self._RESET else value
        one_s = _CONVERSION_S[self._config >> 6 & 7] + _CONVERSION_S[self._config >> 3 & 7]
        self._conversions.begin(one_s * _AVERAGES[self._config >> 9 & 7])

    def _register(self, register: int) -> int:
        match register:
            case 0x00:
                return self._config
            case 0x01 | 0x02:
                return self._conversions.held(self.fault, self._converted)[register - 1]
            case 0x06:
                return self._conversions.take(self.fault) << 3
            case 0xFE:
                return 0x5449
            case 0xFF:
                return 0x2270
        return 0

    def _converted(self) -> tuple[int, int]:
        voltage_v, current_a = self._line()
        current = clipped(current_a / self._LSB + self._random.uniform(-0.5, 0.5), self._END)
        if self.fault is ChipFault.OVERFLOW:
            current = self._END
        return word_of(current), max(0, min(self._END, round(voltage_v / self._LSB)))


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedIna260:
    """Play the chip of one sensor."""
    (one,) = wired
    return PlayedIna260(line=one.line, seed=seed, monotonic=monotonic)
