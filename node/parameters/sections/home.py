"""The section `node` of the parameters: one home's account, sensors, rules, offer and budget."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import field_validator
from pydantic_core.core_schema import ValidationInfo

from node.core.records import MeterName
from node.parameters.sections.auction import HomeAuction
from node.parameters.sections.chips import Gives
from node.parameters.sections.counting import Counting
from node.parameters.sections.sensor import Sensor
from node.parameters.sections.source import DataSource
from node.parameters.types import (
    AbsolutePath,
    Address,
    BaseUnits,
    Frozen,
    Milliwh,
    Name,
    Number,
    Secret,
    Section,
    Switch,
    Text,
    Whole,
    energy,
    key,
    money,
)

Role = Literal["consumer", "producer", "prosumer", "member"]
_RESUME_ABOVE_LIMIT = 10
_LEAST_SELL_FLOOR = 30


class HomeOffer(Section):
    """Hold what a producer or prosumer offers its neighbours."""

    price_per_kwh: BaseUnits = money(
        ..., "the price", "tokens per kWh", 0.000001, 1_000_000, "price"
    )
    least_milliwh: Milliwh = energy(10, "the least energy of one order", 0.001, 1e6, "least_wh")
    valid_s: Whole = key(14_400, "how long the offer stands, chain time", "s", low=60, high=604_800)
    duration_s: Whole = key(
        3600, "how long an order may be drawn, chain time", "s", low=60, high=604_800
    )
    available_milliwh: Milliwh | None = energy(
        None,
        "the energy on offer; null = what the battery holds above sell_floor",
        0,
        1e9,
        "available_wh",
    )


class Budget(Section):
    """Hold the most a home may spend."""

    tokens_per_day: BaseUnits = money(5, "the most to spend in one calendar day", "tokens", 0, 1e9)
    max_price_per_kwh: BaseUnits = money(
        1, "the highest price to pay", "tokens per kWh", 0, 1_000_000, "max_price"
    )


class Report(Section):
    """Hold what of the connection meter goes on the chain."""

    meter: Whole | None = key(
        None,
        "the connection meter's id in the registry; null = no reports",
        low=0,
        high=2**53,
    )
    interval_s: Whole | None = key(
        None,
        "time between reports, a whole multiple of contract.interval_s; null = each boundary",
        "s",
        low=1,
        high=86_400,
    )


def _own_name(data: dict[str, Any]) -> str:
    address = data.get("address")
    return f"home-{address[-6:].lower()}" if address else "home"


def _resume(data: dict[str, Any]) -> float:
    return float(min(100, data.get("limit", 20) + _RESUME_ABOVE_LIMIT))


def _sell_floor(data: dict[str, Any]) -> float:
    return float(max(data.get("limit", 20), _LEAST_SELL_FLOOR))


def _keystore(data: dict[str, Any]) -> Path:
    return Path(data.get("state_directory", "/var/lib/peerwatt")) / "keystore.json"


class Home(Section):
    """Hold one home (the section `node`)."""

    role: Role = key(
        "consumer",
        "what the home does; a member has no contacts, and trades by its meters alone",
        bound="consumer, producer, prosumer or member",
    )
    address: Address | None = key(
        None,
        "the account that the keystore must hold; null = whichever it holds",
        bound="0x and 40 hexadecimal digits",
    )
    name: Name = key(
        _own_name,
        "the home's name, in MQTT topics too",
        bound="1 to 64 letters without accents, digits, - and _",
        told="home, with the address' last six digits if given",
    )
    state_directory: AbsolutePath = key(
        "/var/lib/peerwatt/node",
        "where journal, registers and records are kept",
        bound="an absolute path",
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
    battery_milliwh: Milliwh | None = energy(
        None,
        "the battery's capacity; null = unknown, and only delta is bought",
        1,
        1e9,
        "battery_wh",
    )
    limit: Number = key(20, "buy below this state of charge", "%", low=0, high=95)
    resume: Number = key(
        _resume,
        "return to the own source at this state of charge; above limit",
        "%",
        low=0,
        high=100,
        told="limit + 10, at most 100",
    )
    margin_milliwh: Milliwh = energy(
        200, "the purchase margin: bought beyond the shortfall", 0, 1e9, "delta"
    )
    sell_floor: Number = key(
        _sell_floor,
        "sell only above this state of charge; at least limit",
        "%",
        low=0,
        high=100,
        told="30, or limit if that is higher",
    )
    min_dwell_s: Number = key(60, "least time on one source", "s", low=0, high=86_400)
    hold_off_s: Number = key(
        30, "first pause before a seller that failed is asked again", "s", low=0, high=86_400
    )
    hold_off_max_s: Number = key(
        900, "longest such pause; at least hold_off_s", "s", low=0, high=86_400
    )
    settle_samples: Whole = key(
        3, "samples that must agree before the state of charge counts", "samples", low=1, high=20
    )
    settle_band_pct: Number = key(
        2, "how far those samples may lie apart", "% points", low=0, high=100
    )
    sample_period_s: Number = key(1, "time between samples", "s", low=0.05, high=60)
    max_age_s: Number = key(
        5, "an older sample is stale; above sample_period_s", "s", low=0.1, high=3600
    )
    recorded_cycles: Whole = key(
        2048,
        "how many of the newest cycles the flight recorder keeps in memory",
        "cycles",
        low=1,
        high=100_000,
    )
    lease_s: Number = key(
        15,
        "how long the relay holds a contact closed without a word from us; below 5 warns",
        "s",
        low=0.5,
        high=120,
    )
    consent_s: Number = key(
        60, "how long a seller's consent stands without a word from us", "s", low=1, high=3600
    )
    receipt_period_s: Number = key(
        5, "time between receipts while drawing; above lease_s warns", "s", low=0.1, high=3600
    )
    receipt_slack_milliwh: Milliwh | None = energy(
        None,
        "how far receipts may lag the seller's meter; null = worked out of nominal_v, "
        "rated_current_a, lease_s and receipt_period_s",
        0.001,
        1e6,
        "receipt_slack_wh",
    )
    loss_tolerance: Number = key(
        0.05, "the part of the energy that the wire may lose", "of 1", low=0, high=0.5
    )
    nominal_v: Number = key(
        12.8, "the nominal voltage of the contact's line, extra-low", "V DC", low=1, high=60
    )
    rated_current_a: Number = key(10, "the connection's rated current", "A", low=0.01, high=1000)
    offer: HomeOffer | None = key(
        None, "what is offered to neighbours; null = nothing", bound="price and further keys"
    )
    budget: Budget = key({}, "the most to spend", bound="tokens_per_day, max_price")
    report: Report = key({}, "what is reported on the chain", bound="meter, interval_s")
    auction: HomeAuction | None = key(
        None,
        "how it takes part in the interval auction; null = it does not",
        bound="buy, sell and further keys",
    )
    i2c: Text = key(
        "/dev/i2c-1",
        "the sensors' bus; unix:/path is a played one",
        bound="an absolute path, or unix: and one",
    )
    channel: Whole | None = key(
        None,
        "the home's own channel on the relay board; an ancestor's pairing with "
        "sellers.<name>.channel",
        low=0,
        high=63,
    )
    sensors: Annotated[Mapping[Name, Sensor], Frozen] = key(
        {}, "the chips, by names of your own", bound="names, each with chip and further keys"
    )
    counting: Counting | None = key(
        None,
        "how the battery's charge is counted from what flows; null = a gauge alone tells it",
        bound="full_v, tail_a and further keys",
    )
    sources: Annotated[Mapping[Name, DataSource], Frozen] = key(
        {},
        "meters and other programs that tell of energy, by names of your own",
        bound="names, each with kind, at and further keys",
    )
    accountpswd: Secret | None = key(
        None,
        "the keystore's password in the open; prefer password_file",
        ancestor=True,
        bound="text, in quotes",
    )
    url: Text | None = key(None, "the CitizenWatt page", ancestor=True, bound="a URL")
    sensor_id: Whole | None = key(
        None,
        "the sensor's id in CitizenWatt",
        alias="sensorId",
        ancestor=True,
        low=0,
        high=2**53,
    )
    login: Text | None = key(None, "the CitizenWatt user", ancestor=True, bound="text, in quotes")
    password: Secret | None = key(
        None, "the CitizenWatt user's password", ancestor=True, bound="text, in quotes"
    )
    fuelgauge: Switch | None = key(
        None, "the ancestor's switch for its gauge", ancestor=True, bound="true or false"
    )

    @property
    def battery_seen_by(self) -> str | None:
        """Name the sensor that sees the battery's voltage; None where none does."""
        if self.counting is not None and self.counting.sensor is not None:
            return self.counting.sensor
        feeding: dict[MeterName | None, str] = {}
        for name, sensor in self.sensors.items():
            feeding.setdefault(sensor.feeds, name)
        return feeding.get(MeterName.GENERATION) or feeding.get(MeterName.LOAD)

    @field_validator("sensors", mode="before")
    @classmethod
    def _a_producers_connection_exports(cls, found: object, info: ValidationInfo) -> object:
        if info.data.get("role") != "producer" or not isinstance(found, dict):
            return found
        return {
            name: {**sensor, "positive": sensor.get("positive") or "export"}
            if isinstance(sensor, dict) and sensor.get("feeds") == "connection"
            else sensor
            for name, sensor in found.items()
        }

    @property
    def has_contacts(self) -> bool:
        """Say whether it may draw from neighbours, or feed them, over contacts."""
        return self.role != "member"

    @property
    def feeders(self) -> Mapping[str, Sensor | DataSource]:
        """Give all that may feed a meter, in the order in which they are sampled."""
        return {**self.sensors, **self.sources}

    @property
    def gauges(self) -> frozenset[str]:
        """Name all that tell a state of charge."""
        chips = {name for name, s in self.sensors.items() if s.kind.gives is Gives.CHARGE}
        return frozenset(chips | {n for n, s in self.sources.items() if s.soc is not None})

    @field_validator("i2c")
    @classmethod
    def _is_a_bus(cls, found: str) -> str:
        if not found.removeprefix("unix:").startswith("/"):
            raise ValueError
        return found
