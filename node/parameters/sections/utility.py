"""The section `utility` of the parameters: its account, its tariffs, and what it keeps filled."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from node.parameters.readers import COIN
from node.parameters.types import (
    AbsolutePath,
    Address,
    BaseUnits,
    Coins,
    FeedIn,
    Name,
    Number,
    Section,
    Switch,
    Text,
    TimeOfDay,
    key,
    money,
)

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, as `datetime.weekday` counts them."""

_MOST_COINS = 1_000


def _keystore(data: dict[str, Any]) -> Path:
    return Path(data.get("state_directory", "/var/lib/peerwatt")) / "keystore.json"


class TariffBand(Section):
    """Hold the grid's two prices from a time of day on, until another band begins."""

    begins_min: TimeOfDay = key(
        ..., "the local time of day at which it begins", bound='"HH:MM"', alias="from"
    )
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = key(
        list(DAYS), "the days on which it begins", bound="a list of mon, tue, ... sun"
    )
    feed_in_per_kwh: FeedIn = money(
        ..., "what the grid pays", "tokens per kWh", 0, 1_000_000, "feed_in"
    )
    retail_per_kwh: BaseUnits = money(
        ...,
        "what the grid asks; rounded so that 63 equal ticks lie above feed_in",
        "tokens per kWh",
        0.000063,
        1_000_000,
        "retail",
    )


class Utility(Section):
    """Hold the utility."""

    name: Name = key(
        "utility",
        "the utility's name, in MQTT topics too",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    address: Address | None = key(
        None,
        "the account that the keystore must hold; null = whichever it holds",
        bound="0x and 40 hexadecimal digits",
    )
    state_directory: AbsolutePath = key(
        "/var/lib/peerwatt/utility", "where its state is kept", bound="an absolute path"
    )
    keystore: AbsolutePath = key(
        _keystore,
        "the encrypted key (v3) of the account, or a wallet's folder with it",
        bound="an absolute path",
        told="keystore.json in state_directory",
    )
    password_file: AbsolutePath | None = key(
        None,
        "a file of mode 0600 with the keystore's password; null = systemd's credential",
        bound="an absolute path",
    )
    time_zone: Text = key(
        "UTC", "the time zone of the tariff's times", bound="an IANA name, as Europe/Berlin"
    )
    tariff: tuple[TariffBand, ...] = key(
        [],
        "the grid's prices by local time; none = they stay as they are on the chain",
        bound="a list, each with from, feed_in and retail",
    )
    tariff_over_mqtt: Switch = key(
        False,
        "whether a command over MQTT may set other prices until it says bands",
        bound="true or false",
    )
    peak_w: Number = key(
        0,
        "the most that the street gives to the grid; two intervals of it are kept funded",
        "W",
        low=0,
        high=1e9,
    )
    gas_target_wei: Coins = key(
        0,
        "a home below half of it is filled up to it; 0 = never",
        "the chain's coin",
        low=0,
        high=_MOST_COINS,
        alias="gas_target",
        scale=COIN,
    )
    gas_per_day_wei: Coins = key(
        0,
        "the most gas that a meter's accounts, or a home of homes, get in one calendar day",
        "the chain's coin",
        low=0,
        high=_MOST_COINS,
        alias="gas_per_day",
        scale=COIN,
    )
    gas_all_per_day_wei: Coins | None = key(
        None,
        "the most gas that all homes get in one calendar day; null = gas_per_day for each meter",
        "the chain's coin",
        low=0,
        high=_MOST_COINS,
        alias="gas_all_per_day",
        scale=COIN,
    )
    homes: tuple[Address, ...] | None = key(
        None,
        "the accounts that get gas; null = every meter's owner and reporter",
        bound="a list of addresses",
    )
    relays: Annotated[tuple[Name, ...], Field(max_length=64)] | None = key(
        None,
        "the relays whose wiring is believed; null = the one of relay.name",
        bound="a list of names",
    )
