"""Build what a home sees of the auction: quarter hours, units of 1 Wh, and one tariff.

Feed-in is 0.08 and retail 0.269 a kWh. `NOW_INTERVAL` is the one of `NOW_S`: it began 800 s before
and lasts 100 s more.
"""

from dataclasses import replace
from typing import Any

from node.core.auction.clearing import NO_TRADE, Clearing, Kind, Step
from node.core.auction.gate import TariffVersion
from node.core.auction.market import (
    ClearedInterval,
    HomeMarket,
    MarketRules,
    PostedTariff,
    UtilityView,
)
from node.core.auction.tariff import Tariff
from node.core.records import BlockStamp
from tests.factories.home import BLOCK, CALENDAR_S

INTERVAL_S, LEAD_S, DEADLINE_S = 900, 60, 86_400
NOW_INTERVAL = CALENDAR_S // INTERVAL_S
RULES = MarketRules(
    interval_s=INTERVAL_S,
    gate_lead_s=LEAD_S,
    unit_milliwh=1_000,
    least_units=10,
    margin_percent=20,
    reading_deadline_s=DEADLINE_S,
    first_retail_per_kwh=269_000,
)
TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)
POSTED = PostedTariff(version=TariffVersion(number=1, first_interval=1), tariff=TARIFF)


def market(**changes: Any) -> HomeMarket:
    """See an auction without an own order and without money of this home."""
    plain = HomeMarket(rules=RULES, tariffs=(POSTED,), orders=(), cleared=(), balance=0, owed=0)
    return replace(plain, **changes)


def cleared_solar(interval: int, solar: Step = NO_TRADE, **changes: Any) -> ClearedInterval:
    """Clear an interval of solar energy alone."""
    clearing = Clearing(
        first=Kind.SOLAR, solar=solar, chp=NO_TRADE, unsold_units=0, unserved_units=0
    )
    return ClearedInterval(
        interval=interval,
        clearing=replace(clearing, **changes),
        block=BlockStamp(number=BLOCK, hash="0x", timestamp_s=interval * INTERVAL_S - 55),
    )


def utility_view(**changes: Any) -> UtilityView:
    """Picture a street whose auction has money, and nothing else yet."""
    seen = UtilityView(
        chain_id=720_720,
        block=BlockStamp(number=700, hash="0x00", timestamp_s=NOW_INTERVAL * INTERVAL_S),
        observed_at_s=10.0,
        block_period_s=5.0,
        gas_balance_wei=10**18,
        tokens=10_000_000,
        rules=RULES,
        tariffs=(POSTED,),
        orders=(),
        cleared=(),
        boundaries=(),
        balance=0,
        grid_balance=10_000_000,
        grid_owes=0,
        homes=(),
    )
    return replace(seen, **changes)
