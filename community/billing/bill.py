"""Work a month's bills out of what was shared; the same readings and rules give the same bills.

Money is rounded once a line, to hundredths of the currency, and what all pay for energy is what all
receive for it, to the hundredth (see `node.core.sharing.money`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from community.allocation import DayShared
from community.days import days_from
from community.fees import Base, Charge, Fee, Usage, charges, half_up, stretches
from community.membership import Member
from community.readings import Direction
from community.rules import Rules
from node.core.sharing.money import Account
from node.core.wire.json_text import read_json

CENT = 10_000
"""Base units of a hundredth, of 6 decimals."""


def month_after(month: date) -> date:
    """Give the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


@dataclass(slots=True, kw_only=True)
class _Days:
    """What one member did, day by day, and each of its points over all days."""

    energies: dict[date, dict[Base, int]] = field(default_factory=dict)
    pays: dict[date, int] = field(default_factory=dict)
    receives: dict[date, int] = field(default_factory=dict)
    points: dict[str, tuple[Direction, int, int]] = field(default_factory=dict)


def bills(
    rules: Rules,
    members: Sequence[Member],
    month: date,
    days: Iterable[DayShared],
    billed: Iterable[str],
) -> dict[str, str]:
    """Give each member's bill of a month as its content, by name.

    Who took no part has none, but for those who were `billed` before: theirs says so now.
    """
    found = {name: _Days() for name in billed}
    for shared in days:
        _add(found, shared)
    names = sorted(found)
    account = Account(
        pays=[sum(found[name].pays.values()) for name in names],
        receives=[sum(found[name].receives.values()) for name in names],
    )
    pays, receives = account.rounded(CENT)
    addresses = {member.name: member.address for member in members}
    return {
        name: _content(rules, month, name, addresses[name], found[name], paid, received)
        for name, paid, received in zip(names, pays, receives, strict=True)
    }


def total_of(content: str) -> int:
    """Give what a bill asks for in hundredths; below 0 is what the member receives."""
    bill = read_json(content)
    return int(bill["total"])


def _add(found: dict[str, _Days], shared: DayShared) -> None:
    for place, (holding, total) in enumerate(zip(shared.holdings, shared.sums, strict=True)):
        days = found.setdefault(holding.member, _Days())
        is_need = holding.direction is Direction.CONSUMPTION
        energies = days.energies.setdefault(shared.day, dict.fromkeys(Base, 0))
        energies[Base.SHARED if is_need else Base.GIVEN] += total.shared
        energies[Base.GRID if is_need else Base.FED_IN] += total.metered - total.shared
        days.pays[shared.day] = days.pays.get(shared.day, 0) + shared.account.pays[place]
        days.receives[shared.day] = (
            days.receives.get(shared.day, 0) + shared.account.receives[place]
        )
        _, metered, so_far = days.points.get(holding.point, (holding.direction, 0, 0))
        days.points[holding.point] = (
            holding.direction,
            metered + total.metered,
            so_far + total.shared,
        )


def _content(
    rules: Rules, month: date, name: str, address: str, days: _Days, paid: int, received: int
) -> str:
    fees = rules.fee_rows()
    lines = [_line(charge) for charge in charges(fees, _usages(fees, month, days)) if charge.amount]
    return json.dumps(
        {
            "community": rules.name,
            "issuer": rules.issuer.model_dump(),
            "member": {"name": name, "address": address},
            "month": f"{month:%Y-%m}",
            "currency": rules.currency,
            "points": [
                {
                    "point": point,
                    "direction": direction.value,
                    "metered_milliwh": metered,
                    "shared_milliwh": shared,
                }
                for point, (direction, metered, shared) in sorted(days.points.items())
            ],
            "got_milliwh": _sum(days, Base.SHARED),
            "given_milliwh": _sum(days, Base.GIVEN),
            "price_per_kwh": rules.price.fixed_per_kwh if rules.price.rule == "fixed" else None,
            "pays": paid,
            "receives": received,
            "fees": lines,
            "total": paid - received + sum(int(str(line["amount"])) for line in lines),
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def _usages(fees: Sequence[Fee], month: date, days: _Days) -> list[Usage]:
    """Cut the days in which the member took part wherever a fee changes."""
    usages = []
    for since, until in stretches(fees, month, month_after(month)):
        inside = [day for day in days_from(since, until) if day in days.energies]
        if not inside:
            continue
        energies = {base: sum(days.energies[day][base] for day in inside) for base in Base}
        usages.append(
            Usage(
                since=inside[0],
                until=inside[-1] + timedelta(days=1),
                energies=energies,
                price=sum(days.pays[day] for day in inside),
            )
        )
    return usages


def _line(charge: Charge) -> dict[str, object]:
    fee = charge.fee
    rate = Fraction(fee.rate * (10_000 - fee.reduction), 10_000)
    return {
        "name": fee.name,
        "base": fee.base.value,
        "rate": half_up(rate),
        "amount": half_up(charge.amount, CENT),
    }


def _sum(days: _Days, base: Base) -> int:
    return sum(energies[base] for energies in days.energies.values())
