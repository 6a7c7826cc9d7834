"""Say what of a month is there: complete, or which points lack what on which days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from community.allocation import holdings_on
from community.days import days_from, local, quarters_in
from community.readings import PointDay, Quality, Series
from community.rules import Rules
from community.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Hold how many quarter hours a point lacks on a day, and when the first of them begins."""

    point: str
    member: str
    day: date
    count: int
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Hold what is missing, what is not measured, and points that are nobody's or of no file."""

    gaps: Sequence[Gap]
    estimated: int
    strangers: Sequence[str]

    @property
    def is_complete(self) -> bool:
        """Say whether the month can be billed."""
        return not self.gaps


def completeness(store: Store, rules: Rules, since: date, until: date) -> Completeness:
    """Look through the days for what is missing.

    `strangers` are points of which files tell and that no member has in these days: the list of
    active points is to be compared with the grid operator's.
    """
    members, gaps, estimated = store.members(), [], 0
    strangers: set[str] = set()
    for day in days_from(since, until):
        known = store.days.on(day, Series.METERED)
        holdings = holdings_on(members, day)
        count = quarters_in(day, rules.local)
        for holding in holdings:
            found = known.pop(holding.point, None)
            missing = range(count) if found is None else found.missing
            if missing:
                gaps.append(
                    Gap(
                        point=holding.point,
                        member=holding.member,
                        day=day,
                        count=len(missing),
                        first=f"{local(day, missing[0], rules.local):%H:%M}",
                    )
                )
            estimated += _not_measured(found)
        strangers.update(known)
    return Completeness(gaps=gaps, estimated=estimated, strangers=sorted(strangers))


def sentences(found: Completeness) -> Iterator[str]:
    """Say it as an operator does."""
    if found.is_complete:
        yield "complete"
    by_day: dict[tuple[date, int], list[Gap]] = {}
    for gap in found.gaps:
        by_day.setdefault((gap.day, gap.count), []).append(gap)
    for (day, count), gaps in by_day.items():
        points = "this point lacks" if len(gaps) == 1 else f"these {len(gaps)} points lack"
        named = ", ".join(f"{gap.point} ({gap.member}, from {gap.first})" for gap in gaps)
        yield f"{day}: {points} {count} quarter hours: {named}"
    if found.estimated:
        yield f"{found.estimated} quarter hours are substitutes or estimates (L2, L3)"
    for point in found.strangers:
        yield f"{point}: files tell of it, and no member has it in these days"


def _not_measured(found: PointDay | None) -> int:
    if found is None:
        return 0
    return sum(quality in (Quality.SUBSTITUTE, Quality.ESTIMATED) for quality in found.qualities)
