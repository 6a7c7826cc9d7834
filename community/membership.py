"""Who is a member, with which metering points, from when until when; told by a table of members."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from community.readings import Direction
from community.refusal import NotDone
from node.core.sharing.keys import WHOLE_FACTOR

COLUMNS = (
    "member", "address", "point", "direction", "since", "until", "factor_percent", "part_percent",
    "consent_since", "consent_until",
)  # fmt: skip
_NEEDED = ("member", "point", "direction", "since")
_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Hold a point that takes part: in which days, its static factor, and which part of it.

    Both are hundredths of a per cent; the first day without it is `until`.
    """

    point: str
    direction: Direction
    since: date
    until: date | None
    factor: int
    part: int

    def holds(self, day: date) -> bool:
        """Say whether it takes part on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Hold a member, and since and until when it agrees that its readings are used."""

    name: str
    address: str
    consent_since: date | None
    consent_until: date | None
    points: Sequence[Share]


def read_members(text: str) -> list[Member]:
    """Read a table of members: a line for each point, its columns named in the first one.

    Raises:
        NotDone: something in it is wrong; the sentence names the line.
    """
    separator = ";" if text.count(";") > text.count(",") else ","
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator)
    head = list(rows.fieldnames or [])
    if unknown := [name for name in head if name not in COLUMNS]:
        raise NotDone(f"line 1: no column is called {unknown[0]!r}; known: {', '.join(COLUMNS)}")
    if lacking := [name for name in _NEEDED if name not in head]:
        raise NotDone(f"line 1: the column {lacking[0]!r} is not there")
    found: dict[str, Member] = {}
    for row in rows:
        member = _member(row, rows.line_num)
        before = found.get(member.name)
        if before is not None and _person(before) != _person(member):
            raise NotDone(f"line {rows.line_num}: {member.name} had another address or consent")
        points = [*(before.points if before else ()), *member.points]
        found[member.name] = Member(
            name=member.name,
            address=member.address,
            consent_since=member.consent_since,
            consent_until=member.consent_until,
            points=points,
        )
    if not found:
        raise NotDone("no member is in it")
    return [found[name] for name in sorted(found)]


def written(members: Sequence[Member]) -> str:
    """Write members as `read_members` reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_lines(members))
    return text.getvalue()


def _lines(members: Sequence[Member]) -> Iterator[list[str]]:
    for member in members:
        for share in member.points:
            yield [
                member.name, member.address, share.point, share.direction.value,
                share.since.isoformat(), _day(share.until), _told(share.factor), _told(share.part),
                _day(member.consent_since), _day(member.consent_until),
            ]  # fmt: skip


def _member(row: dict[str, str | None], line: int) -> Member:
    def cell(name: str) -> str:
        return (row.get(name) or "").strip()

    for name in _NEEDED:
        if not cell(name):
            raise NotDone(f"line {line}: {name} is empty")
    try:
        direction = Direction(cell("direction"))
    except ValueError:
        raise NotDone(
            f"line {line}: direction {cell('direction')!r} is neither consumption nor generation"
        ) from None
    share = Share(
        point=cell("point"),
        direction=direction,
        since=_read_day(cell("since"), "since", line),
        until=_read_day(cell("until"), "until", line) if cell("until") else None,
        factor=_percent(cell("factor_percent") or "0", "factor_percent", line),
        part=_percent(cell("part_percent") or "100", "part_percent", line),
    )
    if share.until is not None and share.until <= share.since:
        raise NotDone(f"line {line}: until {share.until} is not after since {share.since}")
    return Member(
        name=cell("member"),
        address=cell("address"),
        consent_since=_optional(cell("consent_since"), "consent_since", line),
        consent_until=_optional(cell("consent_until"), "consent_until", line),
        points=[share],
    )


def _person(member: Member) -> tuple[object, ...]:
    return member.address, member.consent_since, member.consent_until


def _optional(text: str, name: str, line: int) -> date | None:
    return _read_day(text, name, line) if text else None


def _read_day(text: str, name: str, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotDone(f"line {line}: {name} {text!r} is no day as 2026-11-30 is one") from None


def _percent(text: str, name: str, line: int) -> int:
    try:
        found = Decimal(text.replace(",", ".")) * (WHOLE_FACTOR // _PERCENT)
        whole = int(found)
    except (InvalidOperation, ValueError, OverflowError):
        raise NotDone(f"line {line}: {name} {text!r} is no number") from None
    if found != whole or not 0 <= whole <= WHOLE_FACTOR:
        raise NotDone(f"line {line}: {name} {text} is not from 0 to 100 in steps of 0.01")
    return whole


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _told(factor: int) -> str:
    return f"{Decimal(factor) * _PERCENT / WHOLE_FACTOR:f}"
