"""Say what metering knows: its rules, a round of powers, a meter's state. Decides nothing."""

from dataclasses import dataclass

from node.core.records import MeterName, Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Say that a sensor feeds a meter, and which register its positive power raises.

    Several sensors may feed one meter (their powers add up), and one sensor several meters.
    """

    sensor: str
    meter: MeterName
    positive: Register


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteringRules:
    """Hold what the parameters say about metering.

    `max_age_s` is monotonic; `clock_speed` is calendar seconds per monotonic second, and
    `max_clock_step_s` (monotonic seconds) how far the two clocks may differ over one span.
    """

    feeds: tuple[Feed, ...]
    interval_s: int
    max_age_s: float
    clock_speed: float
    max_clock_step_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Name where the load's energy comes from: an order with a seller, the pairing with one (no
    number), or (both None) ourselves."""

    seller: str | None
    number: int | None


OWN_ORIGIN = Origin(seller=None, number=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Hold one round of power samples, both its instants, and the source in use.

    `powers_w` has each sensor that gave a sample, at most once, in any order.
    """

    taken_at_s: float
    calendar_s: float
    powers_w: tuple[tuple[str, float], ...]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hold one register: whole milliwatt-hours, and what is still less than one."""

    milliwh: int
    rest_milliwh: float


ZERO_COUNT = Count(milliwh=0, rest_milliwh=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Hold a meter's newest power (positive: import) and when and on which source it was taken."""

    taken_at_s: float
    calendar_s: float
    power_w: float
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Hold one meter; `gap_s` is calendar seconds over which nothing was metered.

    No boundary before `next_boundary` is read (again): a clock stepped back repeats nothing,
    unless it is stepped back by more than a day.
    """

    name: MeterName
    imported: Count
    exported: Count
    newest: Point | None
    next_boundary: int
    gaps: int
    gap_s: float
    clock_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    """Hold a home's meters, and the load's energy by origin."""

    meters: tuple[Meter, ...]
    by_origin: tuple[tuple[Origin, Count], ...]
