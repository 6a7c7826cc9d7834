"""Tell which intervals take orders, under which tariff, and when an interval may be cleared.

Two lanes of storage, by the interval's parity: one interval takes orders until its gate closes,
`lead_s` before its delivery begins, and the next but one follows it in the same lane. So exactly
two intervals take orders at any time. Times are chain times in seconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

LANES = 2


class Admission(Enum):
    """Say whether an interval takes an order now, and if not, why."""

    OPEN = "open"
    EARLY = "early"
    CLOSED = "closed"
    LANE_BUSY = "lane busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Hold the last interval that had orders in a lane (0: none yet), and whether it is cleared."""

    interval: int
    cleared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersion:
    """Hold from which interval on a numbered tariff is in force."""

    number: int
    first_interval: int


def gate_closes_s(interval: int, interval_s: int, lead_s: int) -> int:
    """Give the instant from which an interval takes no order, and may be cleared."""
    return interval * interval_s - lead_s


def next_gate(now_s: int, interval_s: int, lead_s: int) -> int:
    """Give the interval whose gate closes next; it and the one after it take orders."""
    return (now_s + lead_s) // interval_s + 1


def admission(interval: int, now_s: int, lane: Lane, interval_s: int, lead_s: int) -> Admission:
    """Say whether an order for an interval is taken.

    A lane is busy while the interval that used it last is not cleared: anybody may clear it.
    """
    first = next_gate(now_s, interval_s, lead_s)
    if interval < first:
        return Admission.CLOSED
    if interval >= first + LANES:
        return Admission.EARLY
    if lane.interval not in (0, interval) and not lane.cleared:
        return Admission.LANE_BUSY
    return Admission.OPEN


def version_of(interval: int, versions: Sequence[TariffVersion]) -> int:
    """Give the number of the tariff in force in an interval.

    Raises:
        ValueError: every version begins later.
    """
    known = [found for found in versions if found.first_interval <= interval]
    if not known:
        raise ValueError(f"no tariff is in force in interval {interval}")
    return max(known, key=lambda found: found.first_interval).number
