"""Contacts that do not follow: after how long they are called stuck, and what that bars."""

from collections.abc import Iterable

import pytest

from node.core.relay.board import Wiring
from node.core.relay.feedback import RETRY_AFTER_S, Feedback, barred, look, stuck, unseen
from tests.worlds.relay_boards import ANCESTORS, CHAIN, SHARED_POLES, TWO_BY_TWO, WEB

SETTLE_S = 0.2
START = unseen(frozenset({0, 1, 2}), SETTLE_S)


def seen(*looks: tuple[float, set[int], set[int]], start: Feedback = START) -> Feedback:
    """Look at (instant, commanded, observed), one after the other."""
    for now_s, commanded, observed in looks:
        start = look(start, frozenset(commanded), frozenset(observed), now_s)
    return start


def bars(state: Feedback, wiring: Wiring, now_s: float) -> dict[int, set[int]]:
    return {number: set(by) for number, by in barred(state, wiring, now_s).items()}


@pytest.mark.failure(
    part="relay",
    failure="a contact follows late, but within its settle time",
    contacts="no connection is barred",
    person="nothing is told as stuck",
    lasts="0.2 s here",
)
def test_contact_that_follows_within_the_settle_time_is_not_stuck() -> None:
    state = seen((0.0, {0}, set()), (0.19, {0}, set()), (0.21, {0}, {0}), (9.0, {0}, {0}))
    assert stuck(state) == {}
    assert bars(state, ANCESTORS, 9.0) == {}


def test_contact_that_conducts_against_its_command_is_stuck_closed_until_it_opens() -> None:
    state = seen((0.0, {0, 1}, {0, 1}), (1.0, set(), {1}), (1.19, set(), {1}))
    assert stuck(state) == {}
    state = seen((1.25, set(), {1}), start=state)
    assert stuck(state) == {1: "channel 1 is stuck closed: told to open, it conducts"}
    assert bars(state, ANCESTORS, 1.25) == {0: {1}}

    state = seen((500.0, set(), set()), start=state)
    assert stuck(state) == {}
    assert bars(state, ANCESTORS, 500.0) == {}


def test_contact_that_closes_by_itself_is_stuck_closed_too() -> None:
    state = seen((0.0, set(), {2}), (0.2, set(), {2}))
    assert stuck(state).keys() == {2}


def test_contact_that_does_not_close_is_stuck_open_and_may_be_tried_after_a_pause() -> None:
    state = seen((0.0, {0, 1}, {0}), (0.2, {0, 1}, {0}), (0.25, set(), set()))
    assert stuck(state) == {1: "channel 1 is stuck open: told to close, it did not conduct"}
    assert bars(state, ANCESTORS, 0.25) == {0: {1}}

    again_s = 0.2 + RETRY_AFTER_S
    assert bars(state, ANCESTORS, again_s) == {}
    assert stuck(state).keys() == {1}
    failed = seen((again_s, {0, 1}, {0}), (again_s + 0.2, {0, 1}, {0}), start=state)
    assert bars(failed, ANCESTORS, again_s + 0.2) == {0: {1}}
    mended = seen((again_s, {0, 1}, {0, 1}), start=state)
    assert stuck(mended) == {}


def test_each_command_has_the_whole_settle_time() -> None:
    """A contact that is late to close is not at once stuck closed when it is told to open."""
    state = seen((0.0, {0}, set()), (0.15, {0}, {0}), (0.3, set(), {0}), (0.45, set(), {0}))
    assert stuck(state) == {}
    crossed = seen((0.0, {0}, set()), (0.15, set(), {0}), (0.3, set(), {0}))
    assert stuck(crossed) == {}


@pytest.mark.failure(
    part="relay",
    failure="a contact without feedback does not follow",
    person="nothing is told as stuck",
)
def test_channel_without_feedback_is_never_stuck() -> None:
    state = seen((0.0, {3}, set()), (99.0, {3}, set()))
    assert stuck(state) == {}


@pytest.mark.failure(
    part="relay",
    failure="a contact is welded, in each of five wirings",
    contacts="each connection of its load, its source or its poles is barred, no other",
)
@pytest.mark.parametrize(
    ("wiring", "welded", "numbers"),
    [
        (ANCESTORS, {0}, {0}),
        # Its own load, and the other load of its source; b on t shares neither.
        (TWO_BY_TWO, {0}, {0, 1, 2}),
        (CHAIN, {1}, {0, 1, 2}),
        (SHARED_POLES, {0}, {0, 1, 2, 3}),
        # Of one connection alone, but another goes over the same poles.
        (WEB, {0}, {0, 2}),
    ],
)
def test_welded_contact_bars_all_that_touches_it(
    wiring: Wiring, welded: Iterable[int], numbers: set[int]
) -> None:
    state = seen((0.0, set(), set(welded)), (0.2, set(), set(welded)))
    assert bars(state, wiring, 0.2).keys() == numbers
