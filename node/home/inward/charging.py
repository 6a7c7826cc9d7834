"""Follow the battery's charge by counting what flows, and hold its gauge to that.

What flows at the battery is what the meters leave over: load less generation less what the
connection brings. Without a meter of the connection, what the load draws from a seller is left out.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from node.core.energy.battery import BatteryPicture
from node.core.energy.coulombs import (
    UNKNOWN,
    Charge,
    CountingRules,
    Flow,
    KeptCharge,
    after_absence,
    count,
    take_word,
)
from node.core.energy.meters import OWN_ORIGIN, Count, Meter, Metering, Origin
from node.core.energy.trial import UNHEARD, Trial, hear, verdict
from node.core.records import BatterySample, MeterName, PowerSample, Sample
from node.core.units import JOULES_PER_MILLIWH
from node.system.clock import Clock

KEEP_EVERY_S = 1800.0
"""How rarely the count goes to disk while nothing puts it right: a card wears (monotonic)."""
Keep = Callable[[KeptCharge | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSettings:
    """Hold how the battery is counted, and which sensor sees its voltage.

    `sees_sellers` says that this voltage is a seller's while one feeds the load.
    """

    rules: CountingRules
    voltage_sensor: str
    sees_sellers: bool


class Charging:
    """Count one home's battery; `keep` takes what is to outlast a restart."""

    def __init__(
        self, settings: ChargingSettings, clock: Clock, kept: KeptCharge | None, keep: Keep
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._keep = keep
        self._charge = UNKNOWN
        if kept is not None:
            self._charge = after_absence(settings.rules, kept, clock.calendar_s())
        self._trial: Trial = UNHEARD
        self._gauge: str | None = None
        self._before: tuple[float, float, float] | None = None
        self._power_w = 0.0
        self._kept_at_s = -math.inf

    @property
    def charge(self) -> Charge:
        """Give the count as it stands."""
        return self._charge

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """Pair the gauge whose word is no fact with the sentence that says why."""
        why = verdict(self._trial, self._charge)
        return ((self._gauge, why),) if why is not None and self._gauge is not None else ()

    def look(self, metering: Metering, samples: Collection[Sample], origin: Origin) -> None:
        """Count on, after a round of samples."""
        flow = self._flow(metering, samples, origin)
        was_known = self._charge.soc_pct is not None
        if flow is not None:
            self._charge = count(self._settings.rules, self._charge, flow)
        for sample in samples:
            if isinstance(sample, BatterySample):
                self._hear(sample, flow)
        is_news = was_known is not (self._charge.soc_pct is not None)
        self.save(0.0 if is_news else KEEP_EVERY_S)

    def save(self, after_s: float = 0.0) -> None:
        """Hand the count over to be kept, if the last time is so long ago (monotonic)."""
        if self._clock.monotonic_s() - self._kept_at_s < after_s:
            return
        self._kept_at_s = self._clock.monotonic_s()
        charge = self._charge
        if charge.soc_pct is None:
            self._keep(None)
            return
        self._keep(
            KeptCharge(
                soc_pct=charge.soc_pct,
                off_pct=charge.off_pct,
                calendar_s=self._clock.calendar_s(),
                power_w=self._power_w,
            )
        )

    def picture(self, gauge: BatteryPicture, now_s: float) -> BatteryPicture:
        """Picture the battery by its gauge where that is to be believed, else by the count."""
        charge = self._charge
        why = next((why for _, why in self.problems), None)
        if charge.is_empty:
            return replace(gauge, soc_pct=0.0, settled=True, taken_at_s=now_s, problem=None)
        if gauge.soc_pct is not None and why is None:
            return gauge
        if charge.soc_pct is None:
            missing = "no full battery has been counted from yet"
            reason = why or (gauge.problem if self._gauge is not None else missing)
            return replace(gauge, soc_pct=None, settled=False, problem=reason)
        return BatteryPicture(
            soc_pct=charge.soc_pct,
            settled=True,
            taken_at_s=now_s,
            problem=None,
            off_pct=charge.off_pct,
        )

    def _hear(self, sample: BatterySample, flow: Flow | None) -> None:
        self._gauge = sample.sensor
        rules = self._settings.rules
        moved_pct = 0.0
        if flow is not None:
            kept_milliwh = flow.into_milliwh * rules.efficiency - flow.out_milliwh
            moved_pct = 100 * kept_milliwh / rules.battery_milliwh
        is_new = self._trial.word_pct != sample.soc_pct
        self._trial = hear(self._trial, sample.soc_pct, moved_pct)
        # A word that stands may be frozen: the count must not stand still with it meanwhile.
        if is_new and verdict(self._trial, self._charge) is None:
            self._charge = take_word(self._charge, sample.soc_pct)

    def _flow(self, metering: Metering, samples: Collection[Sample], origin: Origin) -> Flow | None:
        now_s, (drawn_milliwh, gap_s) = self._clock.monotonic_s(), _drawn(metering)
        before, self._before = self._before, (drawn_milliwh, gap_s, now_s)
        if before is None or now_s <= before[2]:
            return None
        span_s = (now_s - before[2]) * self._clock.speed
        moved_milliwh = drawn_milliwh - before[0]
        unmetered_s = min(span_s, gap_s - before[1])
        if not unmetered_s:
            self._power_w = moved_milliwh * JOULES_PER_MILLIWH / span_s
        return Flow(
            into_milliwh=max(0.0, -moved_milliwh),
            out_milliwh=max(0.0, moved_milliwh),
            span_s=span_s,
            unmetered_s=unmetered_s,
            voltage_v=self._voltage_v(samples, origin),
            power_w=self._power_w,
        )

    def _voltage_v(self, samples: Collection[Sample], origin: Origin) -> float | None:
        if self._settings.sees_sellers and origin != OWN_ORIGIN:
            return None
        named = self._settings.voltage_sensor
        seen = (
            s.bus_voltage_v for s in samples if isinstance(s, PowerSample) and s.sensor == named
        )
        return next(seen, None)


def _drawn(metering: Metering) -> tuple[float, float]:
    """Give what all meters leave the battery to give, in mWh, and their longest gap, in seconds."""
    by_name = {meter.name: meter for meter in metering.meters}
    load = by_name.get(MeterName.LOAD)
    has_connection = MeterName.CONNECTION in by_name
    used_milliwh = _net(load) if load is not None else 0.0
    if load is not None and not has_connection:
        used_milliwh = _exact(dict(metering.by_origin).get(OWN_ORIGIN))
    for name in (MeterName.GENERATION, MeterName.CONNECTION):
        used_milliwh -= _net(by_name[name]) if name in by_name else 0.0
    return used_milliwh, max((meter.gap_s for meter in metering.meters), default=0.0)


def _net(meter: Meter) -> float:
    return _exact(meter.imported) - _exact(meter.exported)


def _exact(found: Count | None) -> float:
    return found.milliwh + found.rest_milliwh if found is not None else 0.0
