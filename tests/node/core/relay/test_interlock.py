"""The table of the interlock, the dead time, and deciding again."""

from dataclasses import replace

import pytest

from node.core.errors import InterlockViolation
from node.core.relay.board import Wiring
from node.core.relay.interlock import (
    CloseContacts,
    ConnectionsWanted,
    Contacts,
    OpenContacts,
    TimePassed,
    Timing,
    at_rest,
    is_full,
    observing,
    refusal,
    step,
)
from tests.worlds.relay_boards import (
    ANCESTORS,
    BUS,
    CHAIN,
    SHARED_POLES,
    SHARED_SOURCE,
    TWO_BY_TWO,
    is_settled,
    load,
    source,
)

DEAD_S = 2.0
MIN_CHANGE_S = 3.0
TIMING = Timing(dead_time_s=DEAD_S, min_change_s=MIN_CHANGE_S)


@pytest.mark.parametrize(
    ("board", "connections", "name"),
    [
        (ANCESTORS, {0, 1}, None),
        (TWO_BY_TWO, set(), None),
        (TWO_BY_TWO, {0, 3}, None),
        (TWO_BY_TWO, {0, 1}, "LoadHasSource"),
        (TWO_BY_TWO, {0, 2}, "SourceBusy"),
        (SHARED_SOURCE, {0, 2}, None),
        (SHARED_SOURCE, {1, 3}, "SourceOverloaded"),
        (CHAIN, {0, 1}, "ChainOfSources"),
        (CHAIN, {1, 3}, None),
        (CHAIN, {2, 3}, "SourceBusy"),
        (BUS, {0, 2}, None),
        (BUS, {0, 3}, "PolesShared"),
    ],
)
def test_table_says_what_may_stand_together(
    board: Wiring, connections: set[int], name: str | None
) -> None:
    found = refusal(board, frozenset(connections))
    assert name == (found and found.name)


def test_decimal_currents_add_up_as_people_add_them() -> None:
    board = replace(
        SHARED_SOURCE,
        loads=(load("a", 0.1), load("b", 0.2)),
        sources=(source("s", 2, 0.3), source("t", 2, 8)),
    )
    assert refusal(board, frozenset({0, 2})) is None


def test_load_without_a_rating_is_fed_alone() -> None:
    board = replace(SHARED_SOURCE, loads=(load("a"),))
    assert refusal(board, frozenset({2})) is None
    found = refusal(board, frozenset({0, 2}))
    assert found is not None
    assert found.name == "SourceOverloaded"


def test_source_is_full_by_its_loads_or_by_drawing_itself() -> None:
    assert is_full(TWO_BY_TWO, "s", frozenset({0}))
    assert not is_full(TWO_BY_TWO, "t", frozenset({0}))
    assert not is_full(SHARED_SOURCE, "s", frozenset({0}))
    assert is_full(CHAIN, "b", frozenset({1}))


def test_load_that_was_open_for_the_dead_time_closes_at_once() -> None:
    state, commands, wake_at_s = step(rested(TWO_BY_TWO), want(0), 100.0)

    assert (CloseContacts(channels=(0,)),) == commands
    assert frozenset({0}) == state.closed
    assert is_settled(state)
    assert wake_at_s is None


def test_after_the_start_the_dead_time_is_waited_for() -> None:
    fresh = at_rest(TWO_BY_TWO, Timing(dead_time_s=2, min_change_s=0), 100.0)
    state, commands, wake_at_s = step(fresh, want(0), 100.0)

    assert commands == ()
    assert wake_at_s == 102.0
    assert not is_settled(state)


def test_break_comes_before_make() -> None:
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    state, commands, wake_at_s = step(state, want(1), 110.0)

    assert (OpenContacts(channels=(0,)),) == commands
    assert wake_at_s == 112.0
    state, commands, _ = step(state, TimePassed(), 111.9)
    assert commands == ()
    state, commands, _ = step(state, TimePassed(), 112.0)
    assert (CloseContacts(channels=(1,)),) == commands


def test_it_is_decided_again_after_the_dead_time() -> None:
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    state, _, _ = step(state, want(1), 110.0)
    state, commands, wake_at_s = step(state, want(), 111.0)
    assert commands == ()
    assert wake_at_s is None

    state, commands, _ = step(state, TimePassed(), 112.0)

    assert commands == ()
    assert frozenset() == state.closed


def test_source_that_changes_its_load_pauses_too() -> None:
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    state, commands, wake_at_s = step(state, want(2), 110.0)

    assert (OpenContacts(channels=(0,)),) == commands
    assert wake_at_s == 112.0


def test_unrelated_connections_do_not_wait_for_each_other() -> None:
    state, _, _ = step(rested(ANCESTORS), want(0), 100.0)
    state, commands, _ = step(state, want(1), 110.0)

    assert (OpenContacts(channels=(0, 1)), CloseContacts(channels=(2, 3))) == commands


def test_shared_pole_opens_with_its_connection() -> None:
    """Half a connection would leave the home dark: it rests on its own source meanwhile."""
    state, _, _ = step(rested(SHARED_POLES), want(0), 100.0)
    state, commands, _ = step(state, want(1), 110.0)

    assert (OpenContacts(channels=(0, 1)),) == commands


def test_channel_closes_again_only_after_the_least_time() -> None:
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    state, commands, _ = step(state, want(), 100.5)
    assert (OpenContacts(channels=(0,)),) == commands

    state, commands, wake_at_s = step(state, want(0), 103.0)
    assert commands == ()
    assert wake_at_s == 103.5
    state, commands, _ = step(state, TimePassed(), 103.5)
    assert (CloseContacts(channels=(0,)),) == commands


def test_nothing_closes_near_a_contact_that_conducts_against_its_command() -> None:
    """Not for any wait: the dead time is over, and still two sources would feed load a."""
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    state, commands, _ = step(observing(state, frozenset({0}), 110.0), want(1), 110.0)
    assert (OpenContacts(channels=(0,)),) == commands

    waiting, commands, wake_at_s = step(state, TimePassed(), 500.0)
    assert commands == ()
    assert waiting.closed == frozenset()
    assert wake_at_s is None
    _, commands, _ = step(waiting, want(3), 500.0)
    assert (CloseContacts(channels=(3,)),) == commands
    # It opens late: the dead time counts from there, and not from its command.
    opened, commands, wake_at_s = step(observing(waiting, frozenset(), 600.0), TimePassed(), 600.0)
    assert commands == ()
    assert wake_at_s == 602.0
    _, commands, _ = step(opened, TimePassed(), 602.0)
    assert (CloseContacts(channels=(1,)),) == commands


def test_contact_that_conducts_as_commanded_keeps_nothing_from_closing() -> None:
    state, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    _, commands, _ = step(observing(state, frozenset({0}), 110.0), want(0, 3), 110.0)
    assert (CloseContacts(channels=(3,)),) == commands


def test_want_that_breaks_the_table_raises_and_changes_nothing() -> None:
    before, _, _ = step(rested(TWO_BY_TWO), want(0), 100.0)
    with pytest.raises(InterlockViolation, match="SourceBusy"):
        step(before, want(0, 2), 110.0)
    assert frozenset({0}) == before.closed


def rested(board: Wiring) -> Contacts:
    return at_rest(board, TIMING, 0.0)


def want(*connections: int) -> ConnectionsWanted:
    return ConnectionsWanted(connections=frozenset(connections))
