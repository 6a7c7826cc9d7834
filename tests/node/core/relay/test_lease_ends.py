"""Rights that end with others: by a stuck contact, or by poles that connections share."""

from dataclasses import replace

import pytest

from node.core.relay.board import Connection, Wiring
from node.core.relay.facts import AncestorAsked, ContactsStuck
from node.core.relay.interlock import TimePassed
from node.core.relay.lease import Accept, Fact, Leases, Refuse, none_held, step, wanted
from tests.factories.lease import BUYER, OTHER, hold, refused_name, rules, wants

POLES = Wiring(
    channels=4,
    loads=(),
    sources=(),
    connections=(
        Connection(load="a", source="s", channels=(0, 1), holder=OTHER, consents=()),
        Connection(load="b", source="u", channels=(2, 3), holder=OTHER, consents=()),
        # Closed by the poles of the other two.
        Connection(load="c", source="t", channels=(1, 2), holder=BUYER, consents=()),
    ),
)
RULES = rules(POLES)


def stuck(number: int, channel: int) -> ContactsStuck:
    return ContactsStuck(barred={number: frozenset({channel})})


def after(*facts: Fact) -> Leases:
    state = none_held(RULES)
    for fact in facts:
        state, commands, _ = step(state, fact, 0.0)
        assert not any(isinstance(command, Refuse) for command in commands), commands
    return state


ALL_THREE = (hold(1, 1, 2), hold(1, 0, 1, 2, 3, lease_s=60, account=OTHER))


def test_stuck_contact_ends_every_right_to_what_it_bars() -> None:
    state, commands, _ = step(after(hold(1, 1, 2)), stuck(2, 1), 1.0)

    assert (wants(),) == commands
    assert wanted(state) == frozenset()


@pytest.mark.failure(
    part="relay",
    failure="a holder or an ancestor asks to close a contact that is stuck",
    person="refused: `ContactStuck`",
)
def test_stuck_contact_is_a_named_refusal_that_changes_nothing_but_the_sequence() -> None:
    before = after(stuck(2, 1))
    state, commands, _ = step(before, hold(1, 1, 2), 1.0)

    assert refused_name(commands) == "ContactStuck"
    assert replace(before, sequences=state.sequences) == state
    _, commands, _ = step(state, AncestorAsked(switches=((1, True), (2, True))), 1.0)
    assert refused_name(commands) == "ContactStuck"


@pytest.mark.failure(
    part="relay",
    failure="a holder or an ancestor asks for rest while a contact is stuck",
    person="accepted",
)
def test_stuck_contact_never_keeps_a_holder_or_an_ancestor_from_opening() -> None:
    before = after(stuck(2, 1))
    assert (Accept(),) == step(before, hold(1), 1.0)[1]
    assert (Accept(),) == step(before, AncestorAsked(switches=((1, False), (2, False))), 1.0)[1]


def test_contact_that_is_not_stuck_any_more_may_be_asked_for() -> None:
    state = after(stuck(2, 1), ContactsStuck(barred={}))
    assert (Accept(), wants(2)) == step(state, hold(1, 1, 2), 1.0)[1]


@pytest.mark.failure(
    part="relay",
    failure="a lease ends, and two other connections hold the poles of its own",
    contacts="all three asked open",
)
def test_lease_that_ends_takes_along_what_would_keep_its_connection_closed() -> None:
    """Else the interlock would be asked for what it must not do, and the relay would end."""
    state, commands, _ = step(after(*ALL_THREE), TimePassed(), 15.0)

    assert (wants(),) == commands
    assert wanted(state) == frozenset()


def test_going_to_rest_is_never_refused_for_anothers_poles() -> None:
    state, commands, _ = step(after(*ALL_THREE), hold(2), 1.0)

    assert (Accept(), wants()) == commands
    assert wanted(state) == frozenset()


def test_stuck_contact_takes_along_what_would_keep_closed_what_it_bars() -> None:
    assert (wants(),) == step(after(*ALL_THREE), stuck(2, 3), 1.0)[1]
