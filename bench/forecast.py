"""Measure what forecasts are worth: a year of a real street bids on them, hour by hour.

The data: hourly load and solar of six homes for a year, and the same six a week later (`village/
data`). Each hour homes order on what they believe, the market clears by the tick rule, and what
the meters show beyond the fills is settled at the grid's two tariffs. Every belief goes through
the same bidding rule; only the belief differs:

    perfect      the hour's own need or surplus
    forecast     node.core.forecast, told every hour up to the one before
    an hour old  the same, without the hour before: the gate closed before its reading came
    plain mean   the mean of the last hour and the same hour a week ago

The first week only teaches; no chain, no gas, no batteries, no wiring.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from bench.forecast_market import HOURS_PER_DAY, Day, Market, Outcomes, bill
from bench.report import AtLeast, Row, row
from node.core.forecast import ForecastState, absorb_interval, forecast, new_forecast
from node.core.units import MILLIWH_PER_WH
from village.homes_data import FONTANA_CSV, HOUR_S, HOURS_PER_WEEK, read_profiles

FIRST_DAY = date(2016, 8, 1)
HOMES = 12
STREETS = (12, 6)
DAYS, QUICK_DAYS = 365, 28
TEACHING_DAYS = 7
PERFECT, FORECAST, OLD, PLAIN = "perfect", "forecast", "an hour old", "plain mean"
TOGETHER, CAPTURED = "days that save, all together", "part of perfect saving"
UNPAID = "unpaid beyond twice the order"

BARS = {
    (f"{homes} homes, {FORECAST}", metric): AtLeast(bar)
    for homes in STREETS
    for metric, bar in ((TOGETHER, 0.95), (CAPTURED, 0.4))
}


class Home:
    """Hold what one home has seen, and tell what it believes; energies in milliwatt-hours."""

    def __init__(self, loads: Sequence[int], solar: Sequence[int]) -> None:
        self._loads = loads
        self._solar = solar
        self.state = new_forecast(HOUR_S)
        self._before: ForecastState = self.state

    def net(self, hour: int) -> int:
        """Give an hour's need, or below zero its surplus."""
        return self._loads[hour] - self._solar[hour]

    def beliefs(self, hour: int) -> dict[str, Outcomes]:
        """Tell what is believed of an hour before it begins."""
        week_ago = hour - HOURS_PER_WEEK
        plain = (self.net(hour - 1) + self.net(week_ago)) // 2 if week_ago >= 0 else None
        return {
            PERFECT: (self.net(hour),),
            FORECAST: _outcomes(self.state, hour),
            OLD: _outcomes(self._before, hour),
            PLAIN: () if plain is None else (plain,),
        }

    def learn(self, hour: int) -> None:
        """Take in an hour that has ended."""
        self._before = self.state
        self.state = absorb_interval(self.state, hour, self._loads[hour], self._solar[hour])


def rows(quick: bool) -> Iterator[Row]:
    """Play the year, and report each street under each belief."""
    homes = read_homes()
    days = QUICK_DAYS if quick else DAYS
    markets = play(homes, days)
    for street in STREETS:
        bills = _bills(homes[:street], days)
        perfect = _total(markets[street, PERFECT].days(TEACHING_DAYS))
        for name in (PERFECT, FORECAST, OLD, PLAIN):
            found = markets[street, name].days(TEACHING_DAYS)
            yield from _street_rows(f"{street} homes, {name}", found, bills, perfect)
    yield from _home_rows(homes, markets[HOMES, FORECAST].days(TEACHING_DAYS))


def read_homes() -> list[Home]:
    """Read the year; a watt-hour of the file is a thousand milliwatt-hours of a real street."""
    profiles = read_profiles(FONTANA_CSV, homes=HOMES, first_day=FIRST_DAY)
    return [
        Home(
            [load * MILLIWH_PER_WH for load in profile.load_mw],
            [solar * MILLIWH_PER_WH for solar in profile.pv_mw],
        )
        for profile in profiles.homes
    ]


def play(homes: Sequence[Home], days: int) -> dict[tuple[int, str], Market]:
    """Let every street trade on every belief; each home forecasts once for all of them."""
    markets = {
        (street, name): Market(street)
        for street in STREETS
        for name in (PERFECT, FORECAST, OLD, PLAIN)
    }
    for hour in range(days * HOURS_PER_DAY):
        beliefs = [home.beliefs(hour) for home in homes]
        nets = [home.net(hour) for home in homes]
        for (_, name), market in markets.items():
            market.order(hour, [belief[name] for belief in beliefs])
            market.settle(hour, nets)
        for home in homes:
            home.learn(hour)
    return markets


def _outcomes(state: ForecastState, hour: int) -> Outcomes:
    told = forecast(state, hour)
    return () if told is None else told.outcomes_milliwh


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
        case, accuracy = f"home {number}, {FORECAST}", home.state.accuracy
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
    return sum(bill(home.net(hour)) for home in homes for hour in hours)


def _by_home(days: Sequence[Day]) -> list[tuple[int, ...]]:
    return list(zip(*(day.savings for day in days), strict=True))


def _total(days: Sequence[Day]) -> int:
    return sum(sum(day.savings) for day in days)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
