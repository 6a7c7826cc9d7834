"""Decide who may close which connection, and for how long: leases, consents, sequences.

A holder's lease and every standing consent, or an ancestor's message, want a connection closed;
whoever may open it opens it at once. Signatures are checked before; `interlock` moves contacts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from node.core.errors import Refusal
from node.core.relay import closings, interlock
from node.core.relay.board import Wiring, accounts_of, channels_of, closed_by, held_by
from node.core.relay.facts import (
    AncestorAsked,
    ConsentAsked,
    ContactsStuck,
    HereSaid,
    HoldAsked,
)
from node.core.relay.interlock import ConnectionsWanted, TimePassed
from node.core.relay.refusals import SHORTEST_LEASE_S, Wish, refusal_of_wish, stuck_contact

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRules:
    """Hold the board and the longest spans; an ancestor's span of 0 lasts until it is changed."""

    wiring: Wiring
    longest_lease_s: float
    longest_consent_s: float
    ancestor_lease_s: float
    closings_per_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """Hold when each right ends, and the last sequence of each (account, kind).

    `held` and `ancestor` are by connection, `consents` by (connection, account), and `barred` by
    connection has the stuck channels that bar it. `closings` bounds the wear of the contacts. Each
    mapping is replaced, never changed.
    """

    rules: LeaseRules
    held: Mapping[int, float]
    ancestor: Mapping[int, float]
    consents: Mapping[tuple[int, str], float]
    sequences: Mapping[_Key, int]
    barred: Mapping[int, frozenset[int]]
    closings: closings.Closings


Fact = HereSaid | HoldAsked | ConsentAsked | AncestorAsked | ContactsStuck | TimePassed


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Answer that what was asked holds from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer with a refusal; `last` is the sequence last seen, when it was stale."""

    refusal: Refusal
    last: int | None


Command = Accept | Refuse | ConnectionsWanted


def none_held(rules: LeaseRules) -> Leases:
    """Start with no lease, no consent and no sequence, as each boot does."""
    return Leases(
        rules=rules, held={}, ancestor={}, consents={}, sequences={}, barred={}, closings={}
    )


def wanted(state: Leases) -> frozenset[int]:
    """Give the connections that somebody has the right to have closed."""
    return frozenset(state.held) | frozenset(state.ancestor)


def consents_stand(state: Leases, connection: int) -> bool:
    """Say whether every account that must consent to a connection does."""
    accounts = state.rules.wiring.connections[connection].consents
    return all((connection, account) in state.consents for account in accounts)


def step(
    state: Leases, fact: Fact, now_s: float
) -> tuple[Leases, tuple[Command, ...], float | None]:
    """Take one fact; answer it, say what is wanted if that changed, and when to look again."""
    before = wanted(state)
    state = _expired(state, now_s)
    answer: Accept | Refuse | None
    match fact:
        case HereSaid():
            state, answer = _greet(state, fact)
        case HoldAsked():
            state, answer = _hold(state, fact, now_s)
        case ConsentAsked():
            state, answer = _consent(state, fact, now_s)
        case AncestorAsked():
            state, answer = _switch(state, fact, now_s)
        case ContactsStuck(barred=barred):
            state, answer = _opened(replace(state, barred=barred), frozenset(barred)), None
        case TimePassed():
            answer = None
        case _:
            assert_never(fact)
    state = _without_leftovers(state)
    commands: list[Command] = [] if answer is None else [answer]
    if wanted(state) != before:
        commands.append(ConnectionsWanted(connections=wanted(state)))
    return state, tuple(commands), _wake_at_s(state)


def _expired(state: Leases, now_s: float) -> Leases:
    state = replace(
        state,
        consents={key: end_s for key, end_s in state.consents.items() if end_s > now_s},
        ancestor={number: end_s for number, end_s in state.ancestor.items() if end_s > now_s},
    )
    held = {
        number: end_s
        for number, end_s in state.held.items()
        if end_s > now_s and consents_stand(state, number)
    }
    return replace(state, held=held)


def _without_leftovers(state: Leases) -> Leases:
    """End what would, by its poles together, keep a connection closed that nobody wants now."""
    wiring = state.rules.wiring
    while True:
        left = wanted(state)
        made = closed_by(wiring, channels_of(wiring, left)) - left
        if not made:
            return state
        poles = channels_of(wiring, made)
        ending = (n for n in left if not poles.isdisjoint(wiring.connections[n].channels))
        state = _opened(state, frozenset(ending))


def _wake_at_s(state: Leases) -> float | None:
    ends = (*state.held.values(), *state.ancestor.values(), *state.consents.values())
    return min((end_s for end_s in ends if end_s < math.inf), default=None)


def _greet(state: Leases, fact: HereSaid) -> tuple[Leases, Accept | Refuse]:
    if fact.account not in accounts_of(state.rules.wiring):
        return state, _refuse("NotHolder", f"no connection of this board names {fact.account}")
    stale = _stale(state, (fact.account, "here"), fact.sequence)
    if stale is not None:
        return state, stale
    return _sequenced(state, (fact.account, "here"), fact.sequence), Accept()


def _hold(state: Leases, fact: HoldAsked, now_s: float) -> tuple[Leases, Accept | Refuse]:
    wiring = state.rules.wiring
    mine = held_by(wiring, fact.account)
    if not mine:
        return state, _refuse("NotHolder", f"{fact.account} holds no connection of this board")
    stale = _stale(state, (fact.account, "hold"), fact.sequence)
    if stale is not None:
        return state, stale
    # A refused command uses up its sequence too, or it could be replayed once it were allowed.
    state = _sequenced(state, (fact.account, "hold"), fact.sequence)
    asked = closed_by(wiring, frozenset(fact.contacts)) & mine
    wish = Wish(
        account=fact.account,
        contacts=fact.contacts,
        asked=asked,
        lease_s=fact.lease_s,
        longest_lease_s=state.rules.longest_lease_s,
        wiring=wiring,
        consents=state.consents.keys(),
        barred=state.barred,
    )
    broken = refusal_of_wish(wish)
    # Who asks for nothing opens, and that is never refused.
    if broken is None and asked:
        broken = interlock.refusal(wiring, (wanted(state) - mine) | asked)
    broken = broken or _worn(state, asked, now_s)
    if broken is not None:
        return state, Refuse(refusal=broken, last=None)
    state = _counted(state, asked, now_s)
    others_held = {n: end_s for n, end_s in state.held.items() if n not in mine}
    return (
        replace(
            state,
            held=others_held | dict.fromkeys(sorted(asked), now_s + fact.lease_s),
            ancestor={n: end_s for n, end_s in state.ancestor.items() if n not in mine - asked},
        ),
        Accept(),
    )


def _consent(state: Leases, fact: ConsentAsked, now_s: float) -> tuple[Leases, Accept | Refuse]:
    connections = state.rules.wiring.connections
    if not any(fact.account in connection.consents for connection in connections):
        return state, _refuse("NotConsentor", f"no connection needs {fact.account}'s consent")
    stale = _stale(state, (fact.account, "consent"), fact.sequence)
    if stale is not None:
        return state, stale
    state = _sequenced(state, (fact.account, "consent"), fact.sequence)
    if not 0 <= fact.connection < len(connections):
        return state, _refuse(
            "UnknownConnection", f"{fact.connection} is not from 0 to {len(connections) - 1}"
        )
    if fact.account not in connections[fact.connection].consents:
        return state, _refuse(
            "NotConsentor", f"connection {fact.connection} needs no consent of {fact.account}"
        )
    longest_s = state.rules.longest_consent_s
    if fact.consent_s and not SHORTEST_LEASE_S <= fact.consent_s <= longest_s:
        return state, _refuse(
            "ConsentOutOfRange",
            f"{fact.consent_s:g} s is neither 0 nor from {SHORTEST_LEASE_S:g} to {longest_s:g} s",
        )
    consents = dict(state.consents)
    if fact.consent_s:
        consents[fact.connection, fact.account] = now_s + fact.consent_s
        return replace(state, consents=consents), Accept()
    consents.pop((fact.connection, fact.account), None)
    return _opened(replace(state, consents=consents), frozenset({fact.connection})), Accept()


def _switch(state: Leases, fact: AncestorAsked, now_s: float) -> tuple[Leases, Accept | Refuse]:
    wiring = state.rules.wiring
    beyond = [channel for channel, _ in fact.switches if not 0 <= channel < wiring.channels]
    if beyond:
        return state, _refuse("UnknownChannel", f"{beyond[0]} is not on this board")
    closing = frozenset(channel for channel, closed in fact.switches if closed)
    opening = frozenset(channel for channel, closed in fact.switches if not closed)
    contacts = channels_of(wiring, wanted(state)) - opening | closing
    asked = closed_by(wiring, contacts)
    halves = sorted(contacts - channels_of(wiring, asked))
    if halves:
        return state, _refuse("HalfConnection", f"channel {halves[0]} moves only with others")
    stuck = stuck_contact(state.barred, asked)
    if stuck is not None:
        return state, _refuse("ContactStuck", stuck)
    broken = interlock.refusal(wiring, asked) or _worn(state, asked, now_s)
    if broken is not None:
        return state, Refuse(refusal=broken, last=None)
    state = _opened(_counted(state, asked, now_s), wanted(state) - asked)
    end_s = now_s + state.rules.ancestor_lease_s if state.rules.ancestor_lease_s else math.inf
    renewed = (n for n in sorted(asked) if closing.intersection(wiring.connections[n].channels))
    return replace(state, ancestor={**state.ancestor, **dict.fromkeys(renewed, end_s)}), Accept()


def _opened(state: Leases, connections: frozenset[int]) -> Leases:
    return replace(
        state,
        held={n: end_s for n, end_s in state.held.items() if n not in connections},
        ancestor={n: end_s for n, end_s in state.ancestor.items() if n not in connections},
    )


def _worn(state: Leases, asked: frozenset[int], now_s: float) -> Refusal | None:
    most = state.rules.closings_per_hour
    return closings.refusal(state.closings, asked - wanted(state), most, now_s)


def _counted(state: Leases, asked: frozenset[int], now_s: float) -> Leases:
    closing = asked - wanted(state)
    return replace(state, closings=closings.noted(state.closings, closing, now_s))


def _stale(state: Leases, key: _Key, sequence: int) -> Refuse | None:
    last = state.sequences.get(key, 0)
    if sequence > last:
        return None
    return _refuse("StaleSequence", f"sequence {sequence} is not above {last}", last)


def _sequenced(state: Leases, key: _Key, sequence: int) -> Leases:
    return replace(state, sequences={**state.sequences, key: sequence})


def _refuse(name: str, sentence: str, last: int | None = None) -> Refuse:
    return Refuse(refusal=Refusal(name=name, sentence=sentence), last=last)
