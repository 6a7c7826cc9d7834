"""Make up a community's month: members, and an energy report as Austria's portal gives one.

Every value is drawn; no home's own are in it.
"""

import csv
import io
import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from community.days import days_from, local, quarters_in
from community.membership import Member, Share
from community.readings import Direction
from node.core.sharing.keys import WHOLE_FACTOR, by_need

_NAMES = ("Anna Huber", "Ben Gruber", "Clara Wagner", "David Müller", "Eva Pichler")
_PANELS = {"Anna Huber": 5.0, "David Müller": 8.0}
"""Kilowatts of the homes that have any."""
_CONSUMES = (
    "Gesamtverbrauch lt. Messung (bei Teilnahme gem. Erzeugung) [KWH]",
    "Anteil gemeinschaftliche Erzeugung [KWH]",
    "Eigendeckung gemeinschaftliche Erzeugung [KWH]",
)
_GENERATES = (
    "Gesamte gemeinschaftliche Erzeugung [KWH]",
    "Gesamt/Überschusserzeugung, Gemeinschaftsüberschuss [KWH]",
)
_CLEAR_SKY = 0.75
_MILLIWH = 1_000_000
_FINEST = 1_000
"""Grid operators tell watt-hours."""

Row = Sequence[str | float | datetime | None]


def point(number: int, *, feeds_in: bool) -> str:
    """Give the name of a made-up metering point: 33 signs, as Austria's have."""
    return f"AT0099990000000000000{'9' if feeds_in else '1'}{number:011d}"


def members(month: date) -> list[Member]:
    """Make up five members, of whom two have panels, since a month."""
    found = []
    for number, name in enumerate(_NAMES, start=1):
        shares = [_share(number, Direction.CONSUMPTION, month, WHOLE_FACTOR // len(_NAMES))]
        if name in _PANELS:
            shares.append(_share(number, Direction.GENERATION, month, 0))
        found.append(
            Member(
                name=name,
                address=f"Sonnweg {number}, 9999 Beispiel",
                consent_since=month,
                consent_until=None,
                points=shares,
            )
        )
    return found


def report(
    who: Sequence[Member], since: date, until: date, zone: ZoneInfo, *, seed: int = 1
) -> Iterator[Row]:
    """Make up the rows of an energy report in its newer form, with a quality beside each value."""
    shares = [share for member in who for share in member.points]
    yield from _head(shares, since, until)
    rng = random.Random(seed)
    base = {share.point: rng.uniform(0.03, 0.08) for share in shares}
    for day in days_from(since, until):
        sun = _CLEAR_SKY * rng.uniform(0.2, 1.0)
        for quarter in range(quarters_in(day, zone)):
            at = local(day, quarter, zone)
            energies = [_energy(share, at, sun, base[share.point], who, rng) for share in shares]
            yield [f"{at:%d.%m.%Y %H:%M:%S}", *_cells(shares, energies)]


def text_of(rows: Iterator[Row]) -> str:
    """Write a report's rows as CSV, with decimal commas as the portal does."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    for row in rows:
        writer.writerow(
            [f"{cell:.3f}".replace(".", ",") if isinstance(cell, float) else cell for cell in row]
        )
    return text.getvalue()


def _share(number: int, direction: Direction, since: date, factor: int) -> Share:
    return Share(
        point=point(number, feeds_in=direction is Direction.GENERATION),
        direction=direction,
        since=since,
        until=None,
        factor=factor,
        part=WHOLE_FACTOR,
    )


def _codes(share: Share) -> Sequence[str]:
    return _CONSUMES if share.direction is Direction.CONSUMPTION else _GENERATES


def _head(shares: Sequence[Share], since: date, until: date) -> Iterator[Row]:
    def row(label: str, cells: Iterator[tuple[str, str]]) -> Row:
        return [label, *(cell for pair in cells for cell in pair)]

    columns = [(share, code) for share in shares for code in _codes(share)]
    yield row("MeteringpointID", ((share.point, share.point) for share, _ in columns))
    yield row("Name", (("", "") for _ in columns))
    yield row("Energy direction", ((share.direction.name, "") for share, _ in columns))
    yield row("Period start", ((f"{since:%d.%m.%Y}", "") for _ in columns))
    yield row("Period end", ((f"{until:%d.%m.%Y}", "") for _ in columns))
    yield row("Metering Interval", (("QH (viertelstündlich)", "") for _ in columns))
    yield row("Metercode", ((code, "MM") for _, code in columns))
    yield row("Spaltensumme", (("", "") for _ in columns))


def _energy(
    share: Share,
    at: datetime,
    sun: float,
    base: float,
    who: Sequence[Member],
    rng: random.Random,
) -> int:
    hour = at.hour + at.minute / 60
    if share.direction is Direction.GENERATION:
        owner = next(member.name for member in who if share in member.points)
        height = math.sin(math.pi * (hour - 6) / 12) if 6 < hour < 18 else 0.0
        kwh = _PANELS.get(owner, 5.0) / 4 * sun * height * rng.uniform(0.7, 1.0)
    else:
        evening = math.exp(-((hour - 19) ** 2) / 6)
        kwh = base + 0.25 * evening * rng.uniform(0.2, 1.0)
    return round(kwh * _MILLIWH / _FINEST) * _FINEST


def _cells(shares: Sequence[Share], energies: Sequence[int]) -> Iterator[float | str]:
    consumes = [share.direction is Direction.CONSUMPTION for share in shares]
    # Shared by whole watt-hours, as the operator tells it.
    shared = by_need(
        [energy // _FINEST if is_ else 0 for energy, is_ in zip(energies, consumes, strict=True)],
        [0 if is_ else energy // _FINEST for energy, is_ in zip(energies, consumes, strict=True)],
    )
    for place, (is_need, energy) in enumerate(zip(consumes, energies, strict=True)):
        whole, got = energy / _MILLIWH, shared.got[place] / _FINEST
        told = (whole, got, got) if is_need else (whole, whole - shared.given[place] / _FINEST)
        for cell in told:
            yield round(cell, 3)
            yield "L1"
