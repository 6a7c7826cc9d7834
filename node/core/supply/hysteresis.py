"""The battery's band: bought for below `limit`, left alone from `resume` on, as it is between."""

from enum import Enum

from node.core.supply.state import SupplySettings

NEARLY_FULL_SHARE = 0.2
"""Of the way from `limit` to `resume`; what credit does not cover there, the battery does."""


class Level(Enum):
    """Name where in the band the state of charge is; `NEARLY_FULL` ends at `resume`."""

    UNKNOWN = "unknown"
    LOW = "low"
    BETWEEN = "between"
    NEARLY_FULL = "nearly_full"
    FULL = "full"


def level(soc_pct: float | None, settings: SupplySettings) -> Level:
    """Place a state of charge in the band; each bound belongs to what is above it."""
    limit_pct, resume_pct = settings.purchase.limit_soc_pct, settings.resume_soc_pct
    if soc_pct is None:
        return Level.UNKNOWN
    if soc_pct < limit_pct:
        return Level.LOW
    if soc_pct >= resume_pct:
        return Level.FULL
    is_near = soc_pct >= resume_pct - NEARLY_FULL_SHARE * (resume_pct - limit_pct)
    return Level.NEARLY_FULL if is_near else Level.BETWEEN
