"""Read the homes' hourly load and solar from a CSV file and play them at 1:1000.

Columns: `interval_start` (start of the hour, in local standard time or with a zone of its own) and,
for each home N from 1, `homeN_load_wh` and `homeN_pv_wh`. A watt-hour in an hour is a watt, and is
played by a milliwatt. Homes beyond those of the file repeat them a week later; after its last hour
the file starts anew.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from node.core.errors import ConfigError, Problem

FONTANA_CSV = Path(__file__).resolve().parents[1] / "data" / "fontana_homes.csv"
FONTANA_ZONE = timezone(timedelta(hours=-8))
"""Pacific standard time: the file has no daylight saving time."""

HOUR_S = 3600
HOURS_PER_WEEK = 168
_TIME_COLUMN = "interval_start"
_LOAD_COLUMN = re.compile(r"home([1-9][0-9]*)_load_wh")
_TOLD_PROBLEMS = 20
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold one home's played powers in milliwatts, hour by hour from the street's first instant."""

    load_mw: tuple[int, ...]
    pv_mw: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Hold every home's profile; `start_s` is the first hour's start in seconds since 1970."""

    start_s: int
    homes: tuple[Profile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Hold the file's hours as they stand."""

    hours: tuple[datetime, ...]
    homes: tuple[Profile, ...]


def read_profiles(path: Path, *, homes: int, first_day: date) -> Profiles:
    """Read so many homes' profiles, from midnight (local standard time) of the first day on.

    Raises:
        ConfigError: the file, a line or a column of it, or the day; every problem at once.
    """
    table = _read_table(path)
    first = _first_of(path, table, first_day)
    midnight = table.hours[first].replace(tzinfo=FONTANA_ZONE)
    return Profiles(
        start_s=int(midnight.astimezone(UTC).timestamp()),
        homes=tuple(_home(table, first, number) for number in range(homes)),
    )


def read_past(path: Path, *, homes: int, first_day: date, hours: int) -> tuple[Profile, ...]:
    """Read so many hours of each home before the first day, oldest first: nothing of that day.

    Raises:
        ConfigError: as `read_profiles`, or the file begins later.
    """
    table = _read_table(path)
    first = _first_of(path, table, first_day)
    if first < hours:
        bound = f"a day with {hours} hours of data before it"
        raise ConfigError([_problem(path, "first day", f"{first_day}", bound)])
    whole = [_home(table, first - hours, number) for number in range(homes)]
    return tuple(
        Profile(load_mw=profile.load_mw[:hours], pv_mw=profile.pv_mw[:hours]) for profile in whole
    )


def _first_of(path: Path, table: _Table, first_day: date) -> int:
    midnight = datetime(first_day.year, first_day.month, first_day.day)
    if midnight not in table.hours:
        bound = f"a day from {table.hours[0]:%Y-%m-%d} to {table.hours[-1]:%Y-%m-%d}"
        raise ConfigError([_problem(path, "first day", f"{first_day}", bound)])
    return table.hours.index(midnight)


def _home(table: _Table, first: int, number: int) -> Profile:
    weeks, column = divmod(number, len(table.homes))
    profile = table.homes[column]
    start = (first + weeks * HOURS_PER_WEEK) % len(table.hours)
    return Profile(
        load_mw=profile.load_mw[start:] + profile.load_mw[:start],
        pv_mw=profile.pv_mw[start:] + profile.pv_mw[:start],
    )


def _read_table(path: Path) -> _Table:
    try:
        # A spreadsheet leaves a mark of the byte order, blanks and empty last lines behind.
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [[cell.strip() for cell in line] for line in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError([_problem(path, "file", f"{why}", "a CSV file in UTF-8")]) from error
    while lines and not any(lines[-1]):
        lines.pop()
    if len(lines) < 2:
        raise ConfigError([_problem(path, "file", "no hours", "a line of names, then hours")])
    problems: list[Problem] = []
    columns = _columns(path, lines[0], problems)
    hours = _hours(path, lines, problems)
    series = {name: _series(path, lines, at, name, problems) for name, at in columns}
    if problems:
        raise ConfigError(problems[:_TOLD_PROBLEMS])
    numbers = range(1, len(columns) // 2 + 1)
    homes = tuple(
        Profile(load_mw=series[f"home{n}_load_wh"], pv_mw=series[f"home{n}_pv_wh"]) for n in numbers
    )
    return _Table(hours=hours, homes=homes)


def _columns(path: Path, names: Sequence[str], problems: list[Problem]) -> list[tuple[str, int]]:
    """Find each home's two columns; homes are numbered from 1 without a hole."""
    if not names or names[0] != _TIME_COLUMN:
        found = names[0] if names else ""
        problems.append(_problem(path, "line 1, column 1", repr(found), _TIME_COLUMN))
    homes = sum(1 for name in names if _LOAD_COLUMN.fullmatch(name))
    if not homes:
        problems.append(_problem(path, "line 1", "no home", "home1_load_wh and home1_pv_wh"))
    columns = []
    for number in range(1, homes + 1):
        for name in (f"home{number}_load_wh", f"home{number}_pv_wh"):
            if names.count(name) == 1:
                columns.append((name, names.index(name)))
            else:
                found = f"{names.count(name)} columns"
                problems.append(_problem(path, f"line 1, {name}", found, "one column"))
    return columns


def _hours(
    path: Path, lines: Sequence[Sequence[str]], problems: list[Problem]
) -> tuple[datetime, ...]:
    """Read the hours' starts, in local standard time; each follows the one before by an hour."""
    hours: list[datetime] = []
    zoned: bool | None = None
    for number, line in enumerate(lines[1:], start=2):
        where = f"line {number}, {_TIME_COLUMN}"
        text = line[0] if line else ""
        try:
            stamp = datetime.fromisoformat(text)
            hour = _local(stamp)
        except (ValueError, OverflowError):
            problems.append(_problem(path, where, repr(text), "a date and time (ISO 8601)"))
            return ()
        has_zone = stamp.tzinfo is not None
        zoned = has_zone if zoned is None else zoned
        bound = None
        if has_zone is not zoned:
            bound = "with a zone as the lines above" if zoned else "without a zone, as those above"
        elif hours and hour - hours[-1] != timedelta(hours=1):
            bound = _hour_after(hours[-1], stamp.tzinfo)
        elif (hour.minute, hour.second, hour.microsecond) != (0, 0, 0):
            bound = "the start of an hour in local standard time (UTC-08:00)"
        if bound is not None:
            problems.append(_problem(path, where, repr(text), bound))
            return ()
        hours.append(hour)
    return tuple(hours)


def _local(stamp: datetime) -> datetime:
    """Give an instant in local standard time, without the zone; what has none is local."""
    return stamp if stamp.tzinfo is None else stamp.astimezone(FONTANA_ZONE).replace(tzinfo=None)


def _hour_after(hour: datetime, zone: tzinfo | None) -> str:
    """Say which hour follows one of local standard time, in a line's own zone."""
    if hour > datetime.max - timedelta(days=1):
        return "nothing: the calendar ends"
    after = hour + timedelta(hours=1)
    if zone is None:
        return f"{after:%Y-%m-%dT%H:%M}"
    return after.replace(tzinfo=FONTANA_ZONE).astimezone(zone).isoformat(timespec="minutes")


def _series(
    path: Path, lines: Sequence[Sequence[str]], at: int, name: str, problems: list[Problem]
) -> tuple[int, ...]:
    values = []
    for number, line in enumerate(lines[1:], start=2):
        text = line[at] if at < len(line) else ""
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            where = f"line {number}, {name}"
            bound = f"a whole number of Wh, at least 0, of at most {_MOST_DIGITS} digits"
            problems.append(_problem(path, where, repr(text[:40]), bound))
            continue
        values.append(int(text))
    return tuple(values)


def _problem(path: Path, where: str, value: str, bound: str) -> Problem:
    return Problem(path=f"{path}, {where}", value=value, bound=bound)
