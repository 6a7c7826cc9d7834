"""Play an INA3221, register by register (TI datasheet SBOS576B): three lines in one chip."""

import random
import time
from collections.abc import Callable, Mapping, Sequence

from village.chips.conversions import Conversions
from village.chips.played import ChipFault, Line, Monotonic, Wired
from village.chips.words import WordPort, clipped, word_of

_AVERAGES = (1, 4, 16, 64, 128, 256, 512, 1024)
_CONVERSION_S = (140e-6, 204e-6, 332e-6, 588e-6, 1.1e-3, 2.116e-3, 4.156e-3, 8.244e-3)


class PlayedIna3221:
    """Play an INA3221 at up to three shunts: steps of 40 uV and 8 mV, above three void bits.

    `lines` has each channel's line and the ohms of its shunt; an open channel shows nothing.
    """

    _POWER_UP, _RESET = 0x7127, 0x8000
    _SHUNT_LSB_V, _BUS_LSB_V = 40e-6, 8e-3
    _END = 0xFFF

    def __init__(
        self,
        *,
        lines: Mapping[int, tuple[Line, float]],
        seed: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = dict(lines)
        self._held: dict[int, tuple[int, int]] = {}
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
        channels = (self._config >> 12 & 7).bit_count()
        one_s = _CONVERSION_S[self._config >> 6 & 7] + _CONVERSION_S[self._config >> 3 & 7]
        self._conversions.begin(one_s * channels * _AVERAGES[self._config >> 9 & 7])

    def _register(self, register: int) -> int:
        match register:
            case 0x00:
                return self._config
            case 1 | 2 | 3 | 4 | 5 | 6:
                return self._converted((register + 1) // 2)[(register + 1) % 2]
            case 0x0F:
                return int(self._conversions.take(self.fault))
            case 0xFE:
                return 0x5449
            case 0xFF:
                return 0x3220
        return 0

    def _converted(self, channel: int) -> tuple[int, int]:
        """Look at one line alone: others may be others' to look at."""
        is_on = channel in self._lines and self._config & 1 << (15 - channel)
        if not is_on:
            return 0, 0
        if self.fault is not ChipFault.STUCK or channel not in self._held:
            self._held[channel] = self._converted_line(*self._lines[channel])
        return self._held[channel]

    def _converted_line(self, line: Line, shunt_ohms: float) -> tuple[int, int]:
        voltage_v, current_a = line()
        noise = self._random.uniform(-0.5, 0.5)
        shunt = clipped(current_a * shunt_ohms / self._SHUNT_LSB_V + noise, self._END)
        if self.fault is ChipFault.OVERFLOW:
            shunt = self._END
        bus = max(0, min(self._END, round(voltage_v / self._BUS_LSB_V)))
        return word_of(shunt << 3), bus << 3


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedIna3221:
    """Play the chip of up to three sensors."""
    lines = {one.named.line or 1: (one.line, one.named.shunt_ohms) for one in wired}
    return PlayedIna3221(lines=lines, seed=seed, monotonic=monotonic)
