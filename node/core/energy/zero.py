"""Find what a current sensor shows without current, and take that off what it shows.

While its contact is known to be open nothing flows, so what it shows then is its zero, which
drifts with temperature. What is left below the dead band is no current. Powers follow the current.
"""

from dataclasses import dataclass, replace

from node.core.records import PowerSample

SAMPLES = 32
"""A zero is the mean of so many samples at first, and follows as slowly after that."""
SETTLES_S = 3.0
"""For so long after the contact opened nothing is taken for a zero (monotonic)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroRules:
    """Hold a sensor's zero as the file has it, the most it may be, and what is no current.

    `is_found` says that the contact beside it tells when nothing flows.
    """

    zero_a: float
    most_zero_a: float
    dead_band_a: float
    is_found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero:
    """Hold a zero: `zero_a` is of `samples`; `open_since_s` is when its contact opened."""

    zero_a: float
    samples: int
    open_since_s: float | None


def begin(rules: ZeroRules, kept_a: float | None) -> Zero:
    """Begin with what was kept, or with the file's."""
    zero_a = rules.zero_a if kept_a is None else kept_a
    return Zero(zero_a=zero_a, samples=0 if kept_a is None else SAMPLES, open_since_s=None)


def follow(rules: ZeroRules, zero: Zero, shown_a: float, now_s: float, *, is_open: bool) -> Zero:
    """Look at what it shows now; a current that is too much for a zero is none."""
    if not (is_open and rules.is_found):
        return replace(zero, open_since_s=None)
    open_since_s = now_s if zero.open_since_s is None else zero.open_since_s
    zero = replace(zero, open_since_s=open_since_s)
    if now_s - open_since_s < SETTLES_S or abs(shown_a - rules.zero_a) > rules.most_zero_a:
        return zero
    samples = min(SAMPLES, zero.samples + 1)
    return replace(zero, zero_a=zero.zero_a + (shown_a - zero.zero_a) / samples, samples=samples)


def corrected(rules: ZeroRules, zero: Zero, sample: PowerSample) -> PowerSample:
    """Give the sample without the zero, and without what is no current."""
    current_a = sample.current_a - zero.zero_a
    if abs(current_a) < rules.dead_band_a:
        current_a = 0.0
    return replace(sample, current_a=current_a, power_w=sample.bus_voltage_v * current_a)
