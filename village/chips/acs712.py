"""Play an ACS712 and its 5 V (Allegro's datasheet): a voltage that follows current and supply."""

import random
from collections.abc import Sequence

from village.chips.ads1115 import PlayedAds1115
from village.chips.played import Line, Monotonic, PlayedChip, Voltage, Wired

_SENSITIVITY = {5: 0.185, 20: 0.100, 30: 0.066}
"""Volts per ampere at 5 V."""
_NOISE_V = {5: 0.021, 20: 0.011, 30: 0.007}
"""From peak to peak, with 47 nF at its filter pin."""


class PlayedAcs712:
    """Play one sensor; `offset_v` is what its output is off by without current.

    A converter's sampling sees no more than its peaks: noise is uniform between them.
    """

    def __init__(
        self, *, line: Line, range_a: int, seed: int, supply_v: float = 5.0, offset_v: float = 0.0
    ) -> None:
        self.supply_v = supply_v
        self.offset_v = offset_v
        self._line = line
        self._range_a = range_a
        self._random = random.Random(seed)

    def output_v(self) -> float:
        """Give its output now, which stays within its supply."""
        _, current_a = self._line()
        at_5_v = 2.5 + current_a * _SENSITIVITY[self._range_a] + self.offset_v
        half_v = _NOISE_V[self._range_a] / 2
        noisy_v = at_5_v * self.supply_v / 5 + self._random.uniform(-half_v, half_v)
        return max(0.0, min(self.supply_v, noisy_v))


def voltages(one: Wired, seed: int) -> dict[int, Voltage]:
    """Give what a sensor puts on its converter's channels, behind the dividers of its file."""
    keys = one.named.analogue
    assert keys is not None
    sensor = PlayedAcs712(line=one.line, range_a=keys.range_a, seed=seed)
    found: dict[int, Voltage] = {
        one.named.line or 0: lambda: sensor.output_v() * keys.divider,
        keys.supply_channel: lambda: sensor.supply_v * keys.divider,
    }
    if keys.voltage_channel is not None:
        found[keys.voltage_channel] = lambda: one.line()[0] * keys.voltage_divider
    return found


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic) -> PlayedChip:
    """Play the ADS1115 that these sensors share on the bus."""
    channels: dict[int, Voltage] = {}
    for number, one in enumerate(wired):
        channels |= voltages(one, seed + number)
    return PlayedAds1115(channels, monotonic)
