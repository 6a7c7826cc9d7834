"""A contact wears with each closing: how often a connection closes in an hour is bounded."""

from node.core.relay import lease
from node.core.relay.board import Connection, Wiring
from node.core.relay.closings import HOUR_S
from node.core.relay.facts import AncestorAsked
from node.core.relay.lease import Accept, Leases
from tests.factories.lease import BUYER, hold, refused_name, rules

MOST = 20
WIRING = Wiring(
    channels=4,
    loads=(),
    sources=(),
    connections=(
        Connection(load="home1", source="home2", channels=(0, 1), holder=BUYER, consents=()),
        Connection(load="home3", source="home4", channels=(2, 3), holder=BUYER, consents=()),
    ),
)


def leases() -> Leases:
    return lease.none_held(rules(WIRING, closings_per_hour=MOST))


def closed(state: Leases, sequence: int, now_s: float) -> Leases:
    state, commands, _ = lease.step(state, hold(sequence, 0, 1), now_s)
    assert commands[0] == Accept()
    return state


def opened(state: Leases, sequence: int, now_s: float) -> Leases:
    state, commands, _ = lease.step(state, hold(sequence), now_s)
    assert commands[0] == Accept()
    return state


def worn() -> tuple[Leases, int]:
    """Close and open as fast as may be, until it may not."""
    state, sequence = leases(), 1
    for turn in range(MOST):
        state = closed(state, sequence, 1.0 + turn)
        state = opened(state, sequence + 1, 1.5 + turn)
        sequence += 2
    return state, sequence


def test_a_holder_closes_so_often_in_an_hour_and_is_then_refused_by_name() -> None:
    """90 to 120 closings a minute wore a contact out within a day."""
    state, sequence = worn()
    state, commands, _ = lease.step(state, hold(sequence, 0, 1), 100.0)

    assert refused_name(commands) == "ClosedTooOften"
    assert not lease.wanted(state)


def test_opening_and_renewing_are_always_free() -> None:
    state, sequence = leases(), 1
    for turn in range(MOST - 1):
        state = opened(closed(state, sequence, 1.0 + turn), sequence + 1, 1.5 + turn)
        sequence += 2
    state = closed(state, sequence, 50.0)
    for turn in range(3 * MOST):
        state = closed(state, sequence + 1 + turn, 51.0 + turn)
    state = opened(state, sequence + 4 * MOST, 200.0)
    state = opened(state, sequence + 4 * MOST + 1, 201.0)

    assert not lease.wanted(state)


def test_an_hour_after_the_first_closing_one_more_is_granted() -> None:
    state, sequence = worn()
    _, commands, _ = lease.step(state, hold(sequence, 0, 1), 1.0 + HOUR_S - 0.1)
    assert refused_name(commands) == "ClosedTooOften"

    state = opened(closed(state, sequence, 1.0 + HOUR_S), sequence + 1, 1.0 + HOUR_S)
    _, commands, _ = lease.step(state, hold(sequence + 2, 0, 1), 1.0 + HOUR_S)
    assert refused_name(commands) == "ClosedTooOften"


def test_one_connection_that_is_worn_leaves_the_other_free() -> None:
    state, sequence = worn()
    _, commands, _ = lease.step(state, hold(sequence, 2, 3), 100.0)

    assert commands[0] == Accept()


def test_an_ancestors_message_is_counted_like_any_other() -> None:
    state = leases()
    for turn in range(MOST):
        both = ((0, True), (1, True))
        state, commands, _ = lease.step(state, AncestorAsked(switches=both), 1.0 + turn)
        assert commands[0] == Accept()
        off = ((0, False), (1, False))
        state, commands, _ = lease.step(state, AncestorAsked(switches=off), 1.5 + turn)
        assert commands[0] == Accept()
    _, commands, _ = lease.step(state, AncestorAsked(switches=((0, True), (1, True))), 100.0)

    assert refused_name(commands) == "ClosedTooOften"
