"""Turn one round of sampling into registers, due readings, and pictures of battery and meters."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from node.core.energy.battery import BatteryPicture, judge
from node.core.energy.metering import (
    advance,
    higher,
    keeping_origins,
    newest_of,
    raised,
    registers_of,
    round_of,
    start_metering,
)
from node.core.energy.meters import NO_ENERGY, Metering, MeteringRules, MeterPicture, Origin
from node.core.errors import DeviceError
from node.core.records import (
    BatterySample,
    MeterName,
    MeterSample,
    PowerSample,
    Reading,
    Register,
    Registers,
    Sample,
)
from node.home.inward.charging import Charging
from node.ports import SensorBus
from node.system.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringSettings:
    """Hold how samples are judged; ages are monotonic seconds, the band is percentage points.

    `ages_s` has how old the samples of sensors may be that are not judged by `max_age_s`.
    """

    rules: MeteringRules
    sensor_names: tuple[str, ...]
    gauge_names: frozenset[str]
    max_age_s: float
    settle_samples: int
    settle_band_pct: float
    ages_s: Mapping[str, float] = field(default_factory=dict)

    def max_age_of(self, sensor: str) -> float:
        """Give how old a sensor's sample may be."""
        return self.ages_s.get(sensor, self.max_age_s)


class Measuring:
    """Sample every sensor, and keep what the samples add up to."""

    def __init__(
        self,
        settings: MeasuringSettings,
        sensors: SensorBus,
        clock: Clock,
        registers: Mapping[MeterName, Registers],
        charging: Charging | None = None,
    ) -> None:
        self._settings = settings
        self._charging = charging
        self._sensors = sensors
        self._clock = clock
        self._metering: Metering = start_metering(settings.rules, registers)
        self._powers: dict[str, PowerSample | MeterSample] = {}
        self._charges: deque[BatterySample] = deque(maxlen=settings.settle_samples)
        self._problems: dict[str, str] = {}
        self._raised: dict[MeterName, Registers] = {}

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """Pair each sensor that fails, and has no fresh sample left, with one sentence.

        A single bad transfer is no fault yet: meters bridge a gap up to the same age, and no
        contact should move for it.
        """
        now_s = self._clock.monotonic_s()
        newest: list[Sample] = [*self._powers.values(), *self._charges]
        fresh = {sample.sensor for sample in newest if self._is_fresh(sample, now_s)}
        failed = tuple((name, why) for name, why in self._problems.items() if name not in fresh)
        return failed + (self._charging.problems if self._charging is not None else ())

    @property
    def registers(self) -> Mapping[MeterName, Registers]:
        """Give the registers of each meter that a sensor feeds."""
        found = {name: registers_of(self._metering, name) for name in MeterName}
        return {name: registers for name, registers in found.items() if registers is not None}

    @property
    def metering(self) -> Metering:
        """Give the meters as they stand."""
        return self._metering

    async def measure(self, origin: Origin) -> tuple[Reading, ...]:
        """Sample once; give the boundary readings that became due."""
        outcomes = await self._sensors.sample_all()
        samples = []
        for name, outcome in zip(self._settings.sensor_names, outcomes, strict=True):
            if isinstance(outcome, PowerSample | BatterySample | MeterSample):
                samples.append(outcome)
                self._problems.pop(name, None)
            elif isinstance(outcome, DeviceError):
                self._problems[name] = str(outcome)
                if name in self._settings.ages_s:
                    # It judges its samples' age by itself: what it no longer gives is taken back.
                    self._forget(name)
            else:
                raise outcome
        for sample in samples:
            self._keep(sample)
        age_s = self._clock.monotonic_s() - newest_of(samples)
        calendar_s = self._clock.calendar_s() - age_s * self._settings.rules.clock_speed
        taken = round_of(samples, calendar_s, origin)
        readings: tuple[Reading, ...] = ()
        if taken is not None:
            self._metering, readings = advance(self._settings.rules, self._metering, taken)
        if self._charging is not None:
            self._charging.look(self._metering, samples, origin)
        return readings

    def save(self) -> None:
        """Have what was counted of the battery kept over a restart."""
        if self._charging is not None:
            self._charging.save()

    def _keep(self, sample: Sample) -> None:
        match sample:
            case BatterySample():
                self._charges.append(sample)
            case PowerSample():
                self._powers[sample.sensor] = sample
            case MeterSample():
                if sample.power_w is not None:
                    self._powers[sample.sensor] = sample
                charge = _charge_of(sample)
                # A sample that is given again agrees with itself, and settles nothing.
                if charge is not None and charge not in self._charges:
                    self._charges.append(charge)

    def _forget(self, name: str) -> None:
        self._powers.pop(name, None)
        if any(charge.sensor == name for charge in self._charges):
            kept = [charge for charge in self._charges if charge.sensor != name]
            self._charges = deque(kept, maxlen=self._settings.settle_samples)

    def _is_fresh(self, sample: Sample, now_s: float) -> bool:
        return now_s - sample.taken_at_s <= self._settings.max_age_of(sample.sensor)

    def raise_registers(self, name: MeterName, known: Registers) -> None:
        """Go on from higher registers than ours, which the chain has kept."""
        own = registers_of(self._metering, name)
        if own is None or higher(own, known) == own:
            return
        self._metering = raised(self._metering, name, known)
        to, before = higher(own, known), self._raised.get(name, NO_ENERGY)
        self._raised[name] = Registers(
            import_milliwh=before.import_milliwh + to.import_milliwh - own.import_milliwh,
            export_milliwh=before.export_milliwh + to.export_milliwh - own.export_milliwh,
        )

    def keep_origins(self, origins: Collection[Origin]) -> None:
        """Forget what closed orders have fed, so that they do not pile up."""
        self._metering = keeping_origins(self._metering, origins)

    def battery(self, now_s: float) -> BatteryPicture:
        """Judge the newest state of charge."""
        settings = self._settings
        failed = [self._problems[name] for name in settings.gauge_names if name in self._problems]
        judged = judge(
            [charge for charge in self._charges if self._is_fresh(charge, now_s)],
            now_s,
            max((settings.max_age_of(charge.sensor) for charge in self._charges), default=0.0),
            settings.settle_samples,
            settings.settle_band_pct,
            failed[0] if failed else None,
        )
        return self._charging.picture(judged, now_s) if self._charging is not None else judged

    def meter(self, name: MeterName, now_s: float) -> MeterPicture | None:
        """Picture a meter; None when no sensor feeds it."""
        registers = registers_of(self._metering, name)
        if registers is None:
            return None
        feeds = [feed for feed in self._settings.rules.feeds if feed.meter is name]
        fresh = {
            feed.sensor: self._powers[feed.sensor]
            for feed in feeds
            if feed.sensor in self._powers and self._is_fresh(self._powers[feed.sensor], now_s)
        }
        power_w = None
        if len(fresh) == len(feeds):
            power_w = sum(
                (fresh[feed.sensor].power_w or 0.0)
                * (1 if feed.positive is Register.IMPORT else -1)
                for feed in feeds
            )
        voltages = [s.bus_voltage_v for s in fresh.values() if isinstance(s, PowerSample)]
        return MeterPicture(
            registers=registers,
            power_w=power_w,
            bus_voltage_v=max(voltages) if voltages else None,
            raised=self._raised.get(name, NO_ENERGY),
        )


def _charge_of(sample: MeterSample) -> BatterySample | None:
    """Give what a meter's sample tells of the battery, if it does."""
    if sample.soc_pct is None:
        return None
    return BatterySample(
        sensor=sample.sensor,
        taken_at_s=sample.taken_at_s,
        soc_pct=sample.soc_pct,
        cell_voltage_v=None,
    )
