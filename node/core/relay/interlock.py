"""Decide which contacts may be closed together, and when: break before make, and decide again.

The table `RULES` says which connections may stand together; `step` brings the contacts there.
Opening is never delayed. A connection closes once every open contact around its load and its
source has been open for the dead time, its own contacts are not changing too fast, and nothing
that touches it still conducts against its command, as far as feedback pins tell.
Who may ask for a connection is `lease`'s to decide; the pins are the board's.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import assert_never

from node.core.errors import InterlockViolation, Refusal
from node.core.relay.board import Wiring, channels_of, closed_by, touching

# Rated currents are decimals, and the sum of three 0.1 A as floats is above 0.3 A.
_ROUNDING_A = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Hold the pause between opening and closing, and the least time between two changes."""

    dead_time_s: float
    min_change_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Hold what is commanded at the contacts, since when, and which connections are wanted.

    `conducting` are the channels whose feedback says so; without feedback there are none.
    """

    wiring: Wiring
    timing: Timing
    closed: frozenset[int]
    changed_at_s: tuple[float, ...]
    wanted: frozenset[int]
    conducting: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionsWanted:
    """Say that exactly these connections are wanted closed from now on."""

    connections: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Say that nothing happened but time."""


Fact = ConnectionsWanted | TimePassed


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenContacts:
    """Open these channels now."""

    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseContacts:
    """Close these channels now."""

    channels: tuple[int, ...]


Command = OpenContacts | CloseContacts


def at_rest(wiring: Wiring, timing: Timing, now_s: float) -> Contacts:
    """Start with every contact open; as an earlier life may have closed them, since now."""
    return Contacts(
        wiring=wiring,
        timing=timing,
        closed=frozenset(),
        changed_at_s=(now_s,) * wiring.channels,
        wanted=frozenset(),
        conducting=frozenset(),
    )


def observing(state: Contacts, conducting: frozenset[int], now_s: float) -> Contacts:
    """Note which channels conduct, as far as feedback pins tell; the next step decides on it.

    A contact that opens late has changed now, and not when it was told to: the dead time counts
    from what is known last.
    """
    if conducting == state.conducting:
        return state
    late = state.conducting - conducting - state.closed
    return carried_out(replace(state, conducting=conducting), late, now_s)


def carried_out(state: Contacts, channels: Collection[int], now_s: float) -> Contacts:
    """Count from when the pins were set: a process may be held up after it has decided."""
    changed_at_s = tuple(
        now_s if channel in channels else earlier_s
        for channel, earlier_s in enumerate(state.changed_at_s)
    )
    return replace(state, changed_at_s=changed_at_s)


def step(
    state: Contacts, fact: Fact, now_s: float
) -> tuple[Contacts, tuple[Command, ...], float | None]:
    """Move the contacts as far as is allowed now; also say when to decide again, if ever.

    Raises:
        InterlockViolation: what is wanted, or what would be closed, breaks a rule.
    """
    match fact:
        case ConnectionsWanted(connections=wanted):
            _ensure(state.wiring, wanted)
            state = replace(state, wanted=wanted)
        case TimePassed():
            pass
        case _:
            assert_never(fact)
    staying = closed_by(state.wiring, state.closed) & state.wanted
    opening = state.closed - channels_of(state.wiring, staying)
    state = _changed(state, state.closed - opening, now_s)
    ready, wake_at_s = _ready(state, staying, now_s)
    closing = channels_of(state.wiring, ready) - state.closed
    state = _changed(state, state.closed | closing, now_s)
    _ensure(state.wiring, closed_by(state.wiring, state.closed))
    commands: list[Command] = []
    if opening:
        commands.append(OpenContacts(channels=tuple(sorted(opening))))
    if closing:
        commands.append(CloseContacts(channels=tuple(sorted(closing))))
    return state, tuple(commands), wake_at_s


def _changed(state: Contacts, closed: frozenset[int], now_s: float) -> Contacts:
    if closed == state.closed:
        return state
    return carried_out(replace(state, closed=closed), closed ^ state.closed, now_s)


def _ready(
    state: Contacts, staying: frozenset[int], now_s: float
) -> tuple[frozenset[int], float | None]:
    """Give the wanted connections that may close now, and when the next of the others may."""
    closable_at_s = {
        number: _closable_at_s(state, number) for number in sorted(state.wanted - staying)
    }
    ready = frozenset(number for number, at_s in closable_at_s.items() if now_s >= at_s)
    # Shared poles can make a connection that is not ready itself: then they all wait for it.
    made = closed_by(state.wiring, channels_of(state.wiring, staying | ready))
    if made != staying | ready:
        ready = frozenset()
    later = [at_s for at_s in closable_at_s.values() if now_s < at_s < math.inf]
    return ready, min(later, default=None)


def _closable_at_s(state: Contacts, number: int) -> float:
    if (state.conducting - state.closed) & touching(state.wiring, number):
        # Not for any wait: only another observation can change that.
        return math.inf
    connections = state.wiring.connections
    own = connections[number]
    ends = {own.load, own.source}
    around = channels_of(
        state.wiring,
        (
            other
            for other, connection in enumerate(connections)
            if not ends.isdisjoint((connection.load, connection.source))
        ),
    )
    dead = [
        state.changed_at_s[channel] + state.timing.dead_time_s for channel in around - state.closed
    ]
    wear = [
        state.changed_at_s[channel] + state.timing.min_change_s
        for channel in own.channels
        if channel not in state.closed
    ]
    return max(dead + wear)


def _ensure(wiring: Wiring, connections: frozenset[int]) -> None:
    broken = refusal(wiring, connections)
    if broken is not None:
        raise InterlockViolation(f"{broken.name}: {broken.sentence}")


def refusal(wiring: Wiring, connections: frozenset[int]) -> Refusal | None:
    """Say which rule of the table forbids these connections to be closed together, if one does."""
    for name, rule in RULES:
        sentence = rule(wiring, connections)
        if sentence is not None:
            return Refusal(name=name, sentence=sentence)
    return None


def is_full(wiring: Wiring, source: str, connections: frozenset[int]) -> bool:
    """Say whether a source cannot take one more load beside these connections."""
    if source in _loads(wiring, connections):
        return True
    return _loads_on(wiring, connections)[source] >= _limits(wiring, source)[0]


def _one_source_per_load(wiring: Wiring, connections: frozenset[int]) -> str | None:
    loads = Counter(wiring.connections[number].load for number in connections)
    twice = sorted(load for load, count in loads.items() if count > 1)
    return f"{twice[0]} would have {loads[twice[0]]} sources" if twice else None


def _bounded_loads_per_source(wiring: Wiring, connections: frozenset[int]) -> str | None:
    for source, count in sorted(_loads_on(wiring, connections).items()):
        most, _ = _limits(wiring, source)
        if count > most:
            return f"{source} would feed {count} loads, and feeds at most {most}"
    return None


def _bounded_current_per_source(wiring: Wiring, connections: frozenset[int]) -> str | None:
    rated_a = {load.name: load.rated_current_a for load in wiring.loads}
    currents_a: defaultdict[str, float] = defaultdict(float)
    for number in sorted(connections):
        load, source = wiring.connections[number].load, wiring.connections[number].source
        most_a = _limits(wiring, source)[1]
        # Nobody knows what a load without a rating draws: it may be all there is.
        currents_a[source] += rated_a.get(load, most_a)
    for source, current_a in sorted(currents_a.items()):
        most_a = _limits(wiring, source)[1]
        if current_a > most_a + _ROUNDING_A:
            return f"{source} would feed {current_a:g} A, and feeds at most {most_a:g} A"
    return None


def _no_load_is_a_source(wiring: Wiring, connections: frozenset[int]) -> str | None:
    sources = {wiring.connections[number].source for number in connections}
    both = sorted(_loads(wiring, connections) & sources)
    return f"{both[0]} would draw and deliver at once" if both else None


def _no_other_connection_made(wiring: Wiring, connections: frozenset[int]) -> str | None:
    made = closed_by(wiring, channels_of(wiring, connections)) - connections
    return f"their poles together would also make connection {min(made)}" if made else None


RULES: tuple[tuple[str, Callable[[Wiring, frozenset[int]], str | None]], ...] = (
    ("LoadHasSource", _one_source_per_load),
    ("SourceBusy", _bounded_loads_per_source),
    ("SourceOverloaded", _bounded_current_per_source),
    ("ChainOfSources", _no_load_is_a_source),
    ("PolesShared", _no_other_connection_made),
)


def _loads(wiring: Wiring, connections: frozenset[int]) -> set[str]:
    return {wiring.connections[number].load for number in connections}


def _loads_on(wiring: Wiring, connections: frozenset[int]) -> Counter[str]:
    return Counter(wiring.connections[number].source for number in connections)


def _limits(wiring: Wiring, source: str) -> tuple[int, float]:
    entry = next((entry for entry in wiring.sources if entry.name == source), None)
    return (1, math.inf) if entry is None else (entry.max_loads, entry.max_current_a)
