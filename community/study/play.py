"""Play a scenario: each interval shared by each rule, by the product's own functions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from community.days import minute_of
from community.refusal import NotDone
from community.study.auction import Auction, Traded
from community.study.battery import through
from community.study.homes import Data, Home, known
from community.study.scenario import Scenario
from node.core.auction.tariff import Tariff, ladder
from node.core.sharing.keys import (
    WHOLE_FACTOR,
    Limits,
    Shared,
    by_factors,
    by_limits,
    by_need,
)
from node.core.sharing.prices import LocalTime, price_per_kwh
from node.core.units import MILLIWH_PER_KWH

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold an interval under one rule: what each home got and gave, and at what price.

    `savings` are base units against no market, where a contract has settled them; None where the
    price says it all.
    """

    rule: str
    shared: Shared
    price_per_kwh: int
    savings: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Hold an interval: when it begins, what each home needed and had over, and its outcomes."""

    begin: datetime
    need: Sequence[int]
    surplus: Sequence[int]
    outcomes: Sequence[Outcome]


@dataclass(slots=True, kw_only=True)
class Bill:
    """Add up what a home pays under one rule, exactly: base units times milliwatt-hours per kWh."""

    pays: int = 0
    got: int = 0
    gave: int = 0

    @property
    def amount(self) -> int:
        """Give it in base units, half up; below 0 is what the home receives."""
        return (self.pays + MILLIWH_PER_KWH // 2) // MILLIWH_PER_KWH


def play(
    scenario: Scenario, data: Data, homes: Sequence[Home], tell: Callable[[int], None]
) -> Iterator[Interval]:
    """Give every interval in its turn; `tell` hears of each one's number.

    Raises:
        NotDone: the scenario names a home that is not there, or prices without an auction.
    """
    for what, named in (
        ("factors_percent", scenario.factors_percent),
        ("limits", scenario.limits),
        ("batteries", scenario.batteries),
    ):
        known(homes, named, what)
    rules = _Rules(scenario, data, homes)
    nets = [
        through(scenario.batteries.get(home.name), home.load, home.solar, data.interval_s)
        for home in homes
    ]
    for number, begin in enumerate(data.begins):
        tell(number)
        pairs = [next(net) for net in nets]
        need, surplus = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        yield Interval(
            begin=begin,
            need=need,
            surplus=surplus,
            outcomes=rules.outcomes(number, begin, need, surplus),
        )


def bill(bills: Sequence[Bill], interval: Interval, outcome: Outcome, scenario: Scenario) -> None:
    """Add an interval to the homes' bills: neighbours at the price, the rest at the grid's.

    Where a contract has settled, its word counts: a fill need not be what the meter showed.
    """
    grid, price = scenario.price.grid_prices(), outcome.price_per_kwh
    for place, found in enumerate(bills):
        got, gave = outcome.shared.got[place], outcome.shared.given[place]
        found.got += got
        found.gave += gave
        if outcome.savings is not None:
            found.pays += interval.need[place] * grid.retail_per_kwh
            found.pays -= interval.surplus[place] * grid.feed_in_per_kwh
            found.pays -= outcome.savings[place] * MILLIWH_PER_KWH
            continue
        found.pays += (got - gave) * price
        found.pays += (interval.need[place] - got) * grid.retail_per_kwh
        found.pays -= (interval.surplus[place] - gave) * grid.feed_in_per_kwh


class _Rules:
    """Share one interval after the other by the scenario's rules."""

    def __init__(self, scenario: Scenario, data: Data, homes: Sequence[Home]) -> None:
        self._scenario = scenario
        self._price_rule, self._grid = scenario.price.price_rule(), scenario.price.grid_prices()
        told = scenario.factors_percent
        self._factors = [
            round(told.get(home.name, 0) * WHOLE_FACTOR / _PERCENT)
            if told
            else WHOLE_FACTOR // len(homes)
            for home in homes
        ]
        self._tariff = _tariff(scenario)
        self._auction = (
            Auction(scenario, data, homes, self._tariff) if "auction" in scenario.rules else None
        )
        self._limits = [self._limits_of(home.name) for home in homes]

    def outcomes(
        self, number: int, begin: datetime, need: Sequence[int], surplus: Sequence[int]
    ) -> list[Outcome]:
        """Share an interval by each rule."""
        price = price_per_kwh(
            self._price_rule,
            self._grid,
            LocalTime(weekday=begin.weekday(), minute=minute_of(begin)),
            need=sum(need),
            surplus=sum(surplus),
        )
        found = []
        for rule in self._scenario.rules:
            if rule == "auction":
                assert self._auction is not None
                found.append(_traded(rule, self._auction.trade(number, need, surplus)))
                continue
            shared, at = self._by(rule, need, surplus, price)
            found.append(Outcome(rule=rule, shared=shared, price_per_kwh=at))
        return found

    def _by(
        self, rule: str, need: Sequence[int], surplus: Sequence[int], price: int
    ) -> tuple[Shared, int]:
        match rule:
            case "dynamic":
                return by_need(need, surplus), price
            case "static":
                return by_factors(need, surplus, self._factors, hands_on=False), price
            case "static handed on":
                return by_factors(need, surplus, self._factors, hands_on=True), price
            case "auction after the fact":
                shared, tick = by_limits(need, surplus, self._limits)
                return shared, self._tariff.price_per_kwh(tick)
            case _:
                nothing = [0] * len(need)
                return Shared(got=nothing, given=nothing), price

    def _limits_of(self, name: str) -> Limits:
        own = self._scenario.limits.get(name)
        buy = own.buy_per_kwh if own is not None else self._tariff.retail_per_kwh
        sell = own.sell_per_kwh if own is not None else self._tariff.feed_in_per_kwh
        sells = sell <= self._tariff.retail_per_kwh
        return Limits(
            bid_tick=self._tariff.bid_tick(buy),
            offer_tick=self._tariff.offer_tick(sell) if sells else None,
        )


def _traded(rule: str, traded: Traded) -> Outcome:
    return Outcome(
        rule=rule,
        shared=traded.shared,
        price_per_kwh=traded.price_per_kwh,
        savings=traded.savings,
    )


def _tariff(scenario: Scenario) -> Tariff:
    grid = scenario.price.grid_prices()
    try:
        return ladder(grid.feed_in_per_kwh, grid.retail_per_kwh)
    except ValueError as error:
        raise NotDone(f"price.retail: must be {error}") from error
