"""Keep what a source told last: judged, in our units, with its age; None of it is made up.

A source tells on whatever thread it likes, and is asked on the loop's. What it tells twice is one
sample. Its own registers become what they rose by: where one falls, or rises faster than the most
that the file allows, it is a new start, and what lies between is not counted.
"""

import logging
import math
import threading
from dataclasses import dataclass, field

from node.core.errors import DeviceError
from node.core.records import MeterSample, Registers
from node.core.units import MILLIWH_PER_WH
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.system.clock import Clock
from node.system.seldom import Seldom
from node.system.words import told as as_told

log = logging.getLogger(__name__)

FULL_SOC_PCT = 100.0
MOST_AHEAD_S = 5.0
"""How far a source's clock may be ahead of ours."""
_WH_PER_WS = 1 / 3600
_ROUNDING_WH = 1000.0
"""A register that counts whole kilowatt-hours rises by one at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold what a source told at once: watts, watt-hours since ever, per cent; None = nothing.

    `calendar_s` is its own word on when that was.
    """

    power_w: float | None = None
    imported_wh: float | None = None
    exported_wh: float | None = None
    soc_pct: float | None = None
    calendar_s: float | None = None


@dataclass(slots=True, kw_only=True)
class _Count:
    """Hold a register of the source's, and what it rose by since we began to listen."""

    at_wh: float | None = None
    risen_wh: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Counts:
    imported: _Count = field(default_factory=_Count)
    exported: _Count = field(default_factory=_Count)
    taken_at_s: float | None = None


class LastTold:
    """Hold the newest of one source; `sample` is the sensor's side, the rest the source's."""

    def __init__(self, name: str, clock: Clock, *, max_age_s: float, most_w: float) -> None:
        self._name = name
        self._clock = clock
        self._max_age_s = max_age_s
        self._most_w = most_w
        self._lock = threading.Lock()
        self._newest: MeterSample | None = None
        self._own_s = -math.inf
        self._counts = _Counts()
        self._trouble: DeviceError = SensorAbsent(f"{name}: nothing told yet")
        self._seldom = Seldom(log, logging.WARNING)

    def tell(self, told: Told) -> None:
        """Take what was told, unless it is older than, or the same as, what is known."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            try:
                taken_at_s = self._taken_at(told, now_s)
                if taken_at_s is None:
                    return
                self._check(told)
            except SensorImplausible as trouble:
                self._trouble = trouble
                return
            counted, power_w = self._count(told, taken_at_s)
            self._newest = MeterSample(
                sensor=self._name,
                taken_at_s=taken_at_s,
                power_w=told.power_w if told.power_w is not None else power_w,
                counted=counted,
                soc_pct=None if told.soc_pct is None else min(told.soc_pct, FULL_SOC_PCT),
            )
            self._trouble = SensorAbsent(f"{self._name}: nothing told for {self._max_age_s:g} s")

    def fail(self, error: Exception | str) -> None:
        """Note why there is nothing new; what was told last stands until it is stale."""
        with self._lock:
            if isinstance(error, DeviceError):
                self._trouble = error
                return
            sentence = error if isinstance(error, str) else as_told(error)
            self._trouble = SensorAbsent(f"{self._name}: {sentence}")

    def gone(self, why: str) -> None:
        """Forget what was told: the source has taken it back."""
        with self._lock:
            self._newest = None
            self._trouble = SensorAbsent(f"{self._name}: {why}")

    def sample(self) -> MeterSample:
        """Give the newest that was told.

        Raises:
            DeviceError: nothing is known, or it is stale; and why.
        """
        with self._lock:
            newest = self._newest
            if newest is None or self._clock.monotonic_s() - newest.taken_at_s > self._max_age_s:
                raise self._trouble
            return newest

    def _taken_at(self, told: Told, now_s: float) -> float | None:
        """Give the monotonic instant of what was told; None where it is known already.

        Raises:
            SensorImplausible: its clock is ahead.
        """
        if told.calendar_s is None:
            return now_s
        if told.calendar_s <= self._own_s:
            return None
        age_s = (self._clock.calendar_s() - told.calendar_s) / self._clock.speed
        if age_s < -MOST_AHEAD_S:
            raise SensorImplausible(f"{self._name}: its clock is {-age_s:.0f} s ahead of ours")
        self._own_s = told.calendar_s
        taken_at_s = now_s - max(0.0, age_s)
        newest = self._newest
        return None if newest is not None and taken_at_s <= newest.taken_at_s else taken_at_s

    def _check(self, told: Told) -> None:
        """Refuse what cannot be.

        Raises:
            SensorImplausible: by the name of what is told, with its bound.
        """
        power_w, soc_pct = told.power_w, told.soc_pct
        if power_w is not None and not abs(power_w) <= self._most_w:
            raise SensorImplausible(
                f"{self._name}: a power of {power_w:g} W, and most_w is {self._most_w:g} W"
            )
        if soc_pct is not None and not 0 <= soc_pct <= FULL_SOC_PCT + 1:
            raise SensorImplausible(
                f"{self._name}: a state of charge of {soc_pct:g} %, not 0 to 100 %"
            )
        for energy_wh in (told.imported_wh, told.exported_wh):
            if energy_wh is not None and not 0 <= energy_wh < math.inf:
                raise SensorImplausible(f"{self._name}: a register of {energy_wh:g} Wh")

    def _count(self, told: Told, taken_at_s: float) -> tuple[Registers | None, float | None]:
        """Give what the registers rose by, and the power that made them rise."""
        if told.imported_wh is None and told.exported_wh is None:
            return None, None
        counts = self._counts
        before_s, counts.taken_at_s = counts.taken_at_s, taken_at_s
        passed_s = 0.0 if before_s is None else taken_at_s - before_s
        net_wh = self._raise(counts.imported, told.imported_wh, passed_s)
        net_wh -= self._raise(counts.exported, told.exported_wh, passed_s)
        registers = Registers(
            import_milliwh=round(counts.imported.risen_wh * MILLIWH_PER_WH),
            export_milliwh=round(counts.exported.risen_wh * MILLIWH_PER_WH),
        )
        if not passed_s:
            return registers, None
        return registers, net_wh / (passed_s * self._clock.speed * _WH_PER_WS)

    def _raise(self, count: _Count, at_wh: float | None, passed_s: float) -> float:
        """Count what a register rose by, and give it."""
        if at_wh is None:
            return 0.0
        before_wh, count.at_wh = count.at_wh, at_wh
        if before_wh is None:
            return 0.0
        risen_wh = at_wh - before_wh
        most_wh = self._most_w * passed_s * self._clock.speed * _WH_PER_WS + _ROUNDING_WH
        if not 0 <= risen_wh <= most_wh:
            self._seldom.say(
                "%s: a register went from %g to %g Wh within %.0f s: it is not counted",
                self._name,
                before_wh,
                at_wh,
                passed_s,
            )
            return 0.0
        count.risen_wh += risen_wh
        return risen_wh
