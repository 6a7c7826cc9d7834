"""Tell which intervals take orders, under which tariff, and when an interval may be cleared.

Two lanes of storage, by the interval's parity: one interval takes orders until its gate closes,
`lead_s` before its delivery begins, and the next but one follows it in the same lane. So exactly
two intervals take orders at any time. Times are chain times in seconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LANES = 2
PLACE_LEAD = 1 / 2
REVISE_LEAD = 1 / 10
"""How long before a gate an order is decided on, and looked at again: parts of an interval."""


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


def version_of(interval: int, versions: Sequence[TariffVersion]) -> int:
    """Give the number of the tariff in force in an interval.

    Raises:
        ValueError: every version begins later.
    """
    known = [found for found in versions if found.first_interval <= interval]
    if not known:
        raise ValueError(f"no tariff is in force in interval {interval}")
    return max(known, key=lambda found: found.first_interval).number
