"""Turn one round of sampling into registers, due readings, and pictures of battery and meters."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from node.core.energy.battery import BatteryPicture, judge
from node.core.energy.metering import (
    advance,
    higher,
    keeping_origins,
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
    """Hold how samples are judged; ages are monotonic seconds, the band is percentage points."""

    rules: MeteringRules
    sensor_names: tuple[str, ...]
    gauge_names: frozenset[str]
    max_age_s: float
    settle_samples: int
    settle_band_pct: float


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
        self._powers: dict[str, PowerSample] = {}
        self._charges: deque[BatterySample] = deque(maxlen=settings.settle_samples)
        self._problems: dict[str, str] = {}
        self._raised: dict[MeterName, Registers] = {}

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """Pair each sensor that fails, and has no fresh sample left, with one sentence.

        A single bad transfer is no fault yet: meters bridge a gap up to the same age, and no
        contact should move for it.
        """
        now_s, max_age_s = self._clock.monotonic_s(), self._settings.max_age_s
        newest: list[Sample] = [*self._powers.values(), *self._charges]
        fresh = {sample.sensor for sample in newest if now_s - sample.taken_at_s <= max_age_s}
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
            if isinstance(outcome, PowerSample | BatterySample):
                samples.append(outcome)
                self._problems.pop(name, None)
            elif isinstance(outcome, DeviceError):
                self._problems[name] = str(outcome)
            else:
                raise outcome
        for sample in samples:
            if isinstance(sample, BatterySample):
                self._charges.append(sample)
            else:
                self._powers[sample.sensor] = sample
        age_s = self._clock.monotonic_s() - max((s.taken_at_s for s in samples), default=0.0)
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
            self._charges,
            now_s,
            settings.max_age_s,
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
            if feed.sensor in self._powers
            and now_s - self._powers[feed.sensor].taken_at_s <= self._settings.max_age_s
        }
        power_w = None
        if len(fresh) == len(feeds):
            power_w = sum(
                fresh[feed.sensor].power_w * (1 if feed.positive is Register.IMPORT else -1)
                for feed in feeds
            )
        voltages = [sample.bus_voltage_v for sample in fresh.values()]
        return MeterPicture(
            registers=registers,
            power_w=power_w,
            bus_voltage_v=max(voltages) if voltages else None,
            raised=self._raised.get(name, NO_ENERGY),
        )
