"""Play an INA226, register by register (TI datasheet SBOS547B)."""

import random
import time
from collections.abc import Callable, Sequence

from village.chips.played import ChipFault, Line, Monotonic, Wired
from village.chips.words import WordPort, clipped, word_of


class PlayedIna226:
    """Play an INA226 at a shunt: steps of 2.5 uV and 1.25 mV.

    `noise_lsb` is the width of the shunt's uniform noise on both sides, drawn from `seed`.
    """

    _POWER_UP = 0x4127
    _RESET = 0x8000
    _SHUNT_LSB_V, _BUS_LSB_V = 2.5e-6, 1.25e-3
    _CONVERSION_S = (140e-6, 204e-6, 332e-6, 588e-6, 1.1e-3, 2.116e-3, 4.156e-3, 8.244e-3)
    _AVERAGES = (1, 4, 16, 64, 128, 256, 512, 1024)
    _SHUNT_END, _BUS_END = 0x7FFF, 0x7FFF

    def __init__(
        self,
        *,
        line: Line,
        shunt_ohms: float,
        seed: int,
        noise_lsb: float = 0.5,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._shunt_ohms = shunt_ohms
        self._noise_lsb = noise_lsb
        self._random = random.Random(seed)
        self._monotonic = monotonic
        self._port = WordPort(self._register, self._written)
        self._held: tuple[int, int] | None = None
        self.write, self.read = self._port.write, self._port.read
        self._power_up()

    @property
    def fault(self) -> ChipFault | None:
        """Give what is wrong with it."""
        return self._port.fault

    @fault.setter
    def fault(self, fault: ChipFault | None) -> None:
        self._port.fault = fault

    def brown_out(self) -> None:
        """Lose the power for a moment: the configuration is as at power-up."""
        self._power_up()

    def _power_up(self) -> None:
        self._config = self._POWER_UP
        self._convert_again()

    def _convert_again(self) -> None:
        bus_s = self._CONVERSION_S[self._config >> 6 & 7]
        shunt_s = self._CONVERSION_S[self._config >> 3 & 7]
        self._ready_at_s = self._monotonic() + (bus_s + shunt_s) * self._averages

    @property
    def _averages(self) -> int:
        return self._AVERAGES[self._config >> 9 & 7]

    def _written(self, register: int, value: int) -> None:
        if register != 0:
            return
        self._config = self._POWER_UP if value & self._RESET else value
        self._convert_again()

    def _register(self, register: int) -> int:
        match register:
            case 0x00:
                return self._config
            case 0x01:
                return word_of(self._converted()[0])
            case 0x02:
                return self._converted()[1]
            case 0x06:
                return self._flags()
            case 0xFE:
                return 0x5449
            case 0xFF:
                return 0x2260
        return 0

    def _flags(self) -> int:
        is_ready = self.fault is not ChipFault.STUCK and self._monotonic() >= self._ready_at_s
        if is_ready:
            self._convert_again()  # reading the flag clears it
        return is_ready << 3

    def _converted(self) -> tuple[int, int]:
        if self.fault is ChipFault.STUCK and self._held is not None:
            return self._held
        voltage_v, current_a = self._line()
        noise = self._random.uniform(-self._noise_lsb, self._noise_lsb)
        shunt = clipped(current_a * self._shunt_ohms / self._SHUNT_LSB_V + noise, self._SHUNT_END)
        if self.fault is ChipFault.OVERFLOW:
            shunt = self._SHUNT_END
        self._held = shunt, max(0, min(self._BUS_END, round(voltage_v / self._BUS_LSB_V)))
        return self._held


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedIna226:
    """Play the chip of one sensor."""
    (one,) = wired
    return PlayedIna226(
        line=one.line, shunt_ohms=one.named.shunt_ohms, seed=seed, monotonic=monotonic
    )
