"""Say as the auction's contract does whether an interval takes an order: a rule of vectors."""

from dataclasses import dataclass
from enum import Enum

from node.core.auction.gate import LANES, next_gate


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
