"""Walk every reachable state of boards with four and five channels, and find no rule broken."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from node.core.relay.board import Wiring
from node.core.relay.interlock import (
    CloseContacts,
    Command,
    ConnectionsWanted,
    Contacts,
    OpenContacts,
    TimePassed,
    Timing,
    at_rest,
    step,
)
from tests.worlds.relay_boards import WIRINGS, allowed, is_settled

DEAD_S = 2.0
MIN_CHANGE_S = 3.0
TIMING = Timing(dead_time_s=DEAD_S, min_change_s=MIN_CHANGE_S)


@pytest.mark.parametrize("name", WIRINGS)
def test_every_reachable_state_keeps_the_rules(name: str) -> None:
    board = WIRINGS[name]
    wants = allowed(board)
    start = Moment.of(at_rest(board, TIMING, 0.0), 0.0)
    seen = {start}
    ahead = [start]
    while ahead:
        moment = ahead.pop()
        for wanted, wait_s in [*((wanted, 0.0) for wanted in wants), (None, 1.0)]:
            before = moment.contacts(board)
            fact = TimePassed() if wanted is None else ConnectionsWanted(connections=wanted)
            after, commands, wake_at_s = step(before, fact, wait_s)
            ensure_kept(before, after, commands, wait_s)
            ensure_no_pin_is_one_too_many(board, before.closed, commands)
            # Whenever it stops or crashes, the next life begins where this walk began.
            assert start == Moment.of(at_rest(board, TIMING, wait_s), wait_s)
            assert is_settled(after) == (wake_at_s is None)
            found = Moment.of(after, wait_s)
            if found not in seen:
                seen.add(found)
                ahead.append(found)
    assert {frozenset()} < {moment.closed for moment in seen}
    assert set(wants) == {moment.wanted for moment in seen}
    ensure_all_wants_are_reached(seen, board)


@pytest.mark.parametrize("name", WIRINGS)
def test_a_life_begins_as_if_every_contact_had_just_opened(name: str) -> None:
    """The life before may have had it closed until now: nothing closes before the dead time."""
    board = WIRINGS[name]
    for number in range(len(board.connections)):
        fact = ConnectionsWanted(connections=frozenset({number}))
        state, commands, wake_at_s = step(at_rest(board, TIMING, 50.0), fact, 50.0)
        assert commands == ()
        assert wake_at_s == 50.0 + max(DEAD_S, MIN_CHANGE_S)
        assert step(state, TimePassed(), 50.0 + DEAD_S - 0.01)[1] == ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A state without its date: how long ago each channel changed, as far as that matters."""

    closed: frozenset[int]
    ages_s: tuple[float, ...]
    wanted: frozenset[int]

    @classmethod
    def of(cls, state: Contacts, now_s: float) -> "Moment":
        ages_s = tuple(min(now_s - at_s, MIN_CHANGE_S) for at_s in state.changed_at_s)
        return cls(state.closed, ages_s, state.wanted)

    def contacts(self, board: Wiring) -> Contacts:
        return Contacts(
            wiring=board,
            timing=TIMING,
            closed=self.closed,
            changed_at_s=tuple(-age_s for age_s in self.ages_s),
            wanted=self.wanted,
            conducting=frozenset(),
        )


def ensure_kept(
    before: Contacts, after: Contacts, commands: tuple[Command, ...], now_s: float
) -> None:
    """The rules in other words than the interlock's own."""
    board = after.wiring
    made = {n for n, c in enumerate(board.connections) if set(c.channels) <= after.closed}
    # The poles of a connection move together, and nothing is closed that nobody wants.
    poles = {channel for n in made for channel in board.connections[n].channels}
    assert poles == after.closed
    assert made <= after.wanted
    # One source per load, bounded loads and current per source, no load that is a source.
    ends = [(board.connections[n].load, board.connections[n].source) for n in made]
    assert len({end for end, _ in ends}) == len(ends)
    limits = {s.name: (s.max_loads, s.max_current_a) for s in board.sources}
    rated = {entry.name: entry.rated_current_a for entry in board.loads}
    for name in {end for _, end in ends}:
        mine = [end for end, other in ends if other == name]
        most, most_a = limits.get(name, (1, float("inf")))
        assert len(mine) <= most
        assert sum(rated.get(one, 0) for one in mine) <= most_a
    assert not {end for end, _ in ends} & {end for _, end in ends}
    # Break before make, and no chatter.
    closing = after.closed - before.closed
    opening = before.closed - after.closed
    for n in made:
        own = board.connections[n]
        if not closing & set(own.channels):
            continue
        for channel in closing & set(own.channels):
            assert now_s - before.changed_at_s[channel] >= MIN_CHANGE_S
        for other in board.connections:
            if {own.load, own.source} & {other.load, other.source}:
                assert not opening & set(other.channels)
                for channel in set(other.channels) - after.closed:
                    assert now_s - before.changed_at_s[channel] >= DEAD_S
    # The commands say what happened, opening first.
    expected: list[Command] = []
    if opening:
        expected.append(OpenContacts(channels=tuple(sorted(opening))))
    if closing:
        expected.append(CloseContacts(channels=tuple(sorted(closing))))
    assert tuple(expected) == commands


def ensure_no_pin_is_one_too_many(
    board: Wiring, closed: frozenset[int], commands: tuple[Command, ...]
) -> None:
    """The board sets one pin after the other; a crash may come between any two of them."""
    now = set(closed)
    for command in commands:
        for channel in command.channels:
            (now.add if isinstance(command, CloseContacts) else now.discard)(channel)
            fed = [c.load for c in board.connections if now.issuperset(c.channels)]
            assert len(set(fed)) == len(fed)


def ensure_all_wants_are_reached(moments: Iterable[Moment], board: Wiring) -> None:
    for moment in moments:
        state = moment.contacts(board)
        now_s = 0.0
        for _ in range(4):
            state, _, wake_at_s = step(state, TimePassed(), now_s)
            if wake_at_s is None:
                break
            assert wake_at_s > now_s
            now_s = wake_at_s
        assert is_settled(state)
