"""Say what metering knows: its rules, a round of powers, a meter's state. Decides nothing."""

from dataclasses import dataclass

from node.core.records import MeterName, Register, Registers


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Say that a sensor feeds a meter, and which register its positive power raises.

    Several sensors may feed one meter (their powers add up), and one sensor several meters.
    `max_age_s` is how old its sample may be (monotonic), None = as the rules say.
    """

    sensor: str
    meter: MeterName
    positive: Register
    max_age_s: float | None = None


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

    `powers_w` has each sensor that gave a sample, at most once, in any order. `taken` has the
    instant of each that is older than the round, `counted` what those told that count themselves.
    """

    taken_at_s: float
    calendar_s: float
    powers_w: tuple[tuple[str, float], ...]
    origin: Origin
    taken: tuple[tuple[str, float], ...] = ()
    counted: tuple[tuple[str, Registers], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hold one register: whole milliwatt-hours, and what is still less than one."""

    milliwh: int
    rest_milliwh: float


ZERO_COUNT = Count(milliwh=0, rest_milliwh=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Hold a meter's newest power (positive: import) and when and on which source it was taken.

    `counted` is what its sensors counted by themselves, where all of them do.
    """

    taken_at_s: float
    calendar_s: float
    power_w: float
    origin: Origin
    counted: Registers | None = None


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


NO_ENERGY = Registers(import_milliwh=0, export_milliwh=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterPicture:
    """Hold a meter's registers and, where a fresh sample exists, the power behind them.

    `power_w` is positive into the home (import) and negative out of it; None when stale.
    `raised` is by how much the registers were raised to others' word in this run.
    """

    registers: Registers
    power_w: float | None
    bus_voltage_v: float | None
    raised: Registers = NO_ENERGY

    @property
    def metered(self) -> Registers:
        """Give registers that nothing but what was metered moves."""
        return Registers(
            import_milliwh=self.registers.import_milliwh - self.raised.import_milliwh,
            export_milliwh=self.registers.export_milliwh - self.raised.export_milliwh,
        )
