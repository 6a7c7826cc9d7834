"""Forecast a home's need or surplus in the next interval from its own recent days and hours.

The load is forecast as a logarithm and the solar energy as a share of its peak, each by weights
over a few features (`forecast_features`) that are fitted anew as each interval ends (`ridge`).
What might happen is the forecast with each error of the last weeks at this time of day added:

    outcome_j = stretched(load + load_error_j) - max(0, solar + solar_error_j * clear_sky)

Load and solar errors of one instant stay together. So the outcomes are an empirical distribution
(Hyndman and Athanasopoulos, Forecasting: Principles and Practice, "bootstrapped residuals"), and
nothing but intervals that have ended enters: there is no training set and nothing to look ahead
into. Energies are milliwatt-hours in one interval. Knows nothing of prices (see `bidding`).

Feed it with what the settling meter sees: `load` and `solar` where the connection shows their
difference; behind a battery the connection's import and export.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from node.core.forecast_features import (
    DAYS,
    LOAD_PRIOR,
    SOLAR_PRIOR,
    clear_sky,
    level_of,
    load_features,
    solar_features,
    squeezed,
    stretched,
)
from node.core.ridge import Ridge, Vector, absorb_example, dot, new_ridge, weights_of

DAY_S = 86_400
ERROR_DAYS = 28
LEAST_ERRORS = 10
"""With fewer errors at this time of day there is no forecast yet."""

_REMEMBERED_DAYS = 40
"""How long an example counts: its weight falls to 1/e in so many days."""
_PULL = 0.3
_AROUND_S = 3600
"""Errors up to this far from the time of day count as being at it."""
_MOST_SOLAR_ERROR = 1.5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastState:
    """Hold all that is remembered, bounded: two weeks of energies, four of errors, the weights.

    The series end just before `next_interval`; `load_errors` are of logarithms, `solar_errors`
    shares of the clear sky.
    """

    interval_s: int
    next_interval: int
    loads: tuple[int | None, ...]
    solar: tuple[int | None, ...]
    load_errors: tuple[float | None, ...]
    solar_errors: tuple[float, ...]
    load_fit: Ridge
    solar_fit: Ridge
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

    @property
    def surplus_milliwh(self) -> int:
        """Give the surplus that is forecast."""
        return max(0, -self.net_milliwh)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """Hold what is worked out for the next interval before it begins."""

    level: float
    load: float
    load_features: Vector
    peak: int
    clear: int
    solar: float
    solar_features: Vector | None


def new_forecast(interval_s: int) -> ForecastState:
    """Give the state of a home that has seen nothing.

    Raises:
        ValueError: a day is no whole number of such intervals.
    """
    if interval_s <= 0 or DAY_S % interval_s:
        raise ValueError(f"a day is no whole number of intervals of {interval_s} s")
    return ForecastState(
        interval_s=interval_s,
        next_interval=0,
        loads=(),
        solar=(),
        load_errors=(),
        solar_errors=(),
        load_fit=new_ridge(len(LOAD_PRIOR)),
        solar_fit=new_ridge(len(SOLAR_PRIOR)),
        accuracy=Accuracy(weight=0.0, error=0.0, plain=0.0),
    )


def absorb_interval(
    state: ForecastState, interval: int, load_milliwh: int, solar_milliwh: int
) -> ForecastState:
    """Take the energies of an interval that has ended; one that is known already changes nothing.

    Intervals left out since the last one are gaps.
    """
    if interval < state.next_interval:
        return state
    state = _with_gaps(state, interval)
    picture = _picture(state)
    if picture is None:
        return _appended(state, load_milliwh, solar_milliwh, None, 0.0)
    checked = _checked(state, _told(state, picture), load_milliwh - solar_milliwh)
    number = squeezed(load_milliwh, picture.level)
    keep = 1 - state.interval_s / (_REMEMBERED_DAYS * DAY_S)
    load_fit = absorb_example(state.load_fit, picture.load_features, number, keep)
    solar_fit, solar_error = state.solar_fit, 0.0
    if picture.solar_features is not None:
        share = solar_milliwh / picture.peak
        solar_fit = absorb_example(solar_fit, picture.solar_features, share, keep)
        error = (solar_milliwh - picture.solar) / picture.clear
        solar_error = max(-_MOST_SOLAR_ERROR, min(_MOST_SOLAR_ERROR, error))
    state = replace(state, load_fit=load_fit, solar_fit=solar_fit, accuracy=checked)
    return _appended(state, load_milliwh, solar_milliwh, number - picture.load, solar_error)


def forecast(state: ForecastState, interval: int) -> Forecast | None:
    """Forecast an interval that is not known yet; None while too little has been seen.

    Intervals between the last known one and this one count as gaps.
    """
    if interval < state.next_interval:
        return None
    state = _with_gaps(state, interval)
    picture = _picture(state)
    return None if picture is None else _told(state, picture)


def _told(state: ForecastState, picture: _Picture) -> Forecast | None:
    errors = _errors_around(state)
    if len(errors) < LEAST_ERRORS:
        return None
    outcomes = [
        stretched(picture.load + load_error, picture.level)
        - max(0.0, picture.solar + solar_error * picture.clear)
        for load_error, solar_error in errors
    ]
    return Forecast(
        interval=state.next_interval,
        outcomes_milliwh=tuple(sorted(round(found) for found in outcomes)),
    )


def _picture(state: ForecastState) -> _Picture | None:
    slots = DAY_S // state.interval_s
    level = level_of(state.loads)
    features = load_features(state.loads, slots, level)
    if features is None:
        return None
    load = dot(weights_of(state.load_fit, LOAD_PRIOR, _PULL), features)
    peak = max((solar for solar in state.solar if solar is not None), default=0)
    found = solar_features(state.solar, slots, peak)
    solar = 0.0
    if found is not None:
        solar = peak * max(0.0, dot(weights_of(state.solar_fit, SOLAR_PRIOR, _PULL), found))
    return _Picture(
        level=level,
        load=load,
        load_features=features,
        peak=peak,
        clear=clear_sky(state.solar, slots),
        solar=solar,
        solar_features=found,
    )


def _errors_around(state: ForecastState) -> Sequence[tuple[float, float]]:
    """Give the errors of the last weeks at the next interval's time of day, and just beside it."""
    slots, known = DAY_S // state.interval_s, len(state.load_errors)
    around = min(max(1, _AROUND_S // state.interval_s), slots // 2)
    found = []
    for day in range(1, ERROR_DAYS + 1):
        for at in range(known - day * slots - around, known - day * slots + around + 1):
            error = state.load_errors[at] if 0 <= at < known else None
            if error is not None:
                found.append((error, state.solar_errors[at]))
    return found


def _checked(state: ForecastState, told: Forecast | None, net_milliwh: int) -> Accuracy:
    """Enter how far off the forecast of the next interval was, once it has ended."""
    load = state.loads[-1] if state.loads else None
    solar = state.solar[-1] if state.solar else None
    if told is None or load is None or solar is None:
        return state.accuracy
    keep = 1 - state.interval_s / (ERROR_DAYS * DAY_S)
    old = state.accuracy
    return Accuracy(
        weight=keep * old.weight + 1,
        error=keep * old.error + abs(net_milliwh - told.net_milliwh),
        plain=keep * old.plain + abs(net_milliwh - (load - solar)),
    )


def _with_gaps(state: ForecastState, interval: int) -> ForecastState:
    """Fill the series with gaps up to an interval; the first one has nothing before it."""
    if not state.loads:
        return replace(state, next_interval=interval)
    # Beyond the longest series a gap is as good as any.
    missing = min(interval - state.next_interval, (ERROR_DAYS + 1) * DAY_S // state.interval_s)
    for _ in range(missing):
        state = _appended(state, None, None, None, 0.0)
    return replace(state, next_interval=interval)


def _appended(
    state: ForecastState,
    load_milliwh: int | None,
    solar_milliwh: int | None,
    load_error: float | None,
    solar_error: float,
) -> ForecastState:
    slots = DAY_S // state.interval_s
    # Two more than the days: the features ask how the last two intervals differed from theirs.
    kept, kept_errors = DAYS * slots + 2, (ERROR_DAYS + 1) * slots
    return replace(
        state,
        next_interval=state.next_interval + 1,
        loads=(*state.loads, load_milliwh)[-kept:],
        solar=(*state.solar, solar_milliwh)[-kept:],
        load_errors=(*state.load_errors, load_error)[-kept_errors:],
        solar_errors=(*state.solar_errors, solar_error)[-kept_errors:],
    )
