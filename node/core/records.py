"""The facts that rooms hand to the rules: frozen, with their units, and nothing they do.

Accounts are checksummed hexadecimal addresses (EIP-55) throughout. `*_s` is a monotonic instant
or a span in seconds, unless its sentence says that it is calendar or chain time.
"""

from dataclasses import dataclass
from enum import Enum


class MeterName(Enum):
    """Name a home's meters; only `CONNECTION` is registered and reported on chain."""

    LOAD = "load"
    GENERATION = "generation"
    CONNECTION = "connection"


class Register(Enum):
    """Name a meter's two registers: into the home, and out of it."""

    IMPORT = "import"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSample:
    """Hold one measurement of a shunt; positive current flows out of the source into the load."""

    sensor: str
    taken_at_s: float
    bus_voltage_v: float
    current_a: float
    power_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySample:
    """Hold one measurement of a gauge; what only told the charge knows no cell's voltage."""

    sensor: str
    taken_at_s: float
    soc_pct: float
    cell_voltage_v: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """Hold a meter's two cumulative registers; both only ever rise."""

    import_milliwh: int
    export_milliwh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSample:
    """Hold what a meter of the house, or a program that has one, last told; None = not told.

    Power and registers are import where the meter says so. `counted` is what its own registers
    rose by since this node began to listen. The same sample is given again until there is another.
    """

    sensor: str
    taken_at_s: float
    power_w: float | None
    counted: Registers | None
    soc_pct: float | None


Sample = PowerSample | BatterySample | MeterSample


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Hold a meter's registers at one boundary (the instant `boundary * interval` since 1970)."""

    meter: MeterName
    boundary: int
    registers: Registers


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStamp:
    """Name a block: its number, hash, and time in calendar seconds since 1970."""

    number: int
    hash: str
    timestamp_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Hold a seller's offer as the sale contract has it; `until_s` is chain time."""

    seller: str
    price_per_kwh: int
    available_milliwh: int
    least_milliwh: int
    until_s: int
    duration_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Hold one open order as the sale contract has it; `expires_s` is chain time."""

    buyer: str
    seller: str
    number: int
    energy_milliwh: int
    drawn_milliwh: int
    price_per_kwh: int
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedOrder:
    """Hold how an order of the sale ended: the energy drawn, and paid for, and the block."""

    buyer: str
    seller: str
    number: int
    drawn_milliwh: int
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Hold a buyer's signed cumulative receipt for one order (65-byte signature, r s v)."""

    buyer: str
    seller: str
    number: int
    drawn_milliwh: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """Hold what one account sees of the chain at one block.

    `offers` has the configured sellers' offers and the account's own; `orders` every open order
    in which the account is buyer or seller. `last_number` is the buyer's newest order number.
    `allowed` is what the sale may take of the tokens by itself; None where it needs no allowance.
    `meter` is the registry's newest reading of the account's meter, where it has one, and
    `meter_max_power_w` what the meter was installed with, `meter_owner` whose it is.
    """

    chain_id: int
    block: BlockStamp
    observed_at_s: float
    block_period_s: float
    tokens: int
    gas_balance_wei: int
    gas_price_wei: int
    last_number: int
    offers: tuple[Offer, ...]
    orders: tuple[Order, ...]
    meter: Reading | None
    meter_max_power_w: int | None = None
    meter_owner: str | None = None
    allowed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """Hold one connection of the relay board as the relay last told it.

    `consents_stand` says that every account in `consents` has a standing consent. `closed` is
    what is commanded. `barred_by` are the stuck channels for which it may not close. Spans left
    count from `RelayView.received_at_s`.
    """

    connection: int
    load: str
    source: str
    channels: tuple[int, ...]
    holder: str
    consents: tuple[str, ...]
    consents_stand: bool
    closed: bool
    lease_left_s: float
    consent_left_s: float
    barred_by: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayView:
    """Hold the relay's whole state as it last told it; `boot` changes at each of its starts.

    `stuck` has a sentence for each contact that does not follow its command, where feedback pins
    tell.
    """

    relay: str
    boot: str
    received_at_s: float
    connections: tuple[ConnectionView, ...]
    busy_sources: frozenset[str]
    stuck: tuple[str, ...]
