"""Leases, consents, sequences and the ancestor's messages: who may close what, and until when."""

import math
from dataclasses import replace
from typing import Any

import pytest

from node.core.relay.board import Connection, Wiring
from node.core.relay.facts import AncestorAsked, ConsentAsked
from node.core.relay.interlock import ConnectionsWanted, TimePassed
from node.core.relay.lease import (
    Accept,
    Fact,
    LeaseRules,
    Leases,
    Refuse,
    consents_stand,
    none_held,
    step,
    wanted,
)
from tests.factories.lease import BUYER, OTHER, hold, refused_name, rules, wants

SELLER, SECOND, STRANGER = "0xS", "0xT", "0xX"

WIRING = Wiring(
    channels=7,
    loads=(),
    sources=(),
    connections=(
        Connection(load="home1", source="home2", channels=(0, 1), holder=BUYER, consents=(SELLER,)),
        Connection(load="home3", source="home2", channels=(2, 3), holder=OTHER, consents=(SELLER,)),
        Connection(
            load="home1", source="home4", channels=(4, 5), holder=BUYER, consents=(SELLER, SECOND)
        ),
    ),
)
RULES = rules(WIRING)


def consent(
    sequence: int, connection: int = 0, consent_s: float = 60.0, account: str = SELLER
) -> ConsentAsked:
    return ConsentAsked(
        account=account, sequence=sequence, connection=connection, consent_s=consent_s
    )


def ancestor(**switches: bool) -> AncestorAsked:
    return AncestorAsked(switches=tuple((int(name[1:]), on) for name, on in switches.items()))


def after(*facts: tuple[float, Fact], rules: LeaseRules = RULES) -> Leases:
    state = none_held(rules)
    for now_s, fact in facts:
        state, commands, _ = step(state, fact, now_s)
        assert not any(isinstance(command, Refuse) for command in commands), commands
    return state


HELD = ((0.0, consent(1)), (0.0, hold(1, 0, 1)))


def test_consented_lease_wants_its_connection() -> None:
    state, commands, wake_at_s = step(after((0.0, consent(1))), hold(1, 0, 1), 5.0)

    assert (Accept(), wants(0)) == commands
    assert frozenset({0}) == wanted(state)
    assert wake_at_s == 20.0


def test_lease_that_is_not_renewed_ends_by_itself() -> None:
    state, commands, _ = step(after(*HELD), TimePassed(), 15.0)

    assert (wants(),) == commands
    assert frozenset() == wanted(state)


def test_renewed_lease_goes_on() -> None:
    state, commands, wake_at_s = step(after(*HELD), hold(2, 0, 1), 10.0)

    assert (Accept(),) == commands
    assert wake_at_s == 25.0
    assert frozenset({0}) == wanted(state)


def test_empty_hold_opens_whatever_is_held() -> None:
    state, commands, _ = step(after(*HELD), hold(2, lease_s=0.0), 1.0)

    assert (Accept(), wants()) == commands
    assert frozenset() == wanted(state)


def test_hold_opens_the_holders_other_connections() -> None:
    state = after(*HELD, (0.0, consent(2, 2)), (0.0, consent(1, 2, account=SECOND)))
    state, commands, _ = step(state, hold(2, 4, 5), 1.0)

    assert (Accept(), wants(2)) == commands


def test_withdrawn_consent_opens_at_once() -> None:
    state, commands, _ = step(after(*HELD), consent(2, consent_s=0.0), 1.0)

    assert (Accept(), wants()) == commands
    assert not consents_stand(state, 0)


def test_consent_that_runs_out_opens_and_a_new_one_closes_nothing() -> None:
    state = after((0.0, consent(1, consent_s=5.0)), (0.0, hold(1, 0, 1)))
    state, commands, _ = step(state, TimePassed(), 5.0)
    assert (wants(),) == commands

    state, commands, _ = step(state, consent(2), 6.0)

    assert (Accept(),) == commands
    assert frozenset() == wanted(state)


def test_every_account_must_consent() -> None:
    state = after((0.0, consent(1, 2)))
    assert refused_name(step(state, hold(1, 4, 5), 0.0)[1]) == "NoConsent"
    state = after((0.0, consent(1, 2)), (0.0, consent(1, 2, account=SECOND)))
    assert (Accept(), wants(2)) == step(state, hold(1, 4, 5), 0.0)[1]


def test_connection_without_consents_needs_none() -> None:
    free = replace(WIRING.connections[0], consents=())
    rules = replace(RULES, wiring=replace(WIRING, connections=(free,)))
    assert (Accept(), wants(0)) == step(none_held(rules), hold(1, 0, 1), 0.0)[1]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (hold(1, 0, 1), "StaleSequence"),
        (hold(0, 0, 1), "StaleSequence"),
        (hold(2, 0, 7), "UnknownChannel"),
        (hold(2, 0, 1, 2, 3), "NotHolder"),
        (hold(2, 6), "NotHolder"),
        (hold(2, 0), "HalfConnection"),
        (hold(2, 0, 1, 4), "HalfConnection"),
        (hold(2, 0, 1, lease_s=0.499), "LeaseOutOfRange"),
        (hold(2, 0, 1, lease_s=120.001), "LeaseOutOfRange"),
        (hold(2, 0, 1, lease_s=math.nan), "LeaseOutOfRange"),
        (hold(2, 4, 5), "NoConsent"),
        (hold(1, account=STRANGER), "NotHolder"),
        (hold(1, 2, 3, account=OTHER), "SourceBusy"),
        (consent(1), "StaleSequence"),
        (consent(3, 3), "UnknownConnection"),
        (consent(1, 0, account=SECOND), "NotConsentor"),
        (consent(1, account=STRANGER), "NotConsentor"),
        (consent(3, consent_s=0.1), "ConsentOutOfRange"),
        (consent(3, consent_s=3600.1), "ConsentOutOfRange"),
        (consent(3, consent_s=-1.0), "ConsentOutOfRange"),
        (ancestor(c7=True), "UnknownChannel"),
        (ancestor(c0=False), "HalfConnection"),
        (ancestor(c2=True), "HalfConnection"),
        (ancestor(c2=True, c3=True), "SourceBusy"),
        (ancestor(c4=True, c5=True), "LoadHasSource"),
    ],
)
def test_refusal_has_a_name_and_changes_no_right(asked: Any, name: str) -> None:
    before = after(*HELD, (0.0, consent(2, 1)))
    state, commands, _ = step(before, asked, 1.0)

    assert name == refused_name(commands)
    assert before.held == state.held
    assert before.consents == state.consents
    assert before.ancestor == state.ancestor


def test_holds_two_sources_for_one_load_are_refused() -> None:
    state = after(*HELD, (0.0, consent(2, 2)), (0.0, consent(1, 2, account=SECOND)))
    assert refused_name(step(state, hold(2, 0, 1, 4, 5), 1.0)[1]) == "LoadHasSource"


def test_stale_sequence_tells_the_last() -> None:
    (command,) = step(after(*HELD, (0.0, hold(9, 0, 1))), hold(9), 1.0)[1]
    assert isinstance(command, Refuse)
    assert command.last == 9


def test_refused_command_cannot_be_replayed_once_it_would_be_allowed() -> None:
    state, commands, _ = step(none_held(RULES), hold(5, 0, 1), 0.0)
    assert refused_name(commands) == "NoConsent"
    state, _, _ = step(state, consent(1), 1.0)

    state, commands, _ = step(state, hold(5, 0, 1), 2.0)

    assert refused_name(commands) == "StaleSequence"
    assert frozenset() == wanted(state)


def test_sequences_of_the_kinds_are_apart() -> None:
    both = replace(WIRING.connections[0], consents=(SELLER,), holder=SELLER)
    rules = replace(RULES, wiring=replace(WIRING, connections=(both,)))
    state = after((0.0, consent(7)), rules=rules)
    assert (Accept(), wants(0)) == step(state, hold(1, 0, 1, account=SELLER), 0.0)[1]


def test_strangers_leave_no_trace() -> None:
    state, _, _ = step(none_held(RULES), hold(5, 0, 1, account=STRANGER), 0.0)
    assert none_held(RULES) == state


def test_ancestor_needs_neither_lease_nor_consent() -> None:
    state, commands, wake_at_s = step(none_held(RULES), ancestor(c0=True, c1=True), 0.0)

    assert (Accept(), wants(0)) == commands
    assert wake_at_s == 300.0
    assert (wants(),) == step(state, TimePassed(), 300.0)[1]


def test_ancestor_without_a_span_lasts_until_it_is_changed() -> None:
    rules = replace(RULES, ancestor_lease_s=0.0)
    state, _, wake_at_s = step(none_held(rules), ancestor(c0=True, c1=True), 0.0)
    assert wake_at_s is None
    assert step(state, TimePassed(), 1e9)[1] == ()
    assert (Accept(), wants()) == step(state, ancestor(c0=False, c1=False), 2e9)[1]


def test_ancestors_opening_wins_over_a_lease() -> None:
    _, commands, _ = step(after(*HELD), ancestor(c0=False, c1=False), 1.0)
    assert (Accept(), wants()) == commands


def test_ancestor_may_move_a_load_in_one_message() -> None:
    moved = ancestor(c0=False, c1=False, c4=True, c5=True)
    assert (Accept(), wants(2)) == step(after(*HELD), moved, 1.0)[1]


@pytest.mark.parametrize(
    "opening", [hold(1), consent(1, consent_s=0.0)], ids=["holder", "consentor"]
)
def test_either_side_opens_what_an_ancestor_closed(opening: Fact) -> None:
    state = after((0.0, ancestor(c0=True, c1=True)))
    assert (Accept(), wants()) == step(state, opening, 1.0)[1]


def test_consent_that_runs_out_leaves_the_ancestors_message_alone() -> None:
    state = after((0.0, consent(1, consent_s=1.0)), (0.0, ancestor(c0=True, c1=True)))
    assert step(state, TimePassed(), 2.0)[1] == ()


FACTS: tuple[Fact, ...] = (
    TimePassed(),
    hold(9),
    hold(9, 0, 1),
    hold(9, 4, 5),
    hold(9, 2, 3, account=OTHER),
    hold(9, account=STRANGER),
    consent(9),
    consent(9, consent_s=0.0),
    consent(9, 2, account=SECOND),
    ancestor(),
    ancestor(c0=True, c1=True),
    ancestor(c0=False, c1=False),
    ancestor(c2=True, c3=True),
)


@pytest.mark.parametrize("fact", FACTS, ids=range(len(FACTS)))
@pytest.mark.parametrize(
    "state",
    [
        none_held(RULES),
        after((0.0, consent(1))),
        after(*HELD),
        after((0.0, ancestor(c0=True, c1=True))),
        after(*HELD, (0.0, ancestor(c0=True, c1=True))),
    ],
    ids=["none", "consented", "held", "ancestor", "both"],
)
def test_every_fact_at_every_state_is_answered_once(state: Leases, fact: Fact) -> None:
    found, commands, wake_at_s = step(state, fact, 1.0)

    answers = sum(isinstance(command, Accept | Refuse) for command in commands)
    assert answers == (0 if isinstance(fact, TimePassed) else 1)
    told = [c for c in commands if isinstance(c, ConnectionsWanted)]
    assert told == [wants(*wanted(found))] * (wanted(state) != wanted(found))
    assert wake_at_s is None or wake_at_s > 1.0
