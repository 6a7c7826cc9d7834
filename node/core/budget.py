"""Keep what a day costs within its budget: counted as it is asked for, given back if refused."""

from dataclasses import dataclass

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Hold what was spent on a calendar day (days since 1970, UTC)."""

    day: int
    amount: int


def day_of(calendar_s: float) -> int:
    """Give the day of a calendar instant, in days since 1970 (UTC)."""
    return int(calendar_s // SECONDS_PER_DAY)


def spent_today(spent: Spent, calendar_s: float) -> int:
    """Give what has been spent on the day of a calendar instant.

    A clock that goes back a day is no new day: what was spent on a later one counts.
    """
    return spent.amount if spent.day >= day_of(calendar_s) else 0


def spend(spent: Spent, calendar_s: float, amount: int) -> Spent:
    """Count an amount against the day's budget."""
    day = max(spent.day, day_of(calendar_s))
    return Spent(day=day, amount=spent_today(spent, calendar_s) + amount)


def give_back(spent: Spent, day: int, amount: int) -> Spent:
    """Take an amount that was counted on a day off it again, unless the day is over."""
    if spent.day != day:
        return spent
    return Spent(day=day, amount=max(0, spent.amount - amount))
