"""Keep a forecast within what its home may do, and fall back where recent days speak against it.

Errors of a logarithm multiply: one bad hour's error, added to a large load, would tell of many
times what the home has ever drawn. And weights that were fitted in other weeks may miss day after
day what the same hour of the days before would have told.
"""

from collections.abc import Sequence

GROWTH = 1.5
"""A home may draw, or yield, half as much again as the most that it has ever shown."""
RECENT_DAYS = 4
"""So many days at this time of day speak for or against a forecast."""
CLEARLY = 2
"""They speak against it where it missed by more than so many times what the days missed by."""

Misses = tuple[int, int]
"""How far off two middles were, in milliwatt-hours: the forecast's, and the days' before it."""


def bounded(energy_milliwh: float, most_milliwh: int) -> float:
    """Keep a load or a solar energy between 0 and what a home may reach."""
    return max(0.0, min(energy_milliwh, GROWTH * most_milliwh))


def days_before(
    loads: Sequence[int | None], solar: Sequence[int | None], slots: int, days: int
) -> tuple[int, ...]:
    """Give need (below zero, surplus) at the next interval's time of day, newest day first."""
    found = []
    for back in range(slots, days * slots + 1, slots):
        load, sun = (loads[-back], solar[-back]) if back <= len(loads) else (None, None)
        if load is not None and sun is not None:
            found.append(load - sun)
    return tuple(found)


def is_contradicted(misses: Sequence[Misses | None], slots: int, around: int) -> bool:
    """Say whether the forecasts around this time of day missed by far more than the days before.

    `misses` end just before the interval that is told about.
    """
    known = len(misses)
    found = [
        missed
        for day in range(1, RECENT_DAYS + 1)
        for at in range(known - day * slots - around, known - day * slots + around + 1)
        if 0 <= at < known and (missed := misses[at]) is not None
    ]
    forecast, days = sum(one for one, _ in found), sum(other for _, other in found)
    return len(found) >= RECENT_DAYS and forecast > CLEARLY * days
