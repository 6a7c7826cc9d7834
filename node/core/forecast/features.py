"""Say what the recent days and hours tell about the next interval, as a few numbers near one.

A series holds one energy for each interval in milliwatt-hours, oldest first, None for a gap; it
ends just before the interval that is told about. A gap is left out of every mean, and where a
single interval is asked for, stands for "as usual".
"""

from collections.abc import Sequence
from math import exp, log

from node.core.forecast.ridge import Vector

Series = Sequence[int | None]

DAYS = 14
"""How far back the usual is looked for: two of each day of the week."""
FEW_DAYS = 4
WEEK_DAYS = 7
LOAD_PRIOR: Vector = (1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Before anything is learned: the usual at this time, and half of how the last one differed."""
SOLAR_PRIOR: Vector = (0.5, 0.3, 0.2, 0.0, 0.0)
"""Before anything is learned: the sky's clearness goes on, mixed with the last days."""

_FLOOR = 0.3
"""Added to a load, as a share of the mean: so that a quiet night is no deep valley."""
_HIGHEST_LOG = 5.0
_CLEAREST = 1.2
_LEAST_CLEAR = 0.03
"""Below this share of the peak, twilight: a ratio of two small numbers tells nothing."""


def level_of(loads: Series) -> float:
    """Give the mean load in milliwatt-hours; 1 where nothing was drawn at all."""
    known = [load for load in loads if load is not None]
    return max(1.0, sum(known) / len(known)) if known else 1.0


def squeezed(load: float, level: float) -> float:
    """Turn a load into the number that is forecast: its logarithm, so that errors scale with it."""
    return log(load / level + _FLOOR)


def stretched(number: float, level: float) -> float:
    """Turn a forecast number back into a load, at least 0."""
    return max(0.0, exp(min(number, _HIGHEST_LOG)) - _FLOOR) * level


def load_features(loads: Series, slots: int, level: float) -> Vector | None:
    """Tell about the next load; None where nothing is known of this time of day.

    In order: the usual at this time of day; how the last interval and the one before differed
    from their usual; how the last few days, the same day last week and yesterday differ from
    the usual; one.
    """

    def number(back: int) -> float | None:
        load = loads[-back] if 0 < back <= len(loads) else None
        return None if load is None else squeezed(load, level)

    def usual(offset: int, days: int) -> float | None:
        found = [number(offset + day * slots) for day in range(1, days + 1)]
        return _mean([one for one in found if one is not None])

    def differed(back: int) -> float:
        now, then = number(back), usual(back, DAYS)
        return 0.0 if now is None or then is None else now - then

    base = usual(0, DAYS)
    if base is None:
        return None

    def beside(found: float | None) -> float:
        return 0.0 if found is None else found - base

    return (
        base,
        differed(1),
        differed(2),
        beside(usual(0, FEW_DAYS)),
        beside(number(WEEK_DAYS * slots)),
        beside(number(slots)),
        beside(usual(1, DAYS)),
        beside(usual(-1, DAYS)),
        1.0,
    )


def clear_sky(solar: Series, slots: int, offset: int = 0) -> int:
    """Give the most of the last days at this time of day: what a clear sky brings, no map needed.

    `offset` intervals before the next.
    """
    return max(_same_time(solar, slots, offset, DAYS), default=0)


def solar_features(solar: Series, slots: int, peak: int) -> Vector | None:
    """Tell about the next solar energy, as shares of the peak; None where the sun is down.

    In order: the clear sky times the clearness of the last interval (the persistence of the
    clear-sky index); the last week's mean; yesterday; the clear sky; the clear sky times the
    clearness of the interval before the last.
    """
    clear = clear_sky(solar, slots)
    if clear == 0:
        return None
    recent = _mean(_same_time(solar, slots, 0, 2)) or 0.0
    otherwise = min(_CLEAREST, recent / clear)

    def clearness(back: int) -> float:
        was = solar[-back] if back <= len(solar) else None
        could = clear_sky(solar, slots, back)
        if was is None or could < _LEAST_CLEAR * peak:
            return otherwise
        return min(_CLEAREST, was / could)

    mean = _mean(_same_time(solar, slots, 0, WEEK_DAYS))
    yesterday = _same_time(solar, slots, 0, 1)
    return (
        clear * clearness(1) / peak,
        (clear * otherwise if mean is None else mean) / peak,
        (yesterday[0] if yesterday else clear * otherwise) / peak,
        clear / peak,
        clear * clearness(2) / peak,
    )


def _same_time(series: Series, slots: int, offset: int, days: int) -> list[int]:
    found = [
        series[-offset - day * slots] if offset + day * slots <= len(series) else None
        for day in range(1, days + 1)
    ]
    return [one for one in found if one is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
