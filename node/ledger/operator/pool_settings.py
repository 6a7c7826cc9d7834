"""Say what the commitment pool is to be, and refuse beforehand what its constructor would."""

from dataclasses import dataclass

from node.core.errors import Refused

REGISTRY_RESERVE = 6
"""Boundaries that stay in a meter's ring beside those of the record deadline."""
RING_RESERVE = 36
"""Intervals that stay in the pool's ring beside the horizon and the record deadline."""
_MOST_HORIZON, _MOST_RING = 96, 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """Say what the commitment pool is to be (`ICommitmentPool.Settings`).

    Times are in seconds, the penalty in per cent of the price, the least commitment in
    milliwatt-hours of an interval, horizons and ring in intervals. Without an oracle it is the
    registry, whose price in use the operator posts.
    """

    oracle: str | None = None
    stale_after_s: int = 3_600
    record_deadline_s: int = 86_400
    penalty_percent: int = 20
    least_milliwh: int = 100_000
    horizon: int = 24
    price_horizon: int = 4
    ring: int = 256

    def members(self, token: str, registry: str) -> tuple[object, ...]:
        """Give them in the contract's order."""
        return (
            token, registry, self.oracle or registry, self.stale_after_s, self.record_deadline_s,
            self.penalty_percent, self.least_milliwh, self.horizon, self.price_horizon, self.ring,
        )  # fmt: skip


def require_pool_admissible(pool: PoolSettings, interval_s: int, registry_ring: int) -> None:
    """Refuse what the pool's constructor would, before its registry is paid for.

    Raises:
        Refused: a setting is out of its limits; it is named, with both.
    """
    kept = max(0, registry_ring - REGISTRY_RESERVE)
    needed = pool.horizon - (-pool.record_deadline_s // interval_s) + RING_RESERVE
    limits = (
        ("--record-deadline", pool.record_deadline_s, interval_s, kept * interval_s),
        ("--horizon", pool.horizon, 1, _MOST_HORIZON),
        ("--price-horizon", pool.price_horizon, 1, pool.horizon),
        ("--pool-ring", pool.ring, needed, _MOST_RING),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            why = f"of {value} is not from {least} to {most} (intervals of {interval_s} s)"
            raise Refused("PoolSettingOutOfRange", f"{name} {why}")
