"""The scheme of a scenario: whose data, with which batteries and prices, under which rules."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from community.rules import PriceSection, price_problems
from node.parameters.problems import Complaint
from node.parameters.spelling import is_zone
from node.parameters.telling import read_as, text_of
from node.parameters.types import BaseUnits, Number, Section, Text, Whole, key, money

RULES = (
    "nothing", "dynamic", "static", "static handed on", "auction after the fact", "auction",
)  # fmt: skip
_MOST = 1_000_000


class Battery(Section):
    """Hold a home's battery: it takes the home's own surplus first, and serves its own need."""

    wh: Number = key(..., "what it holds", "Wh", low=0, high=10**7)
    w: Number = key(..., "the most it takes and gives", "W", low=0, high=10**7)
    efficiency_percent: Number = key(90, "what comes out of what went in", "%", low=1, high=100)
    at_first_percent: Number = key(0, "how full it is at first", "%", low=0, high=100)


class Limits(Section):
    """Hold what a home pays at most and takes at least, for the auction after the fact."""

    buy_per_kwh: BaseUnits = money(..., "the most it pays", "per kWh", 0, _MOST, "buy")
    sell_per_kwh: BaseUnits = money(..., "the least it takes", "per kWh", 0, _MOST, "sell")


class Scenario(Section):
    """Hold one scenario."""

    name: Text = key(..., "what it is called", bound="one line")
    homes: Text = key(
        ...,
        "a table (CSV): a column of times, then NAME_load_wh and NAME_pv_wh for each home",
        bound="a file, beside this one or by its whole path",
    )
    zone: Text = key(..., "the zone of its times, as Etc/GMT+8", bound="a zone's name")
    rules: tuple[
        Literal[
            "nothing", "dynamic", "static", "static handed on", "auction after the fact", "auction"
        ],
        ...,
    ] = key(list(RULES), "the rules to be compared", bound=f"a list of {', '.join(RULES)}")
    price: PriceSection = key(..., "what shared energy costs, and the grid's", bound="a mapping")
    factors_percent: Mapping[Text, Number] = key(
        {}, "for the static rules; none = equal ones", bound="home: 0 to 100"
    )
    limits: Mapping[Text, Limits] = key(
        {}, "for the auctions; a home without buys at retail and sells at feed-in", bound="home:"
    )
    pv_scale: Mapping[Text, Number] = key(
        {}, "how many times its panels a home has", bound="home: 0 to 100"
    )
    batteries: Mapping[Text, Battery] = key({}, "which home has a battery", bound="home: a mapping")
    seed: Whole = key(1, "draws the homes beyond those of the table", low=0, high=2**31)


def load(path: Path) -> tuple[Scenario, str]:
    """Read a scenario, and give its text beside it.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    text = text_of(path)
    return parse(text, str(path)), text


def parse(text: str, where: str) -> Scenario:
    """Read a scenario from text.

    Raises:
        ConfigError: something in it is wrong.
    """
    return read_as(Scenario, text, where, "keys, such as name and homes", (_agree,))


def _agree(scenario: Scenario) -> Iterable[Complaint]:
    yield from price_problems(scenario.price)
    if not is_zone(scenario.zone):
        yield Complaint(
            place=("zone",), value=scenario.zone, bound="a zone, as Europe/Vienna or Etc/GMT+8"
        )
    if not scenario.rules:
        yield Complaint(place=("rules",), value="none", bound="at least one")
    together = sum(scenario.factors_percent.values())
    if together > 100:
        yield Complaint(
            place=("factors_percent",), value=f"{together:g} in all", bound="100 at most"
        )
