"""The market's clock: boundaries are whole multiples of the interval since 1970.

Boundary `k` is the instant `k * interval_s`; interval `k` runs from boundary `k` to `k + 1`.
"""


def boundary_at_or_before(calendar_s: float, interval_s: int) -> int:
    """Give the newest boundary that has been reached at a calendar instant (seconds since 1970)."""
    return int(calendar_s // interval_s)


def instant_of(boundary: int, interval_s: int) -> int:
    """Give a boundary's calendar instant in seconds since 1970."""
    return boundary * interval_s
