"""Measure what forecasts are worth: a year of a real street bids on them, hour by hour.

The data: hourly load and solar of six homes for a year, and the same six a week later (`village/
data`). Each hour homes order on what they believe, the market clears by the tick rule, and what
the meters show beyond the fills is settled at the grid's two tariffs. Every belief goes through
the same bidding rule; only the belief differs:

    perfect        the hour's own need or surplus
    in the village node.core.forecast as a node can know it: every hour up to the one before the
                   last, and of the last, which is still running, what has been measured at its two
                   looks before the gate (`community.study.looks`)
    in a street    the same with the gate and the interval of a real street
    without it     the same without the running hour
    hour before    the same, were the running hour known whole: the ceiling, which no node reaches
    plain mean     the mean of the last hour that has ended and the same hour a week ago

The first week only teaches; no chain, no gas, no batteries, no wiring.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from bench.report import AtLeast, Row, row
from community.study.looks import STREET, looks_of, running
from community.study.market import TERMS, Day, Market, Outcomes, bill
from node.core.auction.tariff import Tariff
from node.core.forecast.need import absorb_interval, forecast, new_forecast
from node.core.forecast.records import thinned
from node.core.forecast.running import Running
from node.core.units import MILLIWH_PER_WH
from village.market.homes import GATE_LEAD_S, INTERVAL_S
from village.plant.homes_data import FONTANA_CSV, HOUR_S, HOURS_PER_WEEK, read_profiles

FIRST_DAY = date(2016, 8, 1)
HOMES = 12
STREETS = (12, 6)
DAYS, QUICK_DAYS = 365, 28
TEACHING_DAYS = 7
HOURS_PER_DAY = 24
TARIFF = Tariff(feed_in_per_kwh=40_000, tick_size_per_kwh=2_659)
"""Quartierstrom's: feed-in 0.04, retail 0.2075 a kWh (a field test of 37 homes)."""
VILLAGE = looks_of(INTERVAL_S, GATE_LEAD_S)
LOOKS = {"in the village": VILLAGE, "in a street": STREET}
PERFECT, OLD, WHOLE, PLAIN = "perfect", "without it", "hour before", "plain mean"
NAMES = (PERFECT, *LOOKS, OLD, WHOLE, PLAIN)
TOGETHER, CAPTURED = "days that save, all together", "part of perfect saving"
UNPAID = "unpaid beyond twice the order"

BARS = {(f"12 homes, {name}", TOGETHER): AtLeast(0.95) for name in LOOKS} | {
    (f"{homes} homes, {name}", CAPTURED): AtLeast(bar)
    for homes, bars in ((12, (0.39, 0.44)), (6, (0.36, 0.41)))
    for name, bar in zip(LOOKS, bars, strict=True)
}


class Home:
    """Hold what one home has seen, and tell what it believes; energies in milliwatt-hours.

    `name` and `seed` say how the running hours are played.
    """

    def __init__(self, loads: Sequence[int], solar: Sequence[int], name: str, seed: int) -> None:
        self._loads = loads
        self._solar = solar
        self._name, self._seed = name, seed
        self.state = new_forecast(HOUR_S)

    def net(self, hour: int) -> int:
        """Give an hour's need, or below zero its surplus."""
        return self._loads[hour] - self._solar[hour]

    def beliefs(self, hour: int) -> dict[str, tuple[Outcomes, ...]]:
        """Tell what is believed of an hour at each look, while the hour before it is running."""
        week_ago = hour - HOURS_PER_WEEK
        plain = (self.net(hour - 2) + self.net(week_ago)) // 2 if week_ago >= 0 else None
        found: dict[str, tuple[Outcomes, ...]] = {
            PERFECT: ((self.net(hour),),),
            OLD: (self._outcomes(hour, None),),
            WHOLE: (self._outcomes(hour, self._running(hour - 1, 1.0)),),
            PLAIN: (() if plain is None else (plain,),),
        }
        for name, looks in LOOKS.items():
            found[name] = tuple(
                self._outcomes(hour, self._running(hour - 1, part))
                for part in (looks.first, looks.last)
            )
        return found

    def learn(self, hour: int) -> None:
        """Take in an hour that has ended."""
        self.state = absorb_interval(self.state, hour, self._loads[hour], self._solar[hour])

    def _running(self, hour: int, part: float) -> Running | None:
        if hour < 0:
            return None
        seed = f"{self._seed} {self._name}"
        return running(hour, self._loads[hour], self._solar[hour], part, seed)

    def _outcomes(self, hour: int, running: Running | None) -> Outcomes:
        told = forecast(self.state, hour, running)
        return () if told is None else thinned(told.outcomes_milliwh)


def rows(quick: bool, seed: int) -> Iterator[Row]:
    """Play the year, and report each street under each belief."""
    homes = read_homes(seed)
    days = QUICK_DAYS if quick else DAYS
    markets = play(homes, days)
    for street in STREETS:
        bills = _bills(homes[:street], days)
        perfect = _total(markets[street, PERFECT].days(TEACHING_DAYS))
        for name in NAMES:
            found = markets[street, name].days(TEACHING_DAYS)
            yield from _street_rows(f"{street} homes, {name}", found, bills, perfect)
    yield from _home_rows(homes, markets[HOMES, "in a street"].days(TEACHING_DAYS))


def read_homes(seed: int) -> list[Home]:
    """Read the year; a watt-hour of the file is a thousand milliwatt-hours of a real street."""
    profiles = read_profiles(FONTANA_CSV, homes=HOMES, first_day=FIRST_DAY)
    return [
        Home(
            [load * MILLIWH_PER_WH for load in profile.load_mw],
            [solar * MILLIWH_PER_WH for solar in profile.pv_mw],
            str(number),
            seed,
        )
        for number, profile in enumerate(profiles.homes, start=1)
    ]


def play(homes: Sequence[Home], days: int) -> dict[tuple[int, str], Market]:
    """Let every street trade on every belief; each home forecasts once for all of them."""
    markets = {
        (street, name): Market([TERMS] * street, TARIFF, HOURS_PER_DAY)
        for street in STREETS
        for name in NAMES
    }
    for hour in range(days * HOURS_PER_DAY):
        beliefs = [home.beliefs(hour) for home in homes]
        nets = [home.net(hour) for home in homes]
        for (_, name), market in markets.items():
            market.order(hour, [belief[name] for belief in beliefs])
            market.settle(hour, nets)
        for home in homes:
            # The hour before has ended; this one runs while the next is ordered.
            if hour:
                home.learn(hour - 1)
    return markets


def _street_rows(case: str, days: Sequence[Day], bills: int, perfect: int) -> Iterator[Row]:
    together = [sum(day.savings) > 0 for day in days]
    each = [_share([saved > 0 for saved in home]) for home in _by_home(days)]
    never_worse = [_share([saved >= 0 for saved in home]) for home in _by_home(days)]
    count = len(days)
    yield row("forecast", case, count, TOGETHER, _share(together), "1")
    yield row("forecast", case, count, "days that save, mean of homes", _mean(each), "1")
    yield row("forecast", case, count, "days that save, least home", min(each), "1")
    yield row("forecast", case, count, "days not worse, mean of homes", _mean(never_worse), "1")
    losing = sum(sum(home) <= 0 for home in _by_home(days))
    yield row("forecast", case, count, "homes that lose over all", losing, "homes")
    yield row("forecast", case, count, "saving", 100 * _total(days) / bills, "% of bills")
    lost = sum(day.unpaid for day in days)
    yield row("forecast", case, count, UNPAID, 100 * lost / bills, "% of bills")
    yield row("forecast", case, count, CAPTURED, _total(days) / perfect, "1")


def _home_rows(homes: Sequence[Home], days: Sequence[Day]) -> Iterator[Row]:
    for number, (home, savings) in enumerate(zip(homes, _by_home(days), strict=True), start=1):
        case, accuracy = f"home {number}, in a street", home.state.accuracy
        saved = _share([saving > 0 for saving in savings])
        yield row("forecast", case, len(days), "days that save", saved, "1")
        for metric, error in (
            ("mean absolute error", accuracy.error_milliwh),
            ("that of the last hour", accuracy.plain_milliwh),
        ):
            yield row("forecast", case, len(days), metric, (error or 0) / MILLIWH_PER_WH, "Wh")


def _bills(homes: Sequence[Home], days: int) -> int:
    """Give what the homes pay in all without a market, over the days that count."""
    hours = range(TEACHING_DAYS * HOURS_PER_DAY, days * HOURS_PER_DAY)
    return sum(bill(home.net(hour), TARIFF) for home in homes for hour in hours)


def _by_home(days: Sequence[Day]) -> list[tuple[int, ...]]:
    return list(zip(*(day.savings for day in days), strict=True))


def _total(days: Sequence[Day]) -> int:
    return sum(sum(day.savings) for day in days)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
