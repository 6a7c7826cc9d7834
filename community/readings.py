"""What a metering point told of a local day: milliwatt-hours and their quality by quarter hour."""

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum

MISSING = -1
"""What stands for an energy that is not there."""
_BYTES = 8


class Direction(Enum):
    """Say which way a point's energy flows."""

    CONSUMPTION = "consumption"
    GENERATION = "generation"


class Series(Enum):
    """Say what is told of a point: what it metered, or what the grid operator allocated to it."""

    METERED = "metered"
    ALLOCATED = "allocated"
    """Of a consumer what it got from the community, of a producer what the community took."""


class Quality(IntEnum):
    """Say how a value came about, as grid operators do (L1, L2, L3)."""

    MISSING = 0
    MEASURED = 1
    SUBSTITUTE = 2
    ESTIMATED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PointDay:
    """Hold a point's local day: one energy (mWh, or `MISSING`) and one quality a quarter hour."""

    point: str
    direction: Direction
    series: Series
    day: date
    energies: Sequence[int]
    qualities: bytes

    @property
    def missing(self) -> list[int]:
        """Give the quarters that are not there."""
        return [place for place, energy in enumerate(self.energies) if energy == MISSING]


def packed(energies: Sequence[int]) -> bytes:
    """Write energies as the database keeps them: 8 bytes each, the lowest first."""
    numbers = array("q", energies)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(text: bytes) -> Sequence[int]:
    """Read energies as the database keeps them.

    Raises:
        ValueError: the bytes are no whole number of energies.
    """
    if len(text) % _BYTES:
        raise ValueError(f"{len(text)} bytes are no whole number of energies")
    numbers = array("q")
    numbers.frombytes(text)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
