"""Play one home's chips for a bench, which sets the battery and the lines as it likes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from village.chips.bus import PlayedBus
from village.chips.ina219 import PlayedIna219
from village.chips.max1704x import PlayedMax17048
from village.chips.outfits import GAUGE_ADDRESS, SHUNTS
from village.plant.street import NOMINAL_V

SHUNT_OHMS = 0.01
"""Small, so that a bench can draw an order's whole energy between two samples."""
MOST_CURRENT_A = 31.0

_SOC_REGISTER = 0x04
_CELL_V = 3.3


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeRead:
    """Hold when the state of charge was read (monotonic), and what the gauge said."""

    at_s: float
    soc_pct: float


class PlayedHome:
    """Hold what a home's chips see now; only the bench changes it."""

    def __init__(
        self, name: str, soc_pct: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.soc_pct = soc_pct
        self.load_a = 0.0
        self.connection_a = 0.0
        self.reads: list[GaugeRead] = []
        self._name = name
        self._monotonic = monotonic

    def bus(self) -> PlayedBus:
        """Give a bus with the home's gauge and its three shunts."""
        lines: dict[str, Callable[[], tuple[float, float]]] = {
            "load": lambda: (NOMINAL_V, self.load_a),
            "generation": lambda: (NOMINAL_V, 0.0),
            "connection": lambda: (NOMINAL_V, self.connection_a),
        }
        shunts = {
            address: PlayedIna219(
                line=lines[shunt],
                shunt_ohms=SHUNT_OHMS,
                seed=crc32(f"{self._name} {shunt}".encode()),
                monotonic=self._monotonic,
            )
            for shunt, address in SHUNTS.items()
        }
        gauge = PlayedMax17048(battery=lambda: (self.soc_pct, _CELL_V), monotonic=self._monotonic)
        watched = _WatchedGauge(gauge, self.reads, self._monotonic)
        return PlayedBus({**shunts, GAUGE_ADDRESS: watched})

    def settled_below(self, limit_pct: float, samples: int, since: int) -> float | None:
        """Give the instant of the read that completes so many in a row below a limit.

        Only reads from number `since` on count; None while there are too few.
        """
        in_a_row = 0
        for read in self.reads[since:]:
            in_a_row = in_a_row + 1 if read.soc_pct < limit_pct else 0
            if in_a_row == samples:
                return read.at_s
        return None


class _WatchedGauge:
    """Pass everything on to a gauge, and note each read of its state of charge."""

    def __init__(
        self, gauge: PlayedMax17048, reads: list[GaugeRead], monotonic: Callable[[], float]
    ) -> None:
        self._gauge = gauge
        self._reads = reads
        self._monotonic = monotonic
        self._pointer = 0

    def write(self, data: bytes) -> None:
        """Pass a write on; raises NotAcknowledged as the gauge does."""
        if data:
            self._pointer = data[0]
        self._gauge.write(data)

    def read(self, size: int) -> bytes:
        """Pass a read on; raises NotAcknowledged as the gauge does."""
        data = self._gauge.read(size)
        if self._pointer == _SOC_REGISTER and size == 2:
            soc_pct = int.from_bytes(data, "big") / 256
            self._reads.append(GaugeRead(at_s=self._monotonic(), soc_pct=soc_pct))
        return data
