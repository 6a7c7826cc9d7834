"""Say what a forecast is made from and what it is: records, and nothing decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from node.core.forecast.bounds import Misses
from node.core.forecast.ridge import Ridge

MOST_OUTCOMES = 64
"""More of them decide nothing, and each is recorded with every cycle of a home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Hold how far off the forecasts were: fading sums of absolute errors in milliwatt-hours.

    `plain` is the error of saying that the next interval will be as the last.
    """

    weight: float
    error: float
    plain: float

    @property
    def error_milliwh(self) -> int | None:
        """Give the mean absolute error; None before the first forecast could be checked."""
        return round(self.error / self.weight) if self.weight else None

    @property
    def plain_milliwh(self) -> int | None:
        """Give the mean absolute error of "as the last interval" over the same intervals."""
        return round(self.plain / self.weight) if self.weight else None

    def after(self, keep: float, off_milliwh: int, plain_off_milliwh: int) -> "Accuracy":
        """Enter how far off an interval was told, once the older ones have faded by `keep`."""
        return Accuracy(
            weight=keep * self.weight + 1,
            error=keep * self.error + abs(off_milliwh),
            plain=keep * self.plain + abs(plain_off_milliwh),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastState:
    """Hold all that is remembered, bounded: two weeks of energies, four of errors, the weights.

    The series end just before `next_interval`; `load_errors` are of logarithms, `solar_errors`
    shares of the clear sky. `most_load` and `most_solar` are the most ever shown in an interval.
    """

    interval_s: int
    next_interval: int
    loads: tuple[int | None, ...]
    solar: tuple[int | None, ...]
    load_errors: tuple[float | None, ...]
    solar_errors: tuple[float, ...]
    load_fit: Ridge
    solar_fit: Ridge
    most_load: int
    most_solar: int
    misses: tuple[Misses | None, ...]
    accuracy: Accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Hold what the next interval may bring: need above zero, surplus below, rising."""

    interval: int
    outcomes_milliwh: tuple[int, ...]

    @property
    def net_milliwh(self) -> int:
        """Give the middle outcome, which has the least mean absolute error."""
        return round(median(self.outcomes_milliwh))

    @property
    def need_milliwh(self) -> int:
        """Give the need that is forecast."""
        return max(0, self.net_milliwh)


def thinned(outcomes: Sequence[int]) -> tuple[int, ...]:
    """Keep as many outcomes as matter, at even distances: the distribution stays."""
    if len(outcomes) <= MOST_OUTCOMES:
        return tuple(outcomes)
    places = (len(outcomes) * (2 * at + 1) // (2 * MOST_OUTCOMES) for at in range(MOST_OUTCOMES))
    return tuple(outcomes[place] for place in places)
