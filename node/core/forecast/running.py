"""Complete an interval that has not ended, from what its meters have shown so far.

The next interval is ordered while the one before it is still running. What of that has been
measured counts as it is; the rest is taken to go on partly as it went and partly as it was
expected, the more as it went the more of it has been seen.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Hold what an interval has shown so far, in milliwatt-hours.

    `part` is how much of it has been measured: above 0, below 1.
    """

    interval: int
    part: float
    load_milliwh: int
    solar_milliwh: int


def completed(measured_milliwh: float, part: float, expected_milliwh: float) -> int:
    """Give what an interval will have brought, of which so much was expected before it began."""
    as_it_went = measured_milliwh / part
    rest = part * as_it_went + (1 - part) * expected_milliwh
    return round(measured_milliwh + (1 - part) * rest)
