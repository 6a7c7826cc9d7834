"""The section `node.auction`: how a home takes part in the interval auction."""

from typing import Annotated, Literal

from pydantic import Field

from node.parameters.types import BaseUnits, Name, Section, Switch, key, money

LocalKind = Literal["solar", "chp"]


class HomeAuction(Section):
    """Hold what a home buys and sells at the auction, and within which limits."""

    utility: Name = key(
        "utility",
        "the utility's name in MQTT topics, under which it publishes the pairings",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    relays: Annotated[tuple[Name, ...], Field(max_length=64)] | None = key(
        None,
        "the relays whose wiring the pairings are worked out from; null = the home's own alone",
        bound="a list of names",
    )
    buy: Switch | None = key(
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
    most_retail_per_kwh: BaseUnits | None = money(
        None,
        "nothing is ordered under a dearer retail; null = three times what the auction began with",
        "tokens per kWh",
        0.000063,
        1_000_000,
        "most_retail",
    )
    most_deposit: BaseUnits | None = money(
        None,
        "the most to deposit for one interval; null = a tenth of all that the home has",
        "tokens",
        0,
        1e9,
    )
    least_gain: BaseUnits = money(
        0.001,
        "the least gain expected of an order, or of changing one; more than what sending costs",
        "tokens",
        0.000001,
        1_000_000,
    )
