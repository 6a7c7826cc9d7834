"""Forecast a home's need or surplus in the next interval from its own recent days and hours.

The load is forecast as a logarithm and the solar energy as a share of its peak, each by weights
over a few features (`forecast_features`) that are fitted anew as each interval ends (`ridge`).
What might happen is the forecast with each error of the last weeks at this time of day added:

    outcome_j = stretched(load + load_error_j) - max(0, solar + solar_error_j * clear_sky)

Load and solar errors of one instant stay together. So the outcomes are an empirical distribution
(Hyndman and Athanasopoulos, Forecasting: Principles and Practice, "bootstrapped residuals").
Weights and errors come from intervals that have ended, and from nothing else: there is no training
set and nothing to look ahead into. What the running interval has shown so far stands where the
features ask for it (`forecast_running`). No outcome lies beyond what the home may reach, and where
the forecasts of the last days were worse than the days themselves, these are the outcomes
(`forecast_bounds`). Energies are milliwatt-hours in one interval. Knows nothing of prices (see
`bidding`).

Feed it with what the settling meter sees: `load` and `solar` where the connection shows their
difference; behind a battery the connection's import and export.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from node.core.forecast.bounds import (
    RECENT_DAYS,
    Misses,
    bounded,
    days_before,
    is_contradicted,
)
from node.core.forecast.features import (
    DAYS,
    LOAD_PRIOR,
    SOLAR_PRIOR,
    Series,
    clear_sky,
    level_of,
    load_features,
    solar_features,
    squeezed,
    stretched,
)
from node.core.forecast.records import Accuracy, Forecast, ForecastState
from node.core.forecast.ridge import Vector, absorb_example, dot, new_ridge, weights_of
from node.core.forecast.running import Running, completed

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
class _Picture:
    """Hold what is worked out for the next interval before it begins."""

    level: float
    load: float
    load_features: Vector
    peak: int
    clear: int
    solar: float
    solar_features: Vector | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """Hold what is entered for one interval: its energies, and how far off they were told."""

    load: int | None = None
    solar: int | None = None
    load_error: float | None = None
    solar_error: float = 0.0
    missed: Misses | None = None


_GAP = _Entry()


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
        most_load=0,
        most_solar=0,
        misses=(),
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
    entry = _Entry(load=load_milliwh, solar=solar_milliwh)
    picture = _picture(state, state.loads, state.solar)
    if picture is not None:
        state, entry = _learned(state, picture, entry)
    return replace(
        _appended(state, entry),
        most_load=max(state.most_load, load_milliwh),
        most_solar=max(state.most_solar, solar_milliwh),
    )


def forecast(
    state: ForecastState,
    interval: int,
    running: Running | None = None,
    most_milliwh: int | None = None,
) -> Forecast | None:
    """Forecast an interval that is not known yet; None while too little has been seen.

    `running` is what the interval before has shown so far, `most_milliwh` what the home's maximum
    power brings in an interval. Intervals between the last known one and this one count as gaps.
    """
    if interval < state.next_interval:
        return None
    there = _with_gaps(state, interval)
    loads: Series = there.loads
    solar: Series = there.solar
    if running is not None and state.next_interval <= running.interval < interval:
        loads, solar = _with_running(state, running, interval - running.interval, loads, solar)
    picture = _picture(there, loads, solar)
    return None if picture is None else _told(there, picture, most_milliwh)


def _with_running(
    state: ForecastState, running: Running, back: int, loads: Series, solar: Series
) -> tuple[Series, Series]:
    """Let the running interval, so many before the one that is told about, stand in the series."""
    before = _with_gaps(state, running.interval)
    picture = _picture(before, before.loads, before.solar)
    if picture is None or back > len(loads):
        return loads, solar
    load = stretched(picture.load, picture.level)
    at = len(loads) - back
    load_now = completed(running.load_milliwh, running.part, load)
    solar_now = completed(running.solar_milliwh, running.part, picture.solar)
    return (
        (*loads[:at], load_now, *loads[at + 1 :]),
        (*solar[:at], solar_now, *solar[at + 1 :]),
    )


def _learned(
    state: ForecastState, picture: _Picture, entry: _Entry
) -> tuple[ForecastState, _Entry]:
    """Learn from an interval that has ended, and note how far off its forecast was."""
    assert entry.load is not None
    assert entry.solar is not None
    number = squeezed(entry.load, picture.level)
    keep = 1 - state.interval_s / (_REMEMBERED_DAYS * DAY_S)
    load_fit = absorb_example(state.load_fit, picture.load_features, number, keep)
    solar_fit, solar_error = state.solar_fit, 0.0
    if picture.solar_features is not None:
        share = entry.solar / picture.peak
        solar_fit = absorb_example(solar_fit, picture.solar_features, share, keep)
        error = (entry.solar - picture.solar) / picture.clear
        solar_error = max(-_MOST_SOLAR_ERROR, min(_MOST_SOLAR_ERROR, error))
    net, fitted, days = entry.load - entry.solar, _fitted(state, picture), _days(state)
    missed = (
        (round(abs(net - median(fitted))), round(abs(net - median(days))))
        if fitted and days
        else None
    )
    given, last = _told(state, picture, None), (state.loads[-1], state.solar[-1])
    accuracy = state.accuracy
    if given is not None and last[0] is not None and last[1] is not None:
        day = 1 - state.interval_s / (ERROR_DAYS * DAY_S)
        accuracy = accuracy.after(day, net - given.net_milliwh, net - (last[0] - last[1]))
    entry = replace(entry, load_error=number - picture.load, solar_error=solar_error, missed=missed)
    return replace(state, load_fit=load_fit, solar_fit=solar_fit, accuracy=accuracy), entry


def _told(state: ForecastState, picture: _Picture, most_milliwh: int | None) -> Forecast | None:
    """Give the fitted outcomes, or the days' own where those of late spoke against a forecast."""
    outcomes = _fitted(state, picture)
    if not outcomes:
        return None
    slots = DAY_S // state.interval_s
    if is_contradicted(state.misses, slots, _around(state)):
        outcomes = _days(state)
    if most_milliwh is not None:
        outcomes = [max(-most_milliwh, min(most_milliwh, found)) for found in outcomes]
    return Forecast(interval=state.next_interval, outcomes_milliwh=tuple(sorted(outcomes)))


def _fitted(state: ForecastState, picture: _Picture) -> Sequence[int]:
    """Give the forecast with each error of its time of day; none where they are too few."""
    errors = _errors_around(state)
    if len(errors) < LEAST_ERRORS:
        return ()
    return [
        round(
            bounded(stretched(picture.load + load_error, picture.level), state.most_load)
            - bounded(picture.solar + solar_error * picture.clear, state.most_solar)
        )
        for load_error, solar_error in errors
    ]


def _days(state: ForecastState) -> Sequence[int]:
    return days_before(state.loads, state.solar, DAY_S // state.interval_s, DAYS)


def _picture(state: ForecastState, loads: Series, solar: Series) -> _Picture | None:
    """Work out the next interval from what is known, and from these series of the last ones."""
    slots = DAY_S // state.interval_s
    level = level_of(state.loads)
    features = load_features(loads, slots, level)
    if features is None:
        return None
    load = dot(weights_of(state.load_fit, LOAD_PRIOR, _PULL), features)
    peak = max((sun for sun in state.solar if sun is not None), default=0)
    found = solar_features(solar, slots, peak)
    sun = 0.0
    if found is not None:
        sun = peak * max(0.0, dot(weights_of(state.solar_fit, SOLAR_PRIOR, _PULL), found))
    return _Picture(
        level=level,
        load=load,
        load_features=features,
        peak=peak,
        clear=clear_sky(state.solar, slots),
        solar=sun,
        solar_features=found,
    )


def _errors_around(state: ForecastState) -> Sequence[tuple[float, float]]:
    """Give the errors of the last weeks at the next interval's time of day, and just beside it."""
    slots, known, around = DAY_S // state.interval_s, len(state.load_errors), _around(state)
    found = []
    for day in range(1, ERROR_DAYS + 1):
        for at in range(known - day * slots - around, known - day * slots + around + 1):
            error = state.load_errors[at] if 0 <= at < known else None
            if error is not None:
                found.append((error, state.solar_errors[at]))
    return found


def _around(state: ForecastState) -> int:
    """Give how many intervals to either side count as being at a time of day."""
    slots = DAY_S // state.interval_s
    return min(max(1, _AROUND_S // state.interval_s), slots // 2)


def _with_gaps(state: ForecastState, interval: int) -> ForecastState:
    """Fill the series with gaps up to an interval; the first one has nothing before it."""
    if not state.loads:
        return replace(state, next_interval=interval)
    # Beyond the longest series a gap is as good as any.
    missing = min(interval - state.next_interval, (ERROR_DAYS + 1) * DAY_S // state.interval_s)
    for _ in range(missing):
        state = _appended(state, _GAP)
    return replace(state, next_interval=interval)


def _appended(state: ForecastState, entry: _Entry) -> ForecastState:
    slots = DAY_S // state.interval_s
    # Two more than the days: the features ask how the last two intervals differed from theirs.
    kept, kept_errors = DAYS * slots + 2, (ERROR_DAYS + 1) * slots
    return replace(
        state,
        next_interval=state.next_interval + 1,
        loads=(*state.loads, entry.load)[-kept:],
        solar=(*state.solar, entry.solar)[-kept:],
        load_errors=(*state.load_errors, entry.load_error)[-kept_errors:],
        solar_errors=(*state.solar_errors, entry.solar_error)[-kept_errors:],
        misses=(*state.misses, entry.missed)[-(RECENT_DAYS + 1) * slots :],
    )
