"""Homes' own data: load and solar of each interval as a table tells them, or made up after it."""

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from community.imports.found import MILLIWH, milliwh
from community.refusal import NotDone

_LOAD, _SOLAR = "_load_wh", "_pv_wh"
_LOWEST, _HIGHEST = 0.6, 1.4
_SHIFTED_BY = 2
"""A made-up home has another's days, so many intervals earlier or later, and more or less of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Hold one home's load and solar in milliwatt-hours, an interval each."""

    name: str
    load: Sequence[int]
    solar: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Hold the intervals' begins, how long each is, and the homes."""

    begins: Sequence[datetime]
    interval_s: int
    homes: Sequence[Home]


def read_homes(text: str, zone: ZoneInfo) -> Data:
    """Read a table of homes; its resolution may be any regular one.

    Raises:
        NotDone: something in it is wrong; the sentence names the line.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    head = next(rows, [])
    names = [name.removesuffix(_LOAD) for name in head if name.endswith(_LOAD)]
    if not names:
        raise NotDone(f"line 1: no column ends with {_LOAD}")
    places = {
        name: (
            head.index(name + _LOAD),
            head.index(name + _SOLAR) if name + _SOLAR in head else None,
        )
        for name in names
    }
    begins: list[datetime] = []
    load: dict[str, list[int]] = {name: [] for name in names}
    solar: dict[str, list[int]] = {name: [] for name in names}
    for row in rows:
        line = rows.line_num
        if len(row) != len(head):
            raise NotDone(f"line {line}: {len(row)} columns, where the head has {len(head)}")
        begins.append(_begin(row[0], zone, line))
        for name, (of_load, of_solar) in places.items():
            load[name].append(milliwh(row[of_load], MILLIWH["Wh"], line))
            solar[name].append(
                milliwh(row[of_solar], MILLIWH["Wh"], line) if of_solar is not None else 0
            )
    return Data(
        begins=begins,
        interval_s=_interval_s(begins),
        homes=[Home(name=name, load=load[name], solar=solar[name]) for name in names],
    )


def scaled(home: Home, pv_scale: float) -> Home:
    """Give a home with so many times its panels."""
    if pv_scale == 1:
        return home
    return Home(
        name=home.name, load=home.load, solar=[round(energy * pv_scale) for energy in home.solar]
    )


def multiplied(homes: Sequence[Home], count: int, seed: int) -> list[Home]:
    """Give so many homes: those that there are, and made-up ones after their pattern."""
    rng = random.Random(seed)
    found = list(homes[:count])
    while len(found) < count:
        like = homes[len(found) % len(homes)]
        more = rng.uniform(_LOWEST, _HIGHEST)
        shift = rng.randint(-_SHIFTED_BY, _SHIFTED_BY)
        found.append(
            Home(
                name=f"{like.name}-{len(found) // len(homes)}",
                load=[round(energy * more) for energy in _turned(like.load, shift)],
                # The sun is everybody's, only the panels differ.
                solar=[round(energy * more) for energy in like.solar],
            )
        )
    return found


def known(homes: Sequence[Home], named: Mapping[str, object], what: str) -> None:
    """Refuse a name that no home has.

    Raises:
        NotDone: there is one.
    """
    names = {home.name for home in homes}
    for name in named:
        if name not in names:
            raise NotDone(
                f"{what}: no home is called {name!r}; there are {', '.join(sorted(names))}"
            )


def _turned(energies: Sequence[int], shift: int) -> Sequence[int]:
    return [*energies[shift:], *energies[:shift]] if shift else energies


def _begin(text: str, zone: ZoneInfo, line: int) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotDone(f"line {line}: {text!r} is no time as 2026-11-30T12:00") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _interval_s(begins: Sequence[datetime]) -> int:
    if len(begins) < 2:
        raise NotDone("it has fewer than two intervals")
    first = begins[1].timestamp() - begins[0].timestamp()
    for place in range(1, len(begins)):
        step = begins[place].timestamp() - begins[place - 1].timestamp()
        if step != first or step <= 0:
            raise NotDone(
                f"line {place + 2}: {begins[place]:%Y-%m-%d %H:%M} is {step:g} s after the line"
                f" before, where others are {first:g} s"
            )
    return int(first)
