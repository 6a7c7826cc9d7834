"""Describe the street of the market's day: every home trades, and the grid is common to all.

All homes are prosumers with the solar that was measured, tied to the grid, so that what the wires
do not carry flows over it. A third of them, those with the most surplus in the weeks before, are
sources; each other home is wired to two of these over one pole (common negative), so that twelve
homes take the sixteen channels of one board. Homes that are wired to nobody trade all the same.

A watt-hour of this street plays a kilowatt-hour, so it is priced as one: bills are in whole tokens.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from node.core.auction.tariff import ladder
from village.plant.homes_data import HOUR_S, Profile, Profiles
from village.plant.street import LEAST_HOMES, MOST_HOMES, Grid, Home, Role, Street, Wire

MARKET_DAY = date(2016, 8, 30)
"""The first day of the data with as many before it as a home remembers."""
WIRES_PER_LOAD = 2
HOMES_PER_SOURCE = 3
SOURCE_LOADS = 4
"""As many homes a source feeds at once."""
TARIFF = ladder(feed_in_per_kwh=80_000_000, retail_per_kwh=269_000_000)
"""80 and 269 tokens per kilowatt-hour played: 0.08 and 0.269 for a real one."""
LOW_SOC_PCT = 15
"""Below the limit: one home begins so, and buys at the sale where no order of it stands."""
_RESERVED_SOC_PCT = 60


def market_street(past: Sequence[Profile]) -> Street:
    """Describe the street by what its homes had in the weeks before.

    Raises:
        ValueError: fewer than 2 homes, or more than 12.
    """
    count = len(past)
    if not LEAST_HOMES <= count <= MOST_HOMES:
        raise ValueError(f"{count} homes, the street has {LEAST_HOMES} to {MOST_HOMES}")
    by_surplus = sorted(range(count), key=lambda at: (-_surplus(past[at]), at))
    sources = sorted(by_surplus[: max(1, count // HOMES_PER_SOURCE)])
    loads = [at for at in range(count) if at not in sources]
    homes = tuple(_home(at, is_low=at == loads[-1]) for at in range(count))
    pairs = [
        (load, sources[(rank + turn) % len(sources)])
        for rank, load in enumerate(loads)
        for turn in range(min(WIRES_PER_LOAD, len(sources)))
    ]
    wires = tuple(
        Wire(load=homes[load].name, source=homes[source].name, channels=(channel,))
        for channel, (load, source) in enumerate(pairs)
    )
    return Street(homes=homes, wires=wires, source_loads=SOURCE_LOADS)


def begun_at(day: Profiles, hour: int) -> Profiles:
    """Begin so many hours after the day's midnight, or below 0 before it."""
    homes = tuple(
        Profile(
            load_mw=home.load_mw[hour:] + home.load_mw[:hour],
            pv_mw=home.pv_mw[hour:] + home.pv_mw[:hour],
        )
        for home in day.homes
    )
    return Profiles(start_s=day.start_s + hour * HOUR_S, homes=homes)


def known_at(past: Profile, day: Profile, hour: int) -> Profile:
    """Give what a home has lived through when the street begins, so many hours after midnight."""
    since = slice(None, len(past.load_mw) + hour)
    return Profile(
        load_mw=(past.load_mw + day.load_mw)[since], pv_mw=(past.pv_mw + day.pv_mw)[since]
    )


def _surplus(profile: Profile) -> int:
    return sum(max(0, pv - load) for load, pv in zip(profile.load_mw, profile.pv_mw, strict=True))


def _home(at: int, *, is_low: bool) -> Home:
    # Who feeds a neighbour at night takes it from the grid: at retail nobody loses by the sale.
    return Home(
        name=f"home{at + 1}",
        role=Role.PROSUMER,
        battery_milliwh=20_000,
        start_soc_pct=LOW_SOC_PCT if is_low else _RESERVED_SOC_PCT,
        pv_scale=Fraction(1),
        grid=Grid.TIED,
        limit_pct=20,
        resume_pct=30,
        sell_floor_pct=25,
        price_per_kwh=TARIFF.retail_per_kwh,
    )
