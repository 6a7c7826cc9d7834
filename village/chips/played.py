"""Say what every played chip on a home's bus is: bytes in, bytes out, and what can be wrong.

Each refuses what the real chip refuses and keeps a record of what was done to it. What a chip
measures comes from a function it is given, asked at the instant of the read. Nothing here knows
the street. A chip is played in the file of this room that its kind names, by that file's `play`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Protocol

from node.devices.bus.frames import NOT_ACKNOWLEDGED
from node.parameters.sections.sensor import Sensor

Line = Callable[[], tuple[float, float]]
"""Give a line's bus voltage in V and its current in A, now."""
Battery = Callable[[], tuple[float, float]]
"""Give a battery's state of charge in % and its cell voltage in V, now."""


Voltage = Callable[[], float]
"""Give the volts at one input, now."""


class ChipFault(Enum):
    """Name what a played chip can be made to do wrong."""

    NO_ANSWER = "does not acknowledge its address"
    ONES = "every bit it sends is one: 256 %"
    STUCK = "does not convert any more: old values, never ready"
    OVERFLOW = "flags an arithmetic overflow"


class NotAcknowledged(OSError):
    """Say that a chip did not acknowledge, as a kernel adapter reports it."""

    def __init__(self) -> None:
        super().__init__(NOT_ACKNOWLEDGED, "Remote I/O error")


class PlayedChip(Protocol):
    """Answer one chip's part of the bus's traffic."""

    def write(self, data: bytes) -> None:
        """Take the bytes of a write; raises NotAcknowledged."""
        ...

    def read(self, size: int) -> bytes:
        """Give the bytes of a read; raises NotAcknowledged."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Hold one sensor of a parameters file, and what it is wired to."""

    named: Sensor
    line: Line
    battery: Battery


Monotonic = Callable[[], float]
Player = Callable[[Sequence[Wired], int, Monotonic], PlayedChip]
"""Play the one chip that these sensors are of, its noise drawn from a seed."""


def play(wired: Sequence[Wired], seed: int, monotonic: Monotonic = time.monotonic) -> PlayedChip:
    """Play the chip behind one address, for every sensor of it; it converts by `monotonic`."""
    player: Player = import_module(f"village.chips.{wired[0].named.kind.file}").play
    return player(wired, seed, monotonic)
