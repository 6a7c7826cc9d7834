"""Share a month's quarter hours by the community's rules: what each point got, gave and owes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from community.days import days_from, local, minute_of, quarters_in
from community.membership import Member
from community.readings import MISSING, Direction, PointDay, Series
from community.refusal import NotDone
from community.rules import Rules
from community.store import Store
from node.core.sharing.keys import (
    WHOLE_FACTOR,
    Contract,
    Shared,
    by_contracts,
    by_factors,
    by_need,
    in_sum,
    taking_part,
)
from node.core.sharing.money import Account
from node.core.sharing.prices import LocalTime, price_per_kwh

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Hold a point that takes part on a day: whose it is, and its factors."""

    point: str
    member: str
    direction: Direction
    factor: int
    part: int


@dataclass(slots=True, kw_only=True)
class PointSum:
    """Add up a point's energies over days: all that it metered, and what was shared of it (mWh)."""

    metered: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayShared:
    """Hold a day's result by the order of its holdings: energies, and exact money (see `money`)."""

    day: date
    holdings: Sequence[Holding]
    sums: Sequence[PointSum]
    account: Account


def holdings_on(members: Sequence[Member], day: date) -> list[Holding]:
    """Give the points that take part on a day, by the order of their names' bytes."""
    found = [
        Holding(
            point=share.point,
            member=member.name,
            direction=share.direction,
            factor=share.factor,
            part=share.part,
        )
        for member in members
        for share in member.points
        if share.holds(day)
    ]
    return sorted(found, key=lambda holding: holding.point)


def allocate(
    store: Store, rules: Rules, since: date, until: date, tell: Callable[[date], None]
) -> Iterator[DayShared]:
    """Share every quarter hour of the days, one day at a time; `tell` hears of each.

    Raises:
        NotDone: a quarter hour of a point is missing, or both sides are not equal.
    """
    members = store.members()
    for day in days_from(since, until):
        tell(day)
        yield _Day(store, rules, day, holdings_on(members, day)).shared()


class _Day:
    """Share one day."""

    def __init__(self, store: Store, rules: Rules, day: date, holdings: Sequence[Holding]) -> None:
        self._rules = rules
        self._day = day
        self._holdings = holdings
        self._quarters = quarters_in(day, rules.local)
        self._metered = self._energies(store.days.on(day, Series.METERED))
        self._allocated = (
            self._energies(store.days.on(day, Series.ALLOCATED))
            if rules.shares == "operator"
            else None
        )
        self._contracts = self._contracts_of(rules)
        self._factors = [holding.factor for holding in holdings]
        self._parts = [holding.part for holding in holdings]
        self._is_part = any(part != WHOLE_FACTOR for part in self._parts)

    def shared(self) -> DayShared:
        """Give its result."""
        places = range(len(self._holdings))
        sums = [PointSum(metered=sum(self._metered[place])) for place in places]
        account = Account.of(len(self._holdings))
        consumes = [holding.direction is Direction.CONSUMPTION for holding in self._holdings]
        price_rule, grid = self._rules.price.price_rule(), self._rules.price.grid_prices()
        for quarter in range(self._quarters):
            energies = [row[quarter] for row in self._metered]
            if self._is_part:
                energies = taking_part(energies, self._parts)
            need = [
                energy if is_need else 0 for energy, is_need in zip(energies, consumes, strict=True)
            ]
            surplus = [
                0 if is_need else energy for energy, is_need in zip(energies, consumes, strict=True)
            ]
            if self._rules.shares == "peer":
                parts = by_contracts(need, surplus, self._contracts)
                shared = in_sum(self._contracts, parts, len(self._holdings))
                account.add_contracts(self._contracts, parts)
            else:
                shared = self._by_key(need, surplus, quarter, consumes)
                at = local(self._day, quarter, self._rules.local)
                price = price_per_kwh(
                    price_rule,
                    grid,
                    LocalTime(weekday=at.weekday(), minute=minute_of(at)),
                    need=sum(need),
                    surplus=sum(surplus),
                )
                account.add(shared, price)
            for total, got, given in zip(sums, shared.got, shared.given, strict=True):
                total.shared += got + given
        return DayShared(day=self._day, holdings=self._holdings, sums=sums, account=account)

    def _by_key(
        self, need: Sequence[int], surplus: Sequence[int], quarter: int, consumes: Sequence[bool]
    ) -> Shared:
        match self._rules.shares:
            case "static":
                return by_factors(need, surplus, self._factors, hands_on=False)
            case "static handed on":
                return by_factors(need, surplus, self._factors, hands_on=True)
            case "operator":
                return self._as_allocated(quarter, consumes)
            case _:
                return by_need(need, surplus)

    def _as_allocated(self, quarter: int, consumes: Sequence[bool]) -> Shared:
        assert self._allocated is not None
        energies = [row[quarter] for row in self._allocated]
        got = [energy if is_need else 0 for energy, is_need in zip(energies, consumes, strict=True)]
        given = [
            0 if is_need else energy for energy, is_need in zip(energies, consumes, strict=True)
        ]
        if sum(got) != sum(given):
            at = local(self._day, quarter, self._rules.local)
            raise NotDone(
                f"{at:%Y-%m-%d %H:%M}: own coverage of consumers is {sum(got)} mWh, own coverage of"
                f" producers {sum(given)} mWh: ask the grid operator for this day again"
            )
        return Shared(got=got, given=given)

    def _energies(self, known: Mapping[str, PointDay]) -> list[Sequence[int]]:
        return [self._row(holding, known.get(holding.point)) for holding in self._holdings]

    def _row(self, holding: Holding, found: PointDay | None) -> Sequence[int]:
        if found is None:
            raise NotDone(
                f"{holding.point} ({holding.member}): nothing is known of {self._day}; `community"
                " status` says what is missing"
            )
        if found.direction is not holding.direction:
            raise NotDone(
                f"{holding.point} ({holding.member}): {found.direction.value} in its file, and"
                f" {holding.direction.value} in the table of members"
            )
        if len(found.energies) != self._quarters:
            raise NotDone(
                f"{holding.point}: {len(found.energies)} quarter hours on {self._day}, which has"
                f" {self._quarters} in {self._rules.zone}"
            )
        if MISSING in found.energies:
            raise NotDone(
                f"{holding.point} ({holding.member}): {len(found.missing)} quarter hours are"
                f" missing on {self._day}; `community status` lists them"
            )
        return found.energies

    def _contracts_of(self, rules: Rules) -> list[Contract]:
        if rules.shares != "peer":
            return []
        places = {holding.point: place for place, holding in enumerate(self._holdings)}
        return [
            Contract(
                giver=places[contract.giver],
                taker=places[contract.taker],
                factor=round(contract.factor_percent * WHOLE_FACTOR / _PERCENT),
                price_per_kwh=contract.price_per_kwh,
            )
            for contract in rules.contracts
            if contract.giver in places and contract.taker in places
        ]
