"""The section `node.auction`: how a home takes part in the interval auction, and what it needs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from node.parameters.problems import Finding
from node.parameters.types import BaseUnits, Name, Section, key, money

if TYPE_CHECKING:
    from node.parameters.scheme import Parameters

LocalKind = Literal["solar", "chp"]


class HomeAuction(Section):
    """Hold what a home buys and sells at the auction, and within which limits."""

    utility: Name = key(
        "utility",
        "the utility's name in MQTT topics, under which it publishes the pairings",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    buy: bool | None = key(
        None,
        "whether it buys; null = unless it is a producer",
        bound="true or false",
    )
    sell: LocalKind | None = key(
        None, "the kind that its meter sells; null = it sells nothing", bound="solar or chp"
    )
    buy_max_solar_per_kwh: BaseUnits | None = money(
        None,
        "the highest price to bid for solar, 0 = none of it; null = what it is worth to the home",
        "tokens per kWh",
        0,
        1_000_000,
        "buy_max_solar",
    )
    buy_max_chp_per_kwh: BaseUnits | None = money(
        None,
        "the highest price to bid for CHP, 0 = none of it; null = what it is worth to the home",
        "tokens per kWh",
        0,
        1_000_000,
        "buy_max_chp",
    )
    sell_min_per_kwh: BaseUnits | None = money(
        None,
        "the lowest price to sell at; null = what it is worth to the home",
        "tokens per kWh",
        0,
        1_000_000,
        "sell_min",
    )
    least_gain: BaseUnits = money(
        0.001,
        "the least gain expected of an order, or of changing one; more than what sending costs",
        "tokens",
        0.000001,
        1_000_000,
    )


def auction(whole: "Parameters") -> Iterator[Finding]:
    """See that a home that takes part has a side to take, and a meter that settles each interval.

    A contract or a meter that is not named yet is no contradiction: `notices` tells of it.
    """
    home, terms = whole.node, whole.node.auction
    if terms is None:
        return
    if home.role == "consumer" and terms.sell is not None:
        yield _finding("node.auction.sell", terms.sell, "null for a consumer (node.role)")
    if home.role == "producer" and terms.buy:
        yield _finding("node.auction.buy", "true", "false or null for a producer (node.role)")
    if not whole.buys_at_auction and terms.sell is None:
        yield _finding(
            "node.auction.sell", "missing", "solar or chp: it does not buy (node.auction.buy)"
        )
    every_s, interval_s = home.report.interval_s, whole.contract.interval_s
    if every_s not in (None, interval_s):
        yield Finding(
            place=("node", "report", "interval_s"),
            value=f"{every_s}",
            bound=f"null or contract.interval_s, {interval_s} s: with node.auction each interval "
            "is settled by its readings",
            judged_by=(("contract", "interval_s"), ("node", "auction")),
        )
    feeds = [sensor.feeds.value for sensor in home.sensors.values() if sensor.feeds is not None]
    if home.sensors and "connection" not in feeds:
        yield Finding(
            place=("node", "sensors"),
            value="none feeds connection",
            bound="one that does: with node.auction its meter settles the orders",
            judged_by=(("node", "auction"),),
        )


def _finding(path: str, value: str, bound: str) -> Finding:
    return Finding(
        place=tuple(path.split(".")), value=value, bound=bound, judged_by=(("node", "role"),)
    )
