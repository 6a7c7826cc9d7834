"""Work out what a member owes beside the energy's price: grid fees, taxes, dues; a table's rows.

A fee is on energy, for each month, or a part of what was charged so far. A grid fee that near
sharing reduces is the same row with its reduction. Amounts are exact fractions of a base unit, so
that a bill rounds each of its lines once.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from math import floor

from node.core.units import MILLIWH_PER_KWH

_WHOLE = 10_000
"""Rates of a part and reductions are in hundredths of a per cent."""


class Base(Enum):
    """Name what a fee is taken on."""

    SHARED = "shared"
    """What the member got from its neighbours."""
    GRID = "grid"
    """What it drew beside that."""
    GIVEN = "given"
    """What it gave to its neighbours."""
    FED_IN = "fed in"
    """What it fed in beside that."""
    MONTH = "month"
    """Being a member, for each month; a part of one by its days."""
    CHARGED = "charged"
    """The price of what it got, and all fees that stand before this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Hold a row: what it is called, what it is taken on, how much, and from when until when.

    `rate` is base units per kilowatt-hour or per month, and on `CHARGED` hundredths of a per cent;
    `reduction` takes so many hundredths of a per cent off it. `until` is the first day without it.
    """

    name: str
    base: Base
    rate: int
    reduction: int
    since: date
    until: date | None

    def is_in_force(self, day: date) -> bool:
        """Say whether it is charged on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Hold what a member used in days of one month in which the same fees are in force.

    Energies are milliwatt-hours; `price` is what it owes for what it got, exactly: energy times
    base units per kilowatt-hour.
    """

    since: date
    until: date
    energies: Mapping[Base, int]
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Hold what one fee comes to over a period, in base units, not yet rounded."""

    fee: Fee
    amount: Fraction


def stretches(fees: Sequence[Fee], since: date, until: date) -> Iterator[tuple[date, date]]:
    """Cut the days from `since` until `until` at each month and wherever a fee begins or ends."""
    cuts = {since, until}
    cuts.update(fee.since for fee in fees)
    cuts.update(fee.until for fee in fees if fee.until is not None)
    month = _next_month(since)
    while month < until:
        cuts.add(month)
        month = _next_month(month)
    inside = sorted(cut for cut in cuts if since <= cut <= until)
    return pairwise(inside)


def charges(fees: Sequence[Fee], usages: Sequence[Usage]) -> list[Charge]:
    """Give each fee of a period, in the order of the table.

    A fee on what was `CHARGED` takes the exact amounts of those before it, not the rounded ones, of
    the days in which it is in force.
    """
    charged = [Fraction(usage.price, MILLIWH_PER_KWH) for usage in usages]
    found = []
    for fee in fees:
        amounts = [
            _amount(fee, usage, so_far) for usage, so_far in zip(usages, charged, strict=True)
        ]
        charged = [so_far + amount for so_far, amount in zip(charged, amounts, strict=True)]
        found.append(Charge(fee=fee, amount=sum(amounts, Fraction())))
    return found


def half_up(amount: Fraction, unit: int = 1) -> int:
    """Round base units to whole units of so many of them; halves away from 0, as bills do."""
    whole = floor(abs(amount) / unit + Fraction(1, 2))
    return whole if amount >= 0 else -whole


def _amount(fee: Fee, usage: Usage, charged: Fraction) -> Fraction:
    if not fee.is_in_force(usage.since):
        return Fraction()
    rate = Fraction(fee.rate * (_WHOLE - fee.reduction), _WHOLE)
    match fee.base:
        case Base.MONTH:
            days_in_month = monthrange(usage.since.year, usage.since.month)[1]
            return rate * (usage.until - usage.since).days / days_in_month
        case Base.CHARGED:
            return rate * charged / _WHOLE
        case _:
            return rate * usage.energies.get(fee.base, 0) / MILLIWH_PER_KWH


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
