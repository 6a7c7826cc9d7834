"""Hold the relay board's wiring: channels, loads, sources, connections, and what is wrong with it.

Says what is wired, not what is closed now: that is `interlock`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from node.core.errors import Problem

MOST_CHANNELS = 64
MOST_CONNECTIONS = 64
MOST_CONSENTS = 4
VOLTAGE_TOLERANCE = 0.10

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Hold what one home draws at most, on extra-low direct voltage."""

    name: str
    nominal_v: float
    rated_current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Hold what one home gives at most; `max_current_a` bounds its loads' rated currents' sum."""

    name: str
    nominal_v: float
    rated_current_a: float
    max_loads: int
    max_current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Hold one connection: its poles (channels) move together.

    `load` and `source` are node names, `holder` and `consents` accounts. Without a holder only
    an ancestor's message can close it; without consents nobody's consent is needed.
    """

    load: str
    source: str
    channels: tuple[int, ...]
    holder: str | None
    consents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Hold the board: its number of channels, and its connections, numbered from 0.

    Two connections may share a channel (a home's changeover contact with two neighbours). A source
    without an entry feeds one load at a time; a load without one is fed alone.
    """

    channels: int
    loads: tuple[Load, ...]
    sources: tuple[Source, ...]
    connections: tuple[Connection, ...]


def channels_of(wiring: Wiring, connections: Iterable[int]) -> frozenset[int]:
    """Give every channel of these connections."""
    numbers = (wiring.connections[number].channels for number in connections)
    return frozenset(chain.from_iterable(numbers))


def closed_by(wiring: Wiring, channels: frozenset[int]) -> frozenset[int]:
    """Give every connection whose poles are all among these channels."""
    return frozenset(
        number
        for number, connection in enumerate(wiring.connections)
        if channels.issuperset(connection.channels)
    )


def held_by(wiring: Wiring, account: str) -> frozenset[int]:
    """Give the connections that an account may close."""
    return frozenset(
        number
        for number, connection in enumerate(wiring.connections)
        if connection.holder == account
    )


def accounts_of(wiring: Wiring) -> frozenset[str]:
    """Give every account that may close a connection, or must consent to one."""
    named = (account for one in wiring.connections for account in (one.holder, *one.consents))
    return frozenset(account for account in named if account is not None)


def touching(wiring: Wiring, number: int) -> frozenset[int]:
    """Give every channel of the connections that share a load, a source or a pole with this one."""
    own = wiring.connections[number]
    ends, poles = {own.load, own.source}, set(own.channels)
    near = (
        other
        for other, connection in enumerate(wiring.connections)
        if ends & {connection.load, connection.source} or poles & set(connection.channels)
    )
    return channels_of(wiring, near)


def wiring_problems(wiring: Wiring) -> tuple[Problem, ...]:
    """Tell everything that is wrong with a wiring, all at once."""
    problems = list(_problems_of_entries(wiring))
    if not 1 <= wiring.channels <= MOST_CHANNELS:
        problems.append(_problem("relay.pins", wiring.channels, f"1 to {MOST_CHANNELS} channels"))
    if len(wiring.connections) > MOST_CONNECTIONS:
        found = len(wiring.connections)
        problems.append(_problem("relay.connections", found, f"at most {MOST_CONNECTIONS}"))
    for number in range(len(wiring.connections)):
        problems += _problems_of_poles(wiring, number)
        problems += _problems_of_ratings(wiring, number)
    return tuple(problems)


def _problems_of_entries(wiring: Wiring) -> Iterator[Problem]:
    for place, entries in (("loads", wiring.loads), ("sources", wiring.sources)):
        seen: set[str] = set()
        for entry in entries:
            path = f"relay.{place}.{entry.name}"
            if entry.name in seen:
                yield _problem(path, entry.name, "one entry for each name")
            seen.add(entry.name)
            if not 0 < entry.nominal_v <= 60:
                yield _problem(f"{path}.nominal_v", entry.nominal_v, "extra-low: at most 60 V DC")
            if not entry.rated_current_a > 0:
                yield _problem(f"{path}.rated_current_a", entry.rated_current_a, "above 0 A")
    for source in wiring.sources:
        path = f"relay.sources.{source.name}"
        if source.max_loads < 1:
            yield _problem(f"{path}.max_loads", source.max_loads, "at least 1")
        if not source.max_current_a > 0:
            yield _problem(f"{path}.max_current_a", source.max_current_a, "above 0 A")


def _problems_of_poles(wiring: Wiring, number: int) -> Iterator[Problem]:
    connection = wiring.connections[number]
    path = f"relay.connections[{number}]"
    poles = set(connection.channels)
    if not poles or len(poles) != len(connection.channels):
        yield _problem(f"{path}.channels", list(connection.channels), "distinct, at least one")
    beyond = sorted(pole for pole in poles if not 0 <= pole < wiring.channels)
    if beyond:
        yield _problem(f"{path}.channels", beyond, f"0 to {wiring.channels - 1}")
    if connection.load == connection.source:
        yield _problem(path, connection.load, "a load and a source that are not the same node")
    if len(set(connection.consents)) != len(connection.consents):
        yield _problem(f"{path}.consents", list(connection.consents), "each account once")
    if len(connection.consents) > MOST_CONSENTS:
        yield _problem(f"{path}.consents", len(connection.consents), f"at most {MOST_CONSENTS}")
    for earlier in range(number):
        other = wiring.connections[earlier]
        if poles <= set(other.channels) or poles >= set(other.channels):
            yield _problem(
                f"{path}.channels",
                list(connection.channels),
                f"neither within connection {earlier} nor around it: {list(other.channels)}",
            )


def _problems_of_ratings(wiring: Wiring, number: int) -> Iterator[Problem]:
    connection = wiring.connections[number]
    path = f"relay.connections[{number}]"
    load = next((entry for entry in wiring.loads if entry.name == connection.load), None)
    source = next((entry for entry in wiring.sources if entry.name == connection.source), None)
    if load is None or source is None:
        return
    least, most = sorted((load.nominal_v, source.nominal_v))
    if most - least > VOLTAGE_TOLERANCE * most + _ROUNDING:
        yield _problem(
            path,
            f"{load.name} has {load.nominal_v:g} V and {source.name} {source.nominal_v:g} V",
            "nominal_v at most 10 % apart",
        )
    if load.rated_current_a > source.max_current_a:
        yield _problem(
            path,
            f"{load.name} draws up to {load.rated_current_a:g} A",
            f"max_current_a of {source.name}: {source.max_current_a:g} A",
        )


def _problem(path: str, value: object, bound: str) -> Problem:
    return Problem(path=path, value=str(value), bound=bound)
