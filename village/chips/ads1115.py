"""Play an ADS1115, register by register (TI SBAS444D): 16 bits, one channel at a time."""

from collections.abc import Mapping

from village.chips.played import ChipFault, Monotonic, Voltage
from village.chips.words import WordPort, clipped, word_of

_FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
_PER_SECOND = (8, 16, 32, 64, 128, 250, 475, 860)
_END = 0x7FFF


class PlayedAds1115:
    """Convert the voltages of its four channels; an open one is at ground."""

    _POWER_UP, _START, _SINGLE = 0x8583, 0x8000, 0x0100
    _THRESHOLDS: Mapping[int, int] = {2: 0x8000, 3: 0x7FFF}

    def __init__(self, channels: Mapping[int, Voltage], monotonic: Monotonic) -> None:
        self._channels = dict(channels)
        self._monotonic = monotonic
        self._config = self._POWER_UP
        self._ready_at_s = 0.0
        self._converted = 0
        self.port = WordPort(self._register, self._written)
        self.write, self.read = self.port.write, self.port.read

    @property
    def fault(self) -> ChipFault | None:
        """Give what is wrong with it."""
        return self.port.fault

    @fault.setter
    def fault(self, fault: ChipFault | None) -> None:
        self.port.fault = fault

    def _written(self, register: int, value: int) -> None:
        if register != 1:
            return
        self._config = value
        if value & self._START:
            self._ready_at_s = self._monotonic() + 1 / _PER_SECOND[value >> 5 & 7]
            if self.fault is not ChipFault.STUCK:
                self._converted = self._convert(value)

    def _register(self, register: int) -> int:
        if register == 0:
            return self._converted
        if register != 1:
            return self._THRESHOLDS.get(register, 0)
        is_ready = self.fault is not ChipFault.STUCK and self._monotonic() >= self._ready_at_s
        return self._config & ~self._START | (self._START if is_ready else 0)

    def _convert(self, config: int) -> int:
        multiplexer = config >> 12 & 7
        assert multiplexer >= 4, "nothing here reads differences"
        channel = multiplexer - 4
        volts = self._channels[channel]() if channel in self._channels else 0.0
        return word_of(clipped(volts / _FULL_SCALE_V[config >> 9 & 7] * (_END + 1), _END))
