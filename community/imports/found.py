"""Put what a file says, value by value, together to local days, or refuse it with the line."""

import re
from array import array
from collections.abc import Iterable, MutableSequence, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from community.days import local, places_of_wall_time, quarters_in
from community.readings import MISSING, Direction, PointDay, Quality, Series
from community.refusal import NotDone
from node.core.units import MILLIWH_PER_KWH

MILLIWH = {"kWh": Decimal(1_000_000), "Wh": Decimal(1_000), "mWh": Decimal(1)}
MOST_MILLIWH = 10**12
"""A megawatt for a quarter hour four thousand times over: beyond it the unit is wrong."""
LIKELY_MILLIWH = 25 * 1_000_000
"""25 kWh: 100 kW for a quarter hour, twice what a house's connection bears."""
_MOST_TOLD = 5
_KWH_DIGITS = 6
_PLAIN = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?", re.ASCII)


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
    if _PLAIN.fullmatch(text) and unit == MILLIWH["kWh"]:
        # Nearly every value is such a one, and a month of a thousand points has three million.
        whole, _, rest = text.partition(".")
        return int(whole + rest.ljust(_KWH_DIGITS, "0"))
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
    """Turn local times without a zone to quarters, of each series by the order of its own lines.

    In the hour that comes twice in autumn the first is meant until it has been there.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._at: datetime | None = None
        self._places: list[tuple[date, int]] = []
        self._had: dict[str, set[tuple[date, int]]] = {}

    def place(self, at: datetime, series: str, line: int) -> tuple[date, int]:
        """Give the quarter that begins at a local time in a series.

        Raises:
            NotDone: no quarter hour begins then, or it was there already.
        """
        if at != self._at:
            # The columns of a line share its time.
            self._places, self._at = self._meant(at, line), at
        if len(self._places) == 1:
            return self._places[0]
        had = self._had.setdefault(series, set())
        for place in self._places:
            if place not in had:
                had.add(place)
                return place
        return self._places[-1]

    def _meant(self, at: datetime, line: int) -> list[tuple[date, int]]:
        try:
            places = places_of_wall_time(at, self._zone)
        except ValueError as error:
            raise NotDone(f"line {line}: {at:%Y-%m-%d %H:%M:%S} is {error}") from None
        if not places:
            raise NotDone(
                f"line {line}: {at:%Y-%m-%d %H:%M} does not exist in {self._zone.key}: clocks are"
                " put forward then; is the file of another zone?"
            )
        return places


_Key = tuple[str, str, date]


@dataclass(slots=True)
class _Day:
    direction: Direction
    energies: MutableSequence[int]
    qualities: bytearray
    lines: MutableSequence[int]
    """Of each quarter the line that told it, 0 where none did."""


class Collector:
    """Put a file's values together to days, as its lines come."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: dict[_Key, _Day] = {}
        self._directions: dict[str, tuple[Direction, int]] = {}

    def add(
        self,
        point: str,
        direction: Direction,
        series: Series,
        place: tuple[date, int],
        energy_milliwh: int,
        quality: Quality,
        line: int,
    ) -> None:
        """Take one value: of a point's series, at its place.

        Raises:
            NotDone: that quarter hour is there already, or the point has the other direction.
        """
        day, quarter = place
        key = (point, series.value, day)
        found = self._days.get(key)
        if found is None:
            self._refuse_both_ways(point, direction, line)
            found = self._days[key] = self._new_day(direction, day)
        elif found.direction is not direction:
            self._refuse_both_ways(point, direction, line)
        if found.lines[quarter]:
            raise NotDone(
                f"line {line}: {point} at {local(day, quarter, self._zone):%Y-%m-%d %H:%M}"
                f" was there already, in line {found.lines[quarter]}"
            )
        found.energies[quarter] = energy_milliwh
        found.qualities[quarter] = quality
        found.lines[quarter] = line

    def file(self) -> File:
        """Give the days, with a sentence for each that lacks something.

        Raises:
            NotDone: there is none.
        """
        if not self._days:
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
                for (point, series, day), found in sorted(self._days.items(), key=_by_key)
            ],
            notes=list(_notes(self._days, self._zone)),
        )

    def _new_day(self, direction: Direction, day: date) -> _Day:
        count = quarters_in(day, self._zone)
        return _Day(
            direction, array("q", [MISSING]) * count, bytearray(count), array("L", [0]) * count
        )

    def _refuse_both_ways(self, point: str, direction: Direction, line: int) -> None:
        known, first = self._directions.setdefault(point, (direction, line))
        if known is not direction:
            raise NotDone(
                f"line {line}: point {point} is {direction.value} here and {known.value} in line"
                f" {first}"
            )


def _by_key(entry: tuple[_Key, _Day]) -> _Key:
    return entry[0]


def _notes(days: dict[_Key, _Day], zone: ZoneInfo) -> Iterable[str]:
    gaps = [
        (point, day, found, found.energies.index(MISSING), found.energies.count(MISSING))
        for (point, series, day), found in sorted(days.items(), key=_by_key)
        if MISSING in found.energies and series == Series.METERED.value
    ]
    for point, day, found, first, count in gaps[:_MOST_TOLD]:
        before = max(found.lines[:first], default=0)
        spot = f"after line {before}" if before else f"before line {min(filter(None, found.lines))}"
        at = local(day, first, zone)
        yield f"{spot}: {point} lacks {count} quarter hours on {day}, the first at {at:%H:%M}"
    if len(gaps) > _MOST_TOLD:
        yield f"and {len(gaps) - _MOST_TOLD} days more with gaps; `community status` lists them"
    yield from _unlikely(days)


def _unlikely(days: dict[_Key, _Day]) -> Iterable[str]:
    """Say of each point whose values look like another unit's where the largest one is."""
    largest: dict[str, tuple[int, int]] = {}
    for (point, _, _), found in days.items():
        energy = max(found.energies)
        if energy > max(LIKELY_MILLIWH, largest.get(point, (0, 0))[0]):
            largest[point] = (energy, found.lines[found.energies.index(energy)])
    for point, (energy, line) in sorted(largest.items())[:_MOST_TOLD]:
        yield (
            f"line {line}: {point} has {energy / MILLIWH_PER_KWH:g} kWh in a quarter hour, which no"
            " house's connection bears; is it the unit that its mapping says?"
        )
    if len(largest) > _MOST_TOLD:
        yield f"and {len(largest) - _MOST_TOLD} points more with such values"
