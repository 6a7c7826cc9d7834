"""A home's own battery in a study: it takes the home's surplus first and serves its need first."""

from collections.abc import Iterator, Sequence

from community.study.scenario import Battery
from node.core.units import MILLIWH_PER_WH

_SECONDS_PER_HOUR = 3600
_PERCENT = 100


def through(
    battery: Battery | None, load: Sequence[int], solar: Sequence[int], interval_s: int
) -> Iterator[tuple[int, int]]:
    """Give need and surplus that are left of each interval, in milliwatt-hours.

    What is lost is lost on the way in: of each milliwatt-hour taken, `efficiency_percent` comes
    out again. `w` bounds both ways.
    """
    if battery is None:
        for drawn, made in zip(load, solar, strict=True):
            yield max(drawn - made, 0), max(made - drawn, 0)
        return
    room = round(battery.wh * MILLIWH_PER_WH)
    held = round(room * battery.at_first_percent / _PERCENT)
    most = round(battery.w * MILLIWH_PER_WH * interval_s / _SECONDS_PER_HOUR)
    part = battery.efficiency_percent / _PERCENT
    for drawn, made in zip(load, solar, strict=True):
        need, surplus = max(drawn - made, 0), max(made - drawn, 0)
        taken = min(surplus, most, int((room - held) / part))
        given = min(need, most, held)
        held = min(room, held + int(taken * part)) - given
        yield need - given, surplus - taken
