"""Plan where a home's node is to crash: at each durable step that its lives surely pass.

What a life passes varies with timing: a block, a boundary or a receipt comes a moment sooner or
later. So several lives are searched, and a step counts as sure when each of them has passed it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.crashing_node import KINDS

NOWHERE = "-"
"""A point that no life passes: to search one."""
ALWAYS_PASSED = (
    "promise OpenOrder before#1",
    "promise OpenOrder after#1",
    "send OpenOrder before#1",
    "send OpenOrder after#1",
    "relay close before#1",
    "relay close after#1",
    "text drawing before#1",
    "text drawing after#1",
    "text receipt before#1",
    "relay renew after#1",
    "promise OpenOrder after#2",
)
"""Steps of the buyer that every need has, for a sample without a search."""
ALWAYS_PASSED_BY_SELLER = (
    "relay consent after#1",
    "promise Redeem before#1",
    "promise Redeem after#1",
    "send Redeem before#1",
    "send Redeem after#1",
    "promise Redeem after#2",
)

Passed = Sequence[str]
"""The points that one life has passed, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """Say where and how a home's node is to crash; `fresh` takes its journal away before."""

    home: str
    point: str
    kind: str
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold the crashes of a home, and the points that only some of the searched lives passed."""

    crashes: tuple[Crash, ...]
    seldom: tuple[str, ...]


def planned(home: str, first: Sequence[Passed], later: Sequence[Passed]) -> Plan:
    """Plan a crash of each kind at every point that is sure in first lives, or in later ones.

    A first life is one without a journal; in it is crashed only where later ones may not pass.
    """
    in_later = _passed_by_all(later)
    in_first = [point for point in _passed_by_all(first) if point not in in_later]
    sure = {*in_later, *in_first}
    seen = dict.fromkeys(point for life in (*first, *later) for point in life)
    return Plan(
        crashes=(
            *_in_each_way(home, in_first, fresh=True),
            *_in_each_way(home, in_later, fresh=False),
        ),
        seldom=tuple(point for point in seen if point not in sure),
    )


def _passed_by_all(lives: Sequence[Passed]) -> list[str]:
    return [point for point in lives[0] if all(point in life for life in lives[1:])]


def _in_each_way(home: str, points: Iterable[str], *, fresh: bool) -> Iterable[Crash]:
    for point in points:
        for kind in KINDS:
            yield Crash(home=home, point=point, kind=kind, fresh=fresh)
