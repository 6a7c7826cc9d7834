"""Count a battery's state of charge from what flows into it and out of it.

Counting only ever drifts, so it says how far it may be off. It is put right at a full battery, and
knows nothing before the first one, or before a gauge's word that nothing speaks against. What goes
in is kept by its efficiency, what comes out counts whole: `battery_milliwh` is what the battery
gives from full to empty. A voltage at its floor is a veto: however much was counted, it is empty.

Everything is calendar time, and the sign of a flow is that of the load: out of the battery.
"""

from dataclasses import dataclass, replace

FULL_PCT = 100.0
OFF_AT_FULL_PCT = 1.0
"""How far a battery at full voltage and tail current may be from full."""
OFF_AT_WORD_PCT = 10.0
"""How far a gauge's word may be off that has been running: a cell's voltage tells no better where
its curve is flat."""
OFF_PER_DAY_PCT = 1.5
"""What shunts' offsets (0.1 mV is 1 mA at 0.1 ohm) and self-discharge come to in a day."""
OFF_PER_FLOW = 0.02
"""Of all that flows, what the shunts' gains and the efficiency may be wrong by."""
UNKNOWN_ABOVE_PCT = 40.0
"""Further off than this a count tells nothing that a decision could rest on."""
FLOOR_ENDS_ABOVE = 1.03
"""The veto ends so far above its voltage, lest a load that comes and goes make it flap."""
HOUR_S = 3600.0
DAY_S = 86_400.0
_MILLI = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRules:
    """Hold how a battery is counted: what it gives, and when it is full, or empty for sure.

    It is full after `hold_s` at `full_v` or more with no more than `tail_a` either way.
    `floor_v` None: there is no veto.
    """

    battery_milliwh: int
    efficiency: float
    full_v: float
    tail_a: float
    hold_s: float
    floor_v: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Hold what flowed over a span: energies in mWh, both at least 0.

    `unmetered_s` is the part of the span over which nothing was metered. `voltage_v` and `power_w`
    (positive: out) are the battery's now; None where no fresh sample tells them.
    """

    into_milliwh: float
    out_milliwh: float
    span_s: float
    unmetered_s: float
    voltage_v: float | None
    power_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Hold the count: `soc_pct` None while unknown, `off_pct` how far it may be from the truth.

    `full_for_s` is for how long it has looked full; `is_empty` is the floor's veto.
    """

    soc_pct: float | None
    off_pct: float
    full_for_s: float
    is_empty: bool

    @property
    def shown_pct(self) -> float | None:
        """Give the state of charge that counts: none is left at the floor, whatever was counted."""
        return 0.0 if self.is_empty else self.soc_pct


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCharge:
    """Hold a count as it goes to disk: when (seconds since 1970), and what flowed then (W)."""

    soc_pct: float
    off_pct: float
    calendar_s: float
    power_w: float


UNKNOWN = Charge(soc_pct=None, off_pct=0.0, full_for_s=0.0, is_empty=False)


def count(rules: CountingRules, charge: Charge, flow: Flow) -> Charge:
    """Count a span's flow."""
    full_for_s = charge.full_for_s + flow.span_s if _looks_full(rules, flow) else 0.0
    counted = replace(
        _moved(rules, charge, flow), full_for_s=full_for_s, is_empty=_is_empty(rules, charge, flow)
    )
    if full_for_s < rules.hold_s or not full_for_s:
        return counted
    return replace(counted, soc_pct=FULL_PCT, off_pct=OFF_AT_FULL_PCT)


def take_word(charge: Charge, word_pct: float) -> Charge:
    """Take a gauge's word where it is nearer than the count."""
    if charge.soc_pct is not None and charge.off_pct <= OFF_AT_WORD_PCT:
        return charge
    return replace(charge, soc_pct=word_pct, off_pct=OFF_AT_WORD_PCT)


def after_absence(rules: CountingRules, kept: KeptCharge, calendar_s: float) -> Charge:
    """Go on from a count that was kept, after a span in which as much may have flowed as then."""
    away_s = max(0.0, calendar_s - kept.calendar_s)
    off_pct = kept.off_pct + _unwatched_pct(rules, away_s, kept.power_w)
    return _known_or_not(replace(UNKNOWN, soc_pct=kept.soc_pct, off_pct=off_pct))


def _moved(rules: CountingRules, charge: Charge, flow: Flow) -> Charge:
    if charge.soc_pct is None:
        return charge
    kept_milliwh = flow.into_milliwh * rules.efficiency - flow.out_milliwh
    soc_pct = charge.soc_pct + 100 * kept_milliwh / rules.battery_milliwh
    flowed_pct = 100 * (flow.into_milliwh + flow.out_milliwh) / rules.battery_milliwh
    off_pct = (
        charge.off_pct
        + OFF_PER_FLOW * flowed_pct
        + OFF_PER_DAY_PCT * flow.span_s / DAY_S
        + _unwatched_pct(rules, flow.unmetered_s, flow.power_w or 0.0)
    )
    within_pct = min(FULL_PCT, max(0.0, soc_pct))
    return _known_or_not(replace(charge, soc_pct=within_pct, off_pct=off_pct))


def _unwatched_pct(rules: CountingRules, span_s: float, power_w: float) -> float:
    moved_milliwh = abs(power_w) * _MILLI * span_s / HOUR_S
    return 100 * moved_milliwh / rules.battery_milliwh + OFF_PER_DAY_PCT * span_s / DAY_S


def _known_or_not(charge: Charge) -> Charge:
    return charge if charge.off_pct <= UNKNOWN_ABOVE_PCT else replace(UNKNOWN)


def _looks_full(rules: CountingRules, flow: Flow) -> bool:
    if flow.voltage_v is None or flow.power_w is None or flow.unmetered_s:
        return False
    return flow.voltage_v >= rules.full_v and abs(flow.power_w) <= rules.tail_a * flow.voltage_v


def _is_empty(rules: CountingRules, charge: Charge, flow: Flow) -> bool:
    if rules.floor_v is None or flow.voltage_v is None:
        return charge.is_empty
    ends_v = rules.floor_v * FLOOR_ENDS_ABOVE
    return flow.voltage_v <= rules.floor_v or (charge.is_empty and flow.voltage_v < ends_v)
