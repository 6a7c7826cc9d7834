"""Boards of four channels, and one of five, on which the interlock is tried."""

from dataclasses import replace
from itertools import combinations

from node.core.relay.board import Connection, Load, Source, Wiring, closed_by
from node.core.relay.interlock import Contacts, refusal
from node.parameters import parse
from relay_server.loading import settings_from


def wiring(
    *connections: tuple[str, str, tuple[int, ...]],
    loads: tuple[Load, ...] = (),
    sources: tuple[Source, ...] = (),
) -> Wiring:
    return Wiring(
        channels=4,
        loads=loads,
        sources=sources,
        connections=tuple(
            Connection(load=load, source=source, channels=channels, holder=None, consents=())
            for load, source, channels in connections
        ),
    )


def load(name: str, current_a: float = 5) -> Load:
    return Load(name=name, nominal_v=12, rated_current_a=current_a)


def source(name: str, max_loads: int, max_current_a: float) -> Source:
    return Source(
        name=name,
        nominal_v=12,
        rated_current_a=max_current_a,
        max_loads=max_loads,
        max_current_a=max_current_a,
    )


def ancestor_wiring(channels: int) -> Wiring:
    """Give the board of a file that names no connection."""
    text = f"relay: {{board: mock, pins: {list(range(channels))}}}"
    return settings_from(parse(text, "parameters.yml")).wiring


def is_settled(state: Contacts) -> bool:
    """Say whether every connection that is wanted is closed."""
    return closed_by(state.wiring, state.closed) == state.wanted


def allowed(board: Wiring) -> list[frozenset[int]]:
    """Give every set of connections that may be closed together."""
    connections = range(len(board.connections))
    return [
        frozenset(chosen)
        for count in range(len(connections) + 1)
        for chosen in combinations(connections, count)
        if refusal(board, frozenset(chosen)) is None
    ]


ANCESTORS = ancestor_wiring(4)
TWO_BY_TWO = wiring(("a", "s", (0,)), ("a", "t", (1,)), ("b", "s", (2,)), ("b", "t", (3,)))
SHARED_SOURCE = replace(
    TWO_BY_TWO,
    loads=(load("a"), load("b", 4)),
    sources=(source("s", 2, 9), source("t", 2, 8)),
)
SHARED_POLES = wiring(
    ("a", "s", (0, 1)), ("a", "t", (2, 0)), ("b", "s", (3, 1)), ("b", "t", (3, 2))
)
BUS = replace(SHARED_POLES, sources=(source("s", 2, 100), source("t", 2, 100)))
BUS = replace(BUS, loads=(load("a"), load("b")))
CHAIN = wiring(("a", "b", (0,)), ("b", "c", (1,)), ("c", "a", (2,)), ("d", "a", (3,)))
# Closing the first two would make the third, which may still have to wait for the fourth.
WEB = replace(
    wiring(("a", "s", (0, 1)), ("b", "u", (2, 3)), ("c", "t", (1, 2)), ("d", "t", (4,))),
    channels=5,
)
WIRINGS = {
    "ancestors": ANCESTORS,
    "two by two": TWO_BY_TWO,
    "shared source": SHARED_SOURCE,
    "shared poles": SHARED_POLES,
    "bus": BUS,
    "chain": CHAIN,
    "web": WEB,
}
