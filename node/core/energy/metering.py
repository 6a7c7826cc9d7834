"""Turn rounds of power samples into registers that only rise, and into boundary readings.

Each sample stands for half of the span to its neighbours, so that between two samples the energy
is (p0 + p1) / 2 * span: exact for steady power, and without bias where power steps in between.
A span is calendar time, worked out from the monotonic clock and the calendar's speed, so that no
step of the wall clock can make energy. Nothing is invented: over a span longer than `max_age_s`
(monotonic) no energy is counted, the gap is, and the boundaries in it stay missing forever.
Where the calendar was stepped, the boundaries in the span are missing too.

Sensors that count by themselves are believed: what their registers rose by is the energy of the
span, over a gap too, for then nothing is invented. The boundaries in a gap are missing all the
same.

Decides nothing about trust in a sample: a sensor that failed is simply not in the round.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from node.core.energy.interval import boundary_at_or_before, instant_of
from node.core.energy.meters import (
    ZERO_COUNT,
    Count,
    Feed,
    Meter,
    Metering,
    MeteringRules,
    Origin,
    Point,
    Round,
)
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
from node.core.units import JOULES_PER_MILLIWH

MOST_AHEAD_S = 86_400
"""A clock set back by more was wrong before: boundaries are read again (calendar seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Join two consecutive points of a meter with the energy each stands for (its half).

    A half is import and export, in milliwatt-hours, both at least 0. `is_gap` says that no
    boundary in it can be read.
    """

    start: Point
    end: Point
    start_half: tuple[float, float]
    end_half: tuple[float, float]
    is_step: bool
    is_gap: bool


def start_metering(rules: MeteringRules, registers: Mapping[MeterName, Registers]) -> Metering:
    """Begin with the meters that have a feed, at the given registers (absent: 0)."""
    zero = Registers(import_milliwh=0, export_milliwh=0)
    fed = {feed.meter for feed in rules.feeds}
    meters = tuple(_meter_at(name, registers.get(name, zero)) for name in MeterName if name in fed)
    return Metering(meters=meters, by_origin=())


def round_of(samples: Collection[Sample], calendar_s: float, origin: Origin) -> Round | None:
    """Gather the power samples of a round; `calendar_s` is the instant of the newest of them."""
    chips = [sample for sample in samples if isinstance(sample, PowerSample)]
    told = [sample for sample in samples if isinstance(sample, MeterSample)]
    powers = [(sample.sensor, sample.power_w) for sample in chips]
    powers += [(sample.sensor, sample.power_w) for sample in told if sample.power_w is not None]
    if not powers:
        return None
    return Round(
        taken_at_s=newest_of(samples),
        calendar_s=calendar_s,
        powers_w=tuple(powers),
        origin=origin,
        taken=tuple((sample.sensor, sample.taken_at_s) for sample in told),
        counted=tuple((s.sensor, s.counted) for s in told if s.counted is not None),
    )


def newest_of(samples: Collection[Sample]) -> float:
    """Give the instant of the newest sample that has a power; 0 where none has."""
    powers = (s for s in samples if not isinstance(s, BatterySample) and s.power_w is not None)
    return max((sample.taken_at_s for sample in powers), default=0.0)


def advance(
    rules: MeteringRules, metering: Metering, round_: Round
) -> tuple[Metering, tuple[Reading, ...]]:
    """Count the energy since the last round; also give each meter's readings that became due."""
    powers_w = {sensor: power_w for sensor, power_w in round_.powers_w if math.isfinite(power_w)}
    meters: list[Meter] = []
    readings: list[Reading] = []
    by_origin = dict(metering.by_origin)
    for meter in metering.meters:
        point = _point(rules, meter.name, powers_w, round_)
        span = _span(rules, meter, point)
        if span is None:
            meters.append(_followed(rules, meter, point))
            continue
        due = _readings(rules, meter, span)
        readings += due
        meters.append(_counted(meter, span, due))
        if meter.name is MeterName.LOAD:
            _count_origins(by_origin, span)
    advanced = Metering(meters=tuple(meters), by_origin=tuple(by_origin.items()))
    return advanced, tuple(readings)


def registers_of(metering: Metering, name: MeterName) -> Registers | None:
    """Read a meter's registers; None when no sensor feeds it."""
    for meter in metering.meters:
        if meter.name is name:
            return _registers(meter.imported, meter.exported)
    return None


def higher(one: Registers, other: Registers) -> Registers:
    """Take the higher of each register, as disk and chain may each know a newer one."""
    return Registers(
        import_milliwh=max(one.import_milliwh, other.import_milliwh),
        export_milliwh=max(one.export_milliwh, other.export_milliwh),
    )


def raised(metering: Metering, name: MeterName, registers: Registers) -> Metering:
    """Raise a meter's registers to known higher ones (the chain was away at the start)."""
    meters = tuple(
        replace(
            meter,
            imported=_raised(meter.imported, registers.import_milliwh),
            exported=_raised(meter.exported, registers.export_milliwh),
        )
        if meter.name is name
        else meter
        for meter in metering.meters
    )
    return replace(metering, meters=meters)


def keeping_origins(metering: Metering, origins: Collection[Origin]) -> Metering:
    """Forget the energy of every origin but these, so that closed orders do not pile up."""
    kept = tuple((origin, count) for origin, count in metering.by_origin if origin in origins)
    return replace(metering, by_origin=kept)


def _meter_at(name: MeterName, registers: Registers) -> Meter:
    return Meter(
        name=name,
        imported=Count(milliwh=registers.import_milliwh, rest_milliwh=0.0),
        exported=Count(milliwh=registers.export_milliwh, rest_milliwh=0.0),
        newest=None,
        next_boundary=0,
        gaps=0,
        gap_s=0.0,
        clock_steps=0,
    )


def _point(
    rules: MeteringRules, name: MeterName, powers_w: Mapping[str, float], round_: Round
) -> Point | None:
    """Add up a meter's sensors; None when one of them is missing from the round."""
    feeds = [feed for feed in rules.feeds if feed.meter is name]
    if any(feed.sensor not in powers_w for feed in feeds):
        return None
    taken, counted = dict(round_.taken), dict(round_.counted)
    taken_at_s = max(taken.get(feed.sensor, round_.taken_at_s) for feed in feeds)
    # fsum is exactly rounded, so the order of the sensors cannot matter.
    power_w = math.fsum(
        powers_w[feed.sensor] * (1 if feed.positive is Register.IMPORT else -1) for feed in feeds
    )
    return Point(
        taken_at_s=taken_at_s,
        calendar_s=round_.calendar_s - (round_.taken_at_s - taken_at_s) * rules.clock_speed,
        power_w=power_w,
        origin=round_.origin,
        counted=_counted_by(feeds, counted),
    )


def _counted_by(feeds: Sequence[Feed], counted: Mapping[str, Registers]) -> Registers | None:
    """Add up what a meter's sensors counted; None unless all of them count."""
    if any(feed.sensor not in counted for feed in feeds):
        return None
    imported = exported = 0
    for feed in feeds:
        found = counted[feed.sensor]
        turned = feed.positive is Register.EXPORT
        imported += found.export_milliwh if turned else found.import_milliwh
        exported += found.import_milliwh if turned else found.export_milliwh
    return Registers(import_milliwh=imported, export_milliwh=exported)


def _span(rules: MeteringRules, meter: Meter, end: Point | None) -> _Span | None:
    """Join a point to the one before; None when there is none, or a gap, between them."""
    start = meter.newest
    if start is None or end is None:
        return None
    real_s = end.taken_at_s - start.taken_at_s
    is_gap = real_s > _max_age_s(rules, meter.name)
    risen = _risen(start.counted, end.counted)
    if real_s <= 0 or (is_gap and risen is None):
        return None
    half_s = real_s * rules.clock_speed / 2
    stepped_s = (end.calendar_s - start.calendar_s) / rules.clock_speed - real_s
    return _Span(
        start=start,
        end=end,
        start_half=risen or _half(start.power_w, half_s),
        end_half=risen or _half(end.power_w, half_s),
        is_step=abs(stepped_s) > rules.max_clock_step_s,
        is_gap=is_gap,
    )


def _max_age_s(rules: MeteringRules, name: MeterName) -> float:
    """Give how long a meter's span may be: the longest age that one of its feeds allows."""
    ages = [feed.max_age_s for feed in rules.feeds if feed.meter is name]
    return max(rules.max_age_s if age_s is None else age_s for age_s in ages)


def _half(power_w: float, half_s: float) -> tuple[float, float]:
    energy_milliwh = power_w * half_s / JOULES_PER_MILLIWH
    return max(energy_milliwh, 0.0), max(-energy_milliwh, 0.0)


def _risen(start: Registers | None, end: Registers | None) -> tuple[float, float] | None:
    """Give half of what registers rose by; None where they are not known at both ends."""
    if start is None or end is None:
        return None
    imported = end.import_milliwh - start.import_milliwh
    exported = end.export_milliwh - start.export_milliwh
    return (imported / 2, exported / 2) if imported >= 0 and exported >= 0 else None


def _followed(rules: MeteringRules, meter: Meter, point: Point | None) -> Meter:
    """Go on from a point that no span joins to the one before; count the gap."""
    if point is None:
        return meter
    if meter.newest is None:
        return replace(meter, newest=point)
    real_s = point.taken_at_s - meter.newest.taken_at_s
    if real_s <= 0:
        return meter
    gap_s = real_s * rules.clock_speed
    return replace(meter, newest=point, gaps=meter.gaps + 1, gap_s=meter.gap_s + gap_s)


def _counted(meter: Meter, span: _Span, due: Sequence[Reading]) -> Meter:
    imported_milliwh, exported_milliwh = _energies(span)
    return replace(
        meter,
        imported=_added(meter.imported, imported_milliwh),
        exported=_added(meter.exported, exported_milliwh),
        newest=span.end,
        next_boundary=due[-1].boundary + 1 if due else meter.next_boundary,
        clock_steps=meter.clock_steps + span.is_step,
    )


def _readings(rules: MeteringRules, meter: Meter, span: _Span) -> list[Reading]:
    """Give the readings at each boundary in (start, end], its energy split linearly in time."""
    if span.is_step or span.is_gap or span.end.calendar_s <= span.start.calendar_s:
        return []
    after = boundary_at_or_before(span.start.calendar_s, rules.interval_s) + 1
    ahead_s = instant_of(meter.next_boundary, rules.interval_s) - span.end.calendar_s
    unread = 0 if ahead_s > MOST_AHEAD_S else meter.next_boundary
    last = boundary_at_or_before(span.end.calendar_s, rules.interval_s)
    imported_milliwh, exported_milliwh = _energies(span)
    readings = []
    for boundary in range(max(after, unread), last + 1):
        elapsed_s = instant_of(boundary, rules.interval_s) - span.start.calendar_s
        part = elapsed_s / (span.end.calendar_s - span.start.calendar_s)
        registers = _registers(
            _added(meter.imported, imported_milliwh * part),
            _added(meter.exported, exported_milliwh * part),
        )
        readings.append(Reading(meter=meter.name, boundary=boundary, registers=registers))
    return readings


def _energies(span: _Span) -> tuple[float, float]:
    """Give a span's energy in and out, in milliwatt-hours, both at least 0."""
    (import_0, export_0), (import_1, export_1) = span.start_half, span.end_half
    return import_0 + import_1, export_0 + export_1


def _count_origins(by_origin: dict[Origin, Count], span: _Span) -> None:
    """Add each half of a span's imported energy to the origin at its end of the span."""
    for point, half in ((span.start, span.start_half), (span.end, span.end_half)):
        count = by_origin.get(point.origin, ZERO_COUNT)
        by_origin[point.origin] = _added(count, half[0])


def _added(count: Count, energy_milliwh: float) -> Count:
    """Raise a register; what is less than a milliwatt-hour waits in its rest."""
    total_milliwh = count.rest_milliwh + energy_milliwh
    whole = math.floor(total_milliwh)
    return Count(milliwh=count.milliwh + whole, rest_milliwh=total_milliwh - whole)


def _raised(count: Count, milliwh: int) -> Count:
    return count if count.milliwh >= milliwh else Count(milliwh=milliwh, rest_milliwh=0.0)


def _registers(imported: Count, exported: Count) -> Registers:
    return Registers(import_milliwh=imported.milliwh, export_milliwh=exported.milliwh)
