"""The scheme of `rules.yml`: how a community shares, at what price, and what else is charged."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from community.fees import Base, Fee
from node.core.sharing.prices import (
    Fixed,
    GridPrices,
    Hours,
    Middle,
    PriceRule,
    SupplyOverDemand,
    TimeOfUse,
)
from node.parameters.problems import Complaint
from node.parameters.readers import text_for
from node.parameters.spelling import Unclear, is_zone
from node.parameters.telling import read_as, text_of
from node.parameters.types import Address, BaseUnits, Number, Section, Text, TimeOfDay, key, money

NAME = "rules.yml"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST = 1_000_000
_WHOLE = 10_000
_PERCENT = 100


def _a_day(found: str) -> date:
    try:
        return date.fromisoformat(found)
    except ValueError:
        raise ValueError("a day as 2026-11-30") from None


def _as_text(found: object) -> object:
    # A bare day is a date to YAML, and so it is meant here.
    return found.text if isinstance(found, Unclear) else found


Day = Annotated[
    date, BeforeValidator(lambda found: text_for(_a_day, in_quotes=True)(_as_text(found)))
]


class HoursSection(Section):
    """Hold a price for some hours."""

    begin: TimeOfDay = key(..., "when these hours begin", bound="00:00 to 23:59")
    end: TimeOfDay = key(..., "when they end; 00:00 = midnight", bound="00:00 to 23:59")
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = key(
        list(_DAYS), "on which days of the week", bound="a list of mon to sun"
    )
    per_kwh: BaseUnits = money(..., "the price then", "per kWh", 0, _MOST, "price")


class PriceSection(Section):
    """Hold what shared energy costs."""

    rule: Literal["fixed", "hours", "middle", "supply over demand"] = key(
        "fixed", "how the price is found", bound="fixed, hours, middle or supply over demand"
    )
    fixed_per_kwh: BaseUnits | None = money(
        None, "the price, and that of all other hours", "per kWh", 0, _MOST, "price"
    )
    hours: tuple[HoursSection, ...] = key([], "prices by hours", bound="a list")
    feed_in_per_kwh: BaseUnits = money(0, "what the grid pays", "per kWh", 0, _MOST, "feed_in")
    retail_per_kwh: BaseUnits = money(
        ..., "what the grid asks, all included", "per kWh", 0, _MOST, "retail"
    )

    def price_rule(self) -> PriceRule:
        """Give how the price is found."""
        match self.rule:
            case "fixed":
                return Fixed(price_per_kwh=self.fixed_per_kwh or 0)
            case "hours":
                hours = tuple(_hours(section) for section in self.hours)
                return TimeOfUse(hours=hours, otherwise_per_kwh=self.fixed_per_kwh or 0)
            case "middle":
                return Middle()
            case _:
                return SupplyOverDemand()

    def grid_prices(self) -> GridPrices:
        """Give the grid's two prices."""
        return GridPrices(feed_in_per_kwh=self.feed_in_per_kwh, retail_per_kwh=self.retail_per_kwh)


class FeeSection(Section):
    """Hold a fee, tax or due: a row of the table."""

    name: Text = key(..., "what it is called on a bill", bound="one line")
    base: Literal["shared", "grid", "given", "fed in", "month", "charged"] = key(
        ..., "what it is taken on", bound="shared, grid, given, fed in, month or charged"
    )
    rate: Number = key(
        ...,
        "per kWh, or per month; on what was charged, in per cent; below 0 for a credit",
        low=-_MOST,
        high=_MOST,
    )
    reduction_percent: Number = key(0, "what near sharing takes off it", "%", low=0, high=100)
    since: Day = key(..., "the first day with it", bound="a day as 2026-11-30")
    until: Day | None = key(None, "the first day without it", bound="a day as 2026-11-30")


class Issuer(Section):
    """Hold who writes the bills."""

    name: Text = key(..., "the name on the bills", bound="one line")
    address: Text = key("", "the address", bound="one line")
    tax_id: Text = key("", "the tax number, where there is one", bound="one line")
    note: Text = key(
        "", "a sentence at the end, as that of a small business without tax", bound="one line"
    )


class ContractSection(Section):
    """Hold what two points' members agreed on, for the key `peer`."""

    giver: Text = key(..., "the giving point", bound="one line")
    taker: Text = key(..., "the taking point", bound="one line")
    factor_percent: Number = key(..., "the part of the surplus", "%", low=0, high=100)
    price_per_kwh: BaseUnits = money(..., "its price", "per kWh", 0, _MOST, "price")


class Rules(Section):
    """Hold a community's rules."""

    name: Text = key(..., "the community's name", bound="one line")
    zone: Text = key("Europe/Vienna", "the zone of its days", bound="as Europe/Vienna")
    currency: Text = key("EUR", "the currency of all prices", bound="as EUR or CHF")
    shares: Literal["dynamic", "static", "static handed on", "peer", "operator"] = key(
        "dynamic",
        "how surplus is shared; operator = as the grid operator has allocated it",
        bound="dynamic, static, static handed on, peer or operator",
        alias="key",
    )
    price: PriceSection = key(..., "what shared energy costs", bound="a mapping")
    contracts: tuple[ContractSection, ...] = key([], "for the key peer", bound="a list")
    fees: tuple[FeeSection, ...] = key([], "fees, taxes and dues in their order", bound="a list")
    issuer: Issuer = key(..., "who writes the bills", bound="a mapping")
    accounts: Mapping[Address, Text] = key(
        {}, "whose the accounts on the chain are, for their statements", bound="account: name"
    )
    database: Text | None = key(
        None,
        "PostgreSQL's URL, for those who outgrow the file; its password stands in ~/.pgpass",
        bound="as postgresql://user@host/name",
    )

    @property
    def local(self) -> ZoneInfo:
        """Give its zone."""
        return ZoneInfo(self.zone)

    def fee_rows(self) -> list[Fee]:
        """Give the table of fees."""
        return [_fee(section) for section in self.fees]


def price_problems(price: PriceSection) -> Iterable[Complaint]:
    """See that a price is there where the rule needs one, and that feed-in is below retail."""
    if price.rule in ("fixed", "hours") and price.fixed_per_kwh is None:
        yield _complaint(("price", "price"), "none", f"a price, for the rule {price.rule}")
    if price.feed_in_per_kwh > price.retail_per_kwh:
        yield _complaint(("price", "feed_in"), "above retail", "at most retail")


def load(directory: Path) -> Rules:
    """Read a community's rules.

    Raises:
        ConfigError: there are none, or something in them is wrong; every problem is in it.
    """
    path = directory / NAME
    return parse(text_of(path), str(path))


def parse(text: str, where: str) -> Rules:
    """Read rules from text.

    Raises:
        ConfigError: something in them is wrong.
    """
    return read_as(Rules, text, where, "keys, such as name and price", (_agree,))


def _agree(rules: Rules) -> Iterable[Complaint]:
    yield from price_problems(rules.price)
    if rules.shares == "peer" and not rules.contracts:
        yield _complaint(("contracts",), "none", "at least one, for the key peer")
    if not is_zone(rules.zone):
        yield _complaint(("zone",), rules.zone, "a zone such as Europe/Vienna")
    if rules.database is not None and (bound := _not_a_database(rules.database)):
        yield _complaint(("database",), rules.database.partition(":")[0] + ":...", bound)
    for place, fee in enumerate(rules.fees):
        if fee.until is not None and fee.until <= fee.since:
            yield _complaint(("fees", place, "until"), str(fee.until), f"after {fee.since}")


def _not_a_database(url: str) -> str:
    """Say what is asked of a database's URL; empty where it is one."""
    try:
        found = urlsplit(url)
    except ValueError:
        return "a URL as postgresql://user@host/name"
    if found.scheme not in ("postgresql", "postgres"):
        return "a URL as postgresql://user@host/name"
    if found.password is not None or "password" in found.query:
        return "one without a password, which belongs into ~/.pgpass"
    return ""


def _complaint(place: tuple[str | int, ...], value: str, bound: str) -> Complaint:
    return Complaint(place=place, value=value, bound=bound)


def _hours(section: HoursSection) -> Hours:
    return Hours(
        begin_minute=section.begin,
        end_minute=section.end,
        weekdays=frozenset(_DAYS.index(day) for day in section.days),
        price_per_kwh=section.per_kwh,
    )


_SCALE: Mapping[Base, int] = {Base.CHARGED: _WHOLE // _PERCENT}
_TOKEN = 1_000_000


def _fee(section: FeeSection) -> Fee:
    base = Base(section.base)
    return Fee(
        name=section.name,
        base=base,
        rate=round(section.rate * _SCALE.get(base, _TOKEN)),
        reduction=round(section.reduction_percent * _WHOLE / _PERCENT),
        since=section.since,
        until=section.until,
    )
