"""The scheme of `parameters.yml`: its sections, and the small ones in full.

What the keys of one section owe to another's is in `rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from node.core.errors import Problem
from node.parameters.include import Included
from node.parameters.sections.alerts import Alerts
from node.parameters.sections.home import Home
from node.parameters.sections.relay import Channel, Relay
from node.parameters.sections.utility import Utility
from node.parameters.types import (
    AbsolutePath,
    Address,
    BaseUnits,
    Frozen,
    Gwei,
    Host,
    Name,
    Number,
    Section,
    Switch,
    Text,
    Urls,
    Whole,
    key,
    money,
)

_ADDRESS = "0x and 40 hexadecimal digits"
_GWEI = 10**9
_BOTH_SIDES = frozenset({"own", "seller"})


class Origin(Section):
    """Hold the instant that anchors a scaled calendar; only the village sets one."""

    real: Number = key(..., "the real instant", "s since 1970", low=0, high=1e11)
    calendar: Number = key(..., "the calendar's instant then", "s since 1970", low=0, high=1e11)


class ClockSection(Section):
    """Hold how the calendar runs."""

    speed: Number = key(1, "calendar seconds per real second", low=1, high=3600)
    origin: Origin | None = key(
        None, "where a scaled calendar is anchored; the village's", bound="real and calendar"
    )
    follow: AbsolutePath | None = key(
        None,
        "the file by which a running village hands out time; no real machine has one",
        bound="an absolute path",
    )


CONTRACTS: Mapping[str, str] = {
    "token": "token",
    "registry": "registry",
    "sale": "address",
    "auction": "auction",
    "pool": "pool",
}
"""The key of each contract's address under `contract`, by the operator's word for it."""


class ContractSection(Section):
    """Hold where the chain is, and which contracts on it are the community's."""

    node: Urls = key(
        [],
        "the RPC endpoints, first choice first; a host alone means http://host:8545; ws:// and "
        "wss:// are WebSockets, a path is a socket of this machine",
        bound="a host, a URL, an absolute path, or a list of them",
        printed=False,
    )
    login_file: AbsolutePath | None = key(
        None,
        "a file of mode 0600 with what the endpoints ask for, a line each; FILE.node, .utility are "
        "a program's own",
        bound="an absolute path",
    )
    token: Address | None = key(None, "the token", bound=_ADDRESS)
    address: Address | None = key(None, "the sale", bound=_ADDRESS)
    registry: Address | None = key(None, "the meter registry", bound=_ADDRESS)
    auction: Address | None = key(
        None, "the interval auction; null = the street has none", bound=_ADDRESS
    )
    pool: Address | None = key(
        None, "the commitment pool; null = the street has none", bound=_ADDRESS
    )
    pays_by: Literal["call", "allowance"] = key(
        "call",
        "how orders are paid: by the token's approveAndCall, or from what `node allow` let the "
        "sale take, with a token that has no such call",
        bound="call or allowance",
    )
    interval_s: Whole = key(
        900,
        "the registry's interval, as deployed; `contracts deploy` writes it here",
        "s",
        low=1,
        high=86_400,
    )
    grace_s: Whole = key(
        3600,
        "the sale's grace after an order's end, as deployed; `contracts deploy` writes it here",
        "s, chain time",
        low=1,
        high=604_800,
    )
    chain_id: Whole | None = key(
        None,
        "the chain's id; `contracts deploy` writes it here; null = what all endpoints agree on",
        low=1,
        high=2**53,
    )
    confirmations: Whole = key(
        1, "depth at which a transaction counts; 1 = it is in the head", "blocks", low=1, high=64
    )
    poll_s: Number = key(1, "time between looks at the chain", "s", low=0.05, high=60)
    empty_blocks: Switch = key(
        True,
        "the chain makes blocks without work, too; false = only for transactions",
        bound="true or false",
    )
    max_age_s: Number = key(
        60, "the chain is behind when its head is older; above poll_s", "s", low=1, high=86_400
    )
    max_fee_wei: Gwei = key(
        100,
        "the highest fee per gas",
        "gwei",
        low=0,
        high=1_000_000,
        alias="max_fee_gwei",
        scale=_GWEI,
    )
    gas_low_days: Number = key(
        7, "warn when the gas lasts fewer days than this", "days", low=0, high=365
    )

    @property
    def addresses(self) -> Mapping[str, str]:
        """Give where the contracts stand that are named, by the operator's words for them."""
        found = {name: getattr(self, at) for name, at in CONTRACTS.items()}
        return {name: address for name, address in found.items() if address is not None}


class Seller(Section):
    """Hold one neighbour from whom this home may buy; the wiring by at most one of three keys."""

    account: Address = key(..., "the seller's account", bound=_ADDRESS)
    channel: Channel | None = key(
        None, "its channel, paired with node.channel (the ancestor's way)", low=0, high=63
    )
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] | None = key(
        None,
        "the connection's channels; null = found by account",
        bound="a list of distinct channels, 0 to 63",
    )
    connection: Channel | None = key(
        None, "the connection's number at the relay; null = found by account", low=0, high=63
    )
    max_price_per_kwh: BaseUnits | None = money(
        None,
        "the highest price to pay this seller; null = budget.max_price",
        "tokens per kWh",
        0,
        1_000_000,
        "max_price",
    )


class Mqtt(Section):
    """Hold how to reach the broker."""

    host: Host = key(..., "the broker", bound="a host name or an IP address")
    port: Whole = key(1883, "its TCP port; 8883 is usual with ca_file", low=1, high=65_535)
    user: Annotated[Text, Field(min_length=1)] | None = key(
        None, "the user; null = none", bound="text, in quotes"
    )
    password_file: AbsolutePath | None = key(
        None,
        "a file of mode 0600 with its password; FILE.node, .relay, .utility are a program's own",
        bound="an absolute path",
    )
    ca_file: AbsolutePath | None = key(
        None,
        "the certificate that the broker's must be signed by; null = no TLS",
        bound="an absolute path",
    )
    client_id: Name | None = key(
        None,
        "the client's id; null = made of community and name",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    keepalive_s: Whole = key(30, "time between signs of life", "s", low=5, high=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Name a key that needs attention: why, in one sentence, and the command that mends it."""

    key: str
    sentence: str
    command: str


class Parameters(Section):
    """Hold the whole file; a section that it lacks has its defaults (see `given`)."""

    include: Text | None = key(
        None,
        "a file whose keys stand where this one is silent, as the community's",
        bound="a file beside this one, or an absolute path",
    )
    community: Name = key(
        "street",
        "the community's name, in MQTT topics too",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    clock: ClockSection = key({}, "how the calendar runs", bound="speed, origin, follow")
    contract: ContractSection = key({}, "the chain and its contracts", bound="node and addresses")
    node: Home = key({}, "this home", bound="name, role and further keys")
    sellers: Annotated[Mapping[Name, Seller], Frozen] = key(
        {}, "the neighbours to buy from", bound="names of your own, each with account"
    )
    relay: Relay = key({}, "the relay, or on its own host its board", bound="host, or the board")
    mqtt: Mqtt | None = key(None, "the broker; null = no MQTT", bound="host and further keys")
    alerts: Alerts = key(
        {}, "where a home's person is told what lasts", bound="webhook, ntfy, most_per_hour"
    )
    utility: Utility | None = key(
        None, "the utility, where it runs on this host", bound="name and further keys"
    )
    _notices: tuple[Notice, ...] = PrivateAttr(default=())
    _elsewhere: tuple[Problem, ...] = PrivateAttr(default=())
    _source: tuple[str, str] = PrivateAttr(default=("", ""))
    _content: object = PrivateAttr(default=None)
    _included: Included | None = PrivateAttr(default=None)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Give what an ancestor's file could not mean, and what is allowed but unwise."""
        return self._notices

    @property
    def elsewhere(self) -> tuple[Problem, ...]:
        """Give what is wrong in sections that the asker does not read."""
        return self._elsewhere

    @property
    def source(self) -> tuple[str, str]:
        """Give the text that these parameters were read from, and its name."""
        return self._source

    @property
    def content(self) -> object:
        """Give what that text and the included one say, by our words, as it is written there."""
        return self._content

    @property
    def included(self) -> Included | None:
        """Give the file that the text includes."""
        return self._included

    @property
    def given(self) -> frozenset[str]:
        """Name the sections that the file has."""
        return frozenset(self.model_fields_set)

    @property
    def may_buy(self) -> tuple[bool, str]:
        """Say whether this home may buy, and why, in one sentence."""
        if self.node.role == "producer":
            return False, "A producer sells and does not buy (node.role)."
        if not self.node.has_contacts:
            return False, "A member has no contacts, and trades by its meters alone (node.role)."
        seen: set[str] = set()
        for sensor in self.node.feeders.values():
            if sensor.feeds is not None and sensor.feeds.value == "load":
                seen |= _BOTH_SIDES if sensor.side == "both" else {sensor.side}
        if seen == _BOTH_SIDES:
            return True, "A sensor sees the load on both sides of the contact."
        return False, (
            "No sensor sees the load on both sides of the contact, so what is bought could not "
            "be measured (node.sensors: feeds load, side both)."
        )

    @property
    def buys_at_auction(self) -> bool:
        """Say whether this home bids at the auction: the file's word, or by its role."""
        terms = self.node.auction
        if terms is None:
            return False
        return self.node.role != "producer" if terms.buy is None else terms.buy

    @property
    def report_interval_s(self) -> int:
        """Give the time between reports: the file's, or each boundary."""
        return self.node.report.interval_s or self.contract.interval_s

    def channels_to(self, seller: str) -> tuple[int, ...] | None:
        """Give the channels of the connection to a seller, or None when the relay must say."""
        wired = self.sellers[seller]
        if wired.channel is not None and self.node.channel is not None:
            return (self.node.channel, wired.channel)
        return wired.channels
