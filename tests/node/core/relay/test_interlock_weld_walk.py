"""Walk every reachable state of four channels with a contact that welds and comes free again.

Only its feedback tells of it. The leases that a stuck contact ends are left out: what the interlock
closes must be right before anybody has called the contact stuck.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from node.core.relay.board import Wiring
from node.core.relay.interlock import (
    CloseContacts,
    ConnectionsWanted,
    Contacts,
    Fact,
    TimePassed,
    Timing,
    at_rest,
    observing,
    step,
)
from tests.worlds.relay_boards import WIRINGS, allowed

DEAD_S = 1.0
TIMING = Timing(dead_time_s=DEAD_S, min_change_s=0.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """The interlock's state without its date, one contact that may be welded, and how long ago
    each contact last conducted, as far as that matters."""

    closed: frozenset[int]
    ages_s: tuple[float, ...]
    wanted: frozenset[int]
    conducting: frozenset[int]
    welded: frozenset[int]
    open_for_s: tuple[float, ...]

    def contacts(self, board: Wiring) -> Contacts:
        return Contacts(
            wiring=board,
            timing=TIMING,
            closed=self.closed,
            changed_at_s=tuple(-age_s for age_s in self.ages_s),
            wanted=self.wanted,
            conducting=self.conducting,
        )


@pytest.mark.parametrize("name", [name for name in WIRINGS if WIRINGS[name].channels == 4])
def test_nothing_closes_onto_what_a_welded_contact_feeds(name: str) -> None:
    board = WIRINGS[name]
    wants = allowed(board)
    rested = at_rest(board, TIMING, 0.0)
    nothing: frozenset[int] = frozenset()
    ages_s = (0.0,) * board.channels
    start = Moment(rested.closed, ages_s, rested.wanted, nothing, nothing, ages_s)
    seen, ahead = {start}, [start]
    while ahead:
        for found in followers(ahead.pop(), board, wants):
            if found not in seen:
                seen.add(found)
                ahead.append(found)

    assert any(moment.welded - moment.closed for moment in seen)
    assert {moment.closed for moment in seen if not moment.welded} > {nothing}


def followers(moment: Moment, board: Wiring, wants: list[frozenset[int]]) -> Iterator[Moment]:
    """Everything that may come next: a want, a wait, a weld, a weld that lets go."""
    for wanted in wants:
        yield stepped(moment, board, ConnectionsWanted(connections=wanted), 0.0)
    yield stepped(moment, board, TimePassed(), DEAD_S / 2)
    if moment.welded:
        yield replace(
            moment,
            welded=frozenset(),
            open_for_s=tuple(
                0.0 if channel in moment.welded else span_s
                for channel, span_s in enumerate(moment.open_for_s)
            ),
        )
    else:
        for channel in sorted(moment.closed):
            yield replace(moment, welded=frozenset({channel}))


def stepped(moment: Moment, board: Wiring, fact: Fact, wait_s: float) -> Moment:
    before = moment.contacts(board)
    seen = observing(before, moment.closed | moment.welded, wait_s)
    after, commands, _ = step(seen, fact, wait_s)
    open_for_s = [min(span_s + wait_s, DEAD_S) for span_s in moment.open_for_s]
    conducting = set(moment.closed | moment.welded)
    for command in commands:
        for channel in command.channels:
            if isinstance(command, CloseContacts):
                ensure_may_close(board, channel, after, conducting, open_for_s)
                conducting.add(channel)
            elif channel not in moment.welded:
                conducting.discard(channel)
                open_for_s[channel] = 0.0
            ensure_fed_once(board, conducting)
    return Moment(
        closed=after.closed,
        ages_s=tuple(min(wait_s - at_s, DEAD_S) for at_s in after.changed_at_s),
        wanted=after.wanted,
        conducting=after.conducting,
        welded=moment.welded,
        open_for_s=tuple(
            0.0 if channel in conducting else span_s for channel, span_s in enumerate(open_for_s)
        ),
    )


def ensure_may_close(
    board: Wiring, channel: int, after: Contacts, conducting: set[int], open_for_s: list[float]
) -> None:
    """Around a connection that is being made, all others have been open for the dead time."""
    for own in board.connections:
        if channel not in own.channels or not after.closed.issuperset(own.channels):
            continue
        for other in board.connections:
            if {own.load, own.source} & {other.load, other.source}:
                for pole in set(other.channels) - after.closed:
                    assert pole not in conducting
                    assert open_for_s[pole] >= DEAD_S


def ensure_fed_once(board: Wiring, conducting: set[int]) -> None:
    """No load has two sources, whatever conducts it; none delivers while it draws."""
    made = [c for c in board.connections if conducting.issuperset(c.channels)]
    loads = [connection.load for connection in made]
    assert len(set(loads)) == len(loads)
    assert not set(loads) & {connection.source for connection in made}
