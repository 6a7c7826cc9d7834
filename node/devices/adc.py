"""Read volts off a converter's channels: an MCP3008 on SPI, or an ADS1115 on the I2C bus.

gpiozero and Adafruit have the registers; this file gives them the one bus, and a wait that ends.
"""

import errno
from collections.abc import Sequence
from typing import Protocol

from node.devices.bus.i2c import I2cBus
from node.devices.bus.spi import SpiBus

_STEPS = 1024
_ADS1115_STEP_V = 6.144 / 32768
"""At gain 2/3 (TI SBAS444D, table 3), so that 5 V need no divider."""
_ADS1115_RATE = 860
_POLLS = 200
"""A conversion takes 1.2 ms, a poll of it half a millisecond on the bus."""


class Adc(Protocol):
    """Convert one channel at a time."""

    def volts(self, channel: int) -> float:
        """Convert now; raises OSError where the converter is away or does not convert."""
        ...


class SpiPort:
    """Be to gpiozero what it asks of an SPI interface: words out, words in."""

    bits_per_word = 8

    def __init__(self, bus: SpiBus) -> None:
        self._bus = bus

    def transfer(self, words: Sequence[int]) -> list[int]:
        """Exchange words of eight bits."""
        return list(self._bus.transfer(bytes(words)))

    def close(self) -> None:
        """Leave the bus open: other channels use it."""


class Mcp3008Adc:
    """Read an MCP3008 (Microchip DS21295D) by gpiozero, over a bus of our own."""

    def __init__(self, bus: SpiBus, reference_v: float) -> None:
        # Loaded where a home has one alone: it takes 7 MB.
        from gpiozero import MCP3008
        from gpiozero.pins import Factory

        class OneBus(Factory):  # type: ignore[misc]  # gpiozero has no types
            def spi(self, **_arguments: object) -> SpiPort:
                return SpiPort(bus)

        self._reference_v = reference_v
        self._factory = OneBus()
        self._make = MCP3008
        self._channels: dict[int, MCP3008] = {}

    def volts(self, channel: int) -> float:
        """Convert now, in steps of a 1024th of the reference."""
        if channel not in self._channels:
            self._channels[channel] = self._make(channel=channel, pin_factory=self._factory)
        return float(self._channels[channel].raw_value) * self._reference_v / _STEPS


class Ads1115Adc:
    """Read an ADS1115 (TI SBAS444D) by Adafruit's driver, one conversion at a time."""

    def __init__(self, bus: I2cBus, address: int) -> None:
        from adafruit_ads1x15.ads1115 import ADS1115

        class Patient(ADS1115):
            """Wait for a conversion, but not for ever."""

            polls = 0

            def _conversion_complete(self) -> int:
                self.polls += 1
                if self.polls > _POLLS:
                    raise OSError(errno.ETIMEDOUT, "the converter does not convert")
                return int(super()._conversion_complete())

        bus.open()
        self._driver = Patient(bus, gain=2 / 3, data_rate=_ADS1115_RATE, address=address)

    def volts(self, channel: int) -> float:
        """Convert now, against ground."""
        self._driver.polls = 0
        against_ground = channel + 4
        return float(self._driver.read(against_ground)) * _ADS1115_STEP_V
