"""The section `relay` of the parameters: where the relay is and, on its own host, its board."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from node.parameters.types import (
    AbsolutePath,
    Address,
    BusAddress,
    ClientAddress,
    Frozen,
    Host,
    Name,
    Number,
    Section,
    Switch,
    Whole,
    key,
)

Board = Literal["gpio", "mock"]
Channel = Annotated[Whole, Field(ge=0, le=63)]
Pin = Annotated[Whole, Field(ge=0, le=27)]

DEFAULT_RELAY_NAME = "relay"

_HIGHEST_EXTRA_LOW_V = 60


class Load(Section):
    """Hold one home as a load of the board."""

    nominal_v: Number = key(
        ..., "its nominal voltage, extra-low", "V DC", low=1, high=_HIGHEST_EXTRA_LOW_V
    )
    rated_current_a: Number = key(..., "its rated current", "A", low=0.01, high=1000)


class Source(Section):
    """Hold one home as a source of the board."""

    nominal_v: Number = key(
        ..., "its nominal voltage, extra-low", "V DC", low=1, high=_HIGHEST_EXTRA_LOW_V
    )
    rated_current_a: Number = key(..., "its rated current", "A", low=0.01, high=1000)
    max_loads: Whole = key(1, "how many loads it may feed at once", "loads", low=1, high=16)
    max_current_a: Number = key(
        lambda data: data.get("rated_current_a", 1),
        "bounds the sum of its loads' rated currents",
        "A",
        low=0.01,
        high=1000,
        told="rated_current_a",
    )


class Connection(Section):
    """Hold one connection of the board: its poles move together."""

    load: Name = key(..., "the node that is fed", bound="a node's name")
    source: Name = key(..., "the node that feeds", bound="a node's name")
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = key(
        ..., "its channels on the board", bound="a list of distinct channels, 0 to 63"
    )
    holder: Address | None = key(
        None,
        "the account that may close it; null = ancestors' messages alone",
        bound="0x and 40 hexadecimal digits",
    )
    consents: tuple[Address, ...] = key(
        [], "the accounts whose consents must stand", bound="a list of addresses"
    )


EXPANDER_OUTPUTS = {"mcp23017": 16, "pcf8574": 8}
"""How many channels each kind of expander makes."""


class Expander(Section):
    """Hold one port expander on the I2C bus, whose outputs are channels."""

    chip: Literal["mcp23017", "pcf8574"] = key(
        ..., "what it is: 16 outputs, or 8", bound="mcp23017 or pcf8574"
    )
    address: BusAddress = key(
        ..., "its address", bound="0x20 to 0x27, a PCF8574A 0x38 to 0x3F", low=0x20, high=0x3F
    )
    reset_pin: Pin | None = key(
        None,
        "the BCM pin that its reset is tied to, with a pull-down; null = none: contacts stay as "
        "they are when the Pi hangs",
        low=0,
        high=27,
    )


class Relay(Section):
    """Hold where the relay is (for a node) and what its board is (on its own host)."""

    host: Host | None = key(
        None, "where a node finds the relay; null = nowhere", bound="a host name or an IP address"
    )
    port: Whole = key(15555, "its TCP port", low=1, high=65_535)
    name: Name | None = key(
        None,
        "the relay's name; on a node: the one it expects, null = any",
        bound="1 to 64 letters without accents, digits, - and _",
    )
    listen: Host = key(
        "0.0.0.0",
        "the address it listens on; '::' = every one, of IPv4 too",
        bound="a host name or an IP address",
    )
    board: Board = key("gpio", "the board; mock is the village's", bound="gpio or mock")
    pins: Annotated[tuple[Pin, ...], Field(max_length=28)] = key(
        [17, 18, 27, 22],
        "the BCM pins of channels 0, 1, ...; [] with expanders alone",
        bound="at most 28 distinct numbers, 0 to 27",
    )
    expanders: Annotated[tuple[Expander, ...], Field(max_length=8)] = key(
        [],
        "port expanders, whose outputs are the channels after those of the pins",
        bound="a list of at most 8, each with chip and address; 64 channels in all",
    )
    expander_bus: AbsolutePath = key(
        "/dev/i2c-1", "the bus of the expanders", bound="an absolute path"
    )
    active_high: Switch = key(True, "a high pin energises its coil", bound="true or false")
    gpio_chip: Annotated[Whole, Field(ge=0, le=15)] | None = key(
        None, "the number of the gpiochip; null = found", low=0, high=15
    )
    state_directory: AbsolutePath = key(
        "/var/lib/peerwatt/relay", "where switch counts are kept", bound="an absolute path"
    )
    dead_time_s: Number = key(0.1, "the wait between opening and closing", "s", low=0.01, high=5)
    min_change_s: Number = key(
        0.5, "least time between two changes of a channel", "s", low=0, high=60
    )
    feedback_pins: Annotated[tuple[Pin | None, ...], Field(max_length=64)] = key(
        [],
        "the BCM pins that tell whether channels 0, 1, ... conduct; null = none",
        bound="a list of distinct numbers, 0 to 27, or null",
    )
    feedback_active_high: Switch = key(
        False, "a high feedback pin means that its contact conducts", bound="true or false"
    )
    settle_s: Number = key(
        0.2,
        "how long a contact may differ from its command before it is stuck",
        "s",
        low=0.01,
        high=5,
    )
    rated_operations: Whole = key(
        100_000, "what a contact is built for; 80 % of it warns", "operations", low=1, high=10**9
    )
    closings_per_hour: Whole = key(
        20,
        "how often a connection closes within an hour at most; opening is always free",
        low=1,
        high=1_000_000,
    )
    nonce_s: Number = key(
        10,
        "how old what a line answers may be; a held-back line is worth nothing then",
        "s",
        low=2,
        high=60,
    )
    trusted_clients: tuple[ClientAddress, ...] = key(
        [],
        "who may switch with an ancestor's messages, without a signature",
        bound="a list of IP addresses",
        told="none; in an ancestor's file this machine alone, 127.0.0.1",
    )
    ancestor_lease_s: Number = key(
        300,
        "how long such a message lasts; 0 = until changed, and warns",
        "s",
        low=0,
        high=86_400,
    )
    max_lease_s: Number = key(120, "the longest lease it grants", "s", low=0.5, high=120)
    max_consent_s: Number = key(3600, "the longest consent it takes", "s", low=1, high=3600)
    loads: Annotated[Mapping[Name, Load], Frozen] = key(
        {}, "what the homes draw", bound="names of nodes, each with nominal_v and rated_current_a"
    )
    sources: Annotated[Mapping[Name, Source], Frozen] = key(
        {}, "what the homes give", bound="names of nodes, each with nominal_v and rated_current_a"
    )
    connections: tuple[Connection, ...] = key(
        [],
        "the wiring; none given: channels 0-1, 2-3, ... each feed a load of their own",
        bound="a list, each with load, source and channels",
    )

    @property
    def own_name(self) -> str:
        """Give the name under which the relay host announces itself."""
        return self.name or DEFAULT_RELAY_NAME

    @property
    def channels(self) -> int:
        """Give how many channels the board has: its pins', then its expanders'."""
        return len(self.pins) + sum(EXPANDER_OUTPUTS[one.chip] for one in self.expanders)

    @property
    def wiring(self) -> tuple[Connection, ...]:
        """Give the connections, or the ancestor's board: each two channels a connection."""
        if self.connections:
            return self.connections
        return tuple(
            Connection(load=f"load{n}", source=f"source{n}", channels=(2 * n, 2 * n + 1))
            for n in range(self.channels // 2)
        )
