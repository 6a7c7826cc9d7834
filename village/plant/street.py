"""Describe the street that is played: homes, batteries, solar, wires, prices. Plays nothing.

At 1:1000 a home's battery of 13.5 kWh is one of 13.5 Wh. The first half of the homes are consumers
(small battery, their solar as measured), the others producers (large battery, solar scaled until
the street's supply is at least 110 % of its demand). Each consumer is wired to one producer, every
other consumer to a second one, as far as sixteen channels reach.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from village.plant.homes_data import Profile

DEFAULT_DAY = date(2016, 8, 2)
DEFAULT_HOMES = 4
LEAST_HOMES = 2
MOST_HOMES = 12
MOST_CHANNELS = 16
SUPPLY_SHARE = Fraction(110, 100)
"""What the street's solar must at least be of its demand."""
NOMINAL_V = 12.8

_FIRST_PRICE_PER_KWH = 160_000
_PRICE_STEP_PER_KWH = 10_000


class Role(Enum):
    """Say what a home is on the street."""

    CONSUMER = "consumer"
    PRODUCER = "producer"
    PROSUMER = "prosumer"


class Grid(Enum):
    """Say what the public grid does for a home.

    A charger fills the battery where it is low; a full grid takes what finds no room, and gives
    what the battery cannot. To a tied home the grid is what comes first: its battery is a reserve,
    and the one shunt of its connection sees what comes from neighbours and from the grid.
    """

    NONE = "none"
    CHARGER = "charger"
    FULL = "full"
    TIED = "tied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Describe one home; percentages are of `battery_milliwh`, prices base units per kWh.

    `pv_scale` multiplies the measured solar. `sell_floor_pct` and `price_per_kwh` are a
    producer's, `limit_pct` and `resume_pct` what it buys by (a producer of the default street is
    wired to no seller). `outfit` names what it measures with (`village.chips.outfits`).
    """

    name: str
    role: Role
    battery_milliwh: int
    start_soc_pct: int
    pv_scale: Fraction
    grid: Grid
    limit_pct: int
    resume_pct: int
    sell_floor_pct: int
    price_per_kwh: int
    outfit: str = "ina219"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Describe one connection of the relay board; `channels[0]` moves the load's own pole."""

    load: str
    source: str
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Say what the contacts do: closed (load, source) pairs, and loads on no source at all."""

    closed: frozenset[tuple[str, str]]
    floating: frozenset[str]


AT_REST = Contacts(closed=frozenset(), floating=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Describe the whole street; home N has the N-th profile.

    `source_loads` is how many homes a source feeds at once.
    """

    homes: tuple[Home, ...]
    wires: tuple[Wire, ...]
    source_loads: int


def default_street(profiles: Sequence[Profile], *, hours: int) -> Street:
    """Describe the street for so many homes, with solar scaled for the hours that are played.

    Raises:
        ValueError: fewer than 2 homes, or more than 12.
    """
    if not LEAST_HOMES <= len(profiles) <= MOST_HOMES:
        raise ValueError(f"{len(profiles)} homes, the street has {LEAST_HOMES} to {MOST_HOMES}")
    consumers = len(profiles) // 2
    scale = producers_pv_scale(profiles[:consumers], profiles[consumers:], hours=hours)
    homes = [_consumer(number) for number in range(1, consumers + 1)]
    homes += [
        _producer(consumers + rank, rank, scale) for rank in range(1, len(profiles) - consumers + 1)
    ]
    return Street(homes=tuple(homes), wires=_wires(homes, consumers), source_loads=1)


def producers_pv_scale(
    consumers: Sequence[Profile], producers: Sequence[Profile], *, hours: int
) -> Fraction:
    """Find the least multiple of 0.1 (at least 1) that makes supply 110 % of demand.

    Counted over whole days: at least the hours that are played, all homes, consumers' solar as
    measured.
    """
    played = max(1, -(-hours // 24)) * 24
    demand = sum(sum(home.load_mw[:played]) for home in (*consumers, *producers))
    measured = sum(sum(home.pv_mw[:played]) for home in consumers)
    scaled = sum(sum(home.pv_mw[:played]) for home in producers)
    missing = SUPPLY_SHARE * demand - measured
    if missing <= scaled or not scaled:
        return Fraction(1)
    tenths = -(-missing * 10 // scaled)
    return Fraction(int(tenths), 10)


def contacts_of(street: Street, energised: Collection[int]) -> Contacts:
    """Say what the contacts do when these channels' coils are energised."""
    closed, floating = set(), set()
    for wire in street.wires:
        if all(channel in energised for channel in wire.channels):
            closed.add((wire.load, wire.source))
        elif wire.channels[0] in energised:
            floating.add(wire.load)
    on_a_source = {load for load, _ in closed}
    return Contacts(closed=frozenset(closed), floating=frozenset(floating - on_a_source))


def _consumer(number: int) -> Home:
    return Home(
        name=f"home{number}",
        role=Role.CONSUMER,
        battery_milliwh=20_000,
        start_soc_pct=40,
        pv_scale=Fraction(1),
        grid=Grid.NONE,
        limit_pct=20,
        resume_pct=30,
        sell_floor_pct=25,
        price_per_kwh=0,
    )


def _producer(number: int, rank: int, pv_scale: Fraction) -> Home:
    # Prices rise along the street, so that a consumer's first producer is the cheaper of its two
    # and its second stays free for the neighbour who has no other.
    return Home(
        name=f"home{number}",
        role=Role.PRODUCER,
        battery_milliwh=54_000,
        start_soc_pct=75,
        pv_scale=pv_scale,
        grid=Grid.NONE,
        limit_pct=20,
        resume_pct=30,
        sell_floor_pct=25,
        price_per_kwh=_FIRST_PRICE_PER_KWH + (rank - 1) * _PRICE_STEP_PER_KWH,
    )


def _wires(homes: Sequence[Home], consumers: int) -> tuple[Wire, ...]:
    """Wire consumer k to producer k, and every other consumer also to the next producer."""
    producers = homes[consumers:]
    pairs = [(homes[k], producers[k]) for k in range(consumers)]
    spare = MOST_CHANNELS // 2 - len(pairs)
    seconds = [
        (homes[k], producers[k + 1]) for k in range(0, consumers, 2) if k + 1 < len(producers)
    ]
    pairs += seconds[:spare]
    return tuple(
        Wire(load=load.name, source=source.name, channels=(2 * at, 2 * at + 1))
        for at, (load, source) in enumerate(pairs)
    )
