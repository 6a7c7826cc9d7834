"""Put what a file says, value by value, together to local days, or refuse it with the line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from community.days import local, places_of_wall_time, quarters_in
from community.readings import MISSING, Direction, PointDay, Quality, Series
from community.refusal import NotDone

MILLIWH = {"kWh": Decimal(1_000_000), "Wh": Decimal(1_000), "mWh": Decimal(1)}
MOST_MILLIWH = 10**12
"""A megawatt for a quarter hour four thousand times over: beyond it the unit is wrong."""
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Hold one value of a file: where it stood, when it began, and what it says."""

    line: int
    point: str
    direction: Direction
    series: Series
    place: tuple[date, int]
    energy_milliwh: int
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Hold what a file gave: whole days, and sentences on what somebody should look at."""

    days: Sequence[PointDay]
    notes: Sequence[str]


def milliwh(text: str, unit: Decimal, line: int) -> int:
    """Read an energy as a whole number of milliwatt-hours, rounded half up to the nearest.

    Raises:
        NotDone: it is no number, below 0, or more than any household's quarter hour.
    """
    try:
        energy = Decimal(text) * unit
    except ArithmeticError:
        raise NotDone(f"line {line}: {text!r} is no number with a decimal point") from None
    if not energy.is_finite():
        raise NotDone(f"line {line}: {text!r} is no number")
    if energy < 0:
        raise NotDone(
            f"line {line}: {text} is below 0; each direction has a point of its own, with values"
            " from 0 up"
        )
    if energy > MOST_MILLIWH:
        raise NotDone(
            f"line {line}: {text} is more than 1,000,000 kWh in a quarter hour; its unit?"
        )
    return int(energy + Decimal("0.5"))


class WallClock:
    """Turn the local times of a file, which name no zone, to quarters, by their order alone.

    In the hour that comes twice in autumn the first is meant until it has been there.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._had: set[tuple[date, int]] = set()

    def place(self, at: datetime, line: int) -> tuple[date, int]:
        """Give the quarter that begins at a local time.

        Raises:
            NotDone: no quarter hour begins then, or it was there already.
        """
        try:
            places = places_of_wall_time(at, self._zone)
        except ValueError as error:
            raise NotDone(f"line {line}: {at:%Y-%m-%d %H:%M:%S} is {error}") from None
        if not places:
            raise NotDone(
                f"line {line}: {at:%Y-%m-%d %H:%M} does not exist in {self._zone.key}: clocks are"
                " put forward then; is the file of another zone?"
            )
        for place in places:
            if place not in self._had:
                self._had.add(place)
                return place
        raise NotDone(f"line {line}: {at:%Y-%m-%d %H:%M} was there already")


_Key = tuple[str, str, date]


@dataclass(slots=True)
class _Day:
    direction: Direction
    energies: list[int]
    qualities: bytearray
    lines: dict[int, int] = field(default_factory=dict)


def put_together(values: Iterable[Value], zone: ZoneInfo) -> File:
    """Put values together to days, with a sentence for each day that lacks something.

    Raises:
        NotDone: a quarter hour of a point is there twice, or a point has two directions.
    """
    days: dict[_Key, _Day] = {}
    directions: dict[str, tuple[Direction, int]] = {}
    for value in values:
        _refuse_both_ways(value, directions)
        day, quarter = value.place
        key = (value.point, value.series.value, day)
        found = days.get(key)
        if found is None:
            count = quarters_in(day, zone)
            found = _Day(value.direction, [MISSING] * count, bytearray(count))
            days[key] = found
        if quarter in found.lines:
            raise NotDone(
                f"line {value.line}: {value.point} at {local(day, quarter, zone):%Y-%m-%d %H:%M}"
                f" was in line {found.lines[quarter]} already"
            )
        found.energies[quarter] = value.energy_milliwh
        found.qualities[quarter] = value.quality
        found.lines[quarter] = value.line
    if not days:
        raise NotDone("no quarter hour is in it")
    return File(
        days=[
            PointDay(
                point=point,
                direction=found.direction,
                series=Series(series),
                day=day,
                energies=found.energies,
                qualities=bytes(found.qualities),
            )
            for (point, series, day), found in sorted(days.items(), key=lambda entry: entry[0])
        ],
        notes=list(_notes(days, zone)),
    )


def _refuse_both_ways(value: Value, directions: dict[str, tuple[Direction, int]]) -> None:
    direction, line = directions.setdefault(value.point, (value.direction, value.line))
    if direction is not value.direction:
        raise NotDone(
            f"line {value.line}: point {value.point} is {value.direction.value} here and"
            f" {direction.value} in line {line}"
        )


def _notes(days: dict[_Key, _Day], zone: ZoneInfo) -> Iterable[str]:
    gaps = [
        (point, day, found, found.energies.index(MISSING), found.energies.count(MISSING))
        for (point, series, day), found in sorted(days.items(), key=lambda entry: entry[0])
        if MISSING in found.energies and series == Series.METERED.value
    ]
    for point, day, found, first, count in gaps[:_MOST_TOLD]:
        before = [line for quarter, line in found.lines.items() if quarter < first]
        spot = f"after line {max(before)}" if before else f"before line {min(found.lines.values())}"
        at = local(day, first, zone)
        yield f"{spot}: {point} lacks {count} quarter hours on {day}, the first at {at:%H:%M}"
    if len(gaps) > _MOST_TOLD:
        yield f"and {len(gaps) - _MOST_TOLD} days more with gaps; `community status` lists them"
