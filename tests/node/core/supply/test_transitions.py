"""The table of the supply's transitions: each row by a step that takes it, and no way beside it."""

import ast
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import node.core.supply
from node.core.auction.licence import NO_RIGHTS, Rights
from node.core.commands import HoldContacts, OpenOrder
from node.core.errors import NoSuchMove
from node.core.faults import Severity, worst
from node.core.holdoff import HoldOff
from node.core.observation import Observation
from node.core.supply import step as supply
from node.core.supply.state import Cause, Mode, SupplyState
from node.core.supply.transitions import SENTENCES, TABLE, enter, transitions
from tests.factories.home import (
    NOW_S,
    chain_view,
    confirmed,
    connection,
    drawing,
    fault,
    observation,
    open_order,
    order,
    pending,
    refused,
    relay_view,
    supply_state_on_seller1,
    supply_state_purchasing,
)
from tests.factories.pairing import barred, draws, licence, supply_state_awake
from tests.factories.pairing import supply_state_on_pairing as paired
from tests.factories.settings import SELLER1, SELLER2, supply_settings
from tests.worlds.auction_world import AuctionWorld
from tests.worlds.home_world import HomeWorld

REST = (Mode.OWN_SOURCE, Mode.HOLD_OFF, Mode.SAFE)
FED = (Mode.ON_SELLER, Mode.ON_PAIRING)

STATES = {
    Mode.OWN_SOURCE: supply_state_awake(),
    Mode.HOLD_OFF: supply_state_awake(mode=Mode.HOLD_OFF),
    Mode.PURCHASING: supply_state_purchasing(started_at_s=NOW_S - 1_000),
    Mode.ON_SELLER: supply_state_on_seller1(started_at_s=NOW_S - 1_000),
    Mode.ON_PAIRING: paired(),
    Mode.SAFE: supply_state_awake(mode=Mode.SAFE),
}
HELD = tuple(
    HoldOff(seller=seller, failures=1, until_s=NOW_S + 30) for seller in (SELLER1, SELLER2)
)
STOP = (fault(Severity.REST),)
UNWILLING = relay_view(connection(0, consents_stand=False), connection(1, consents_stand=False))
CREDIT = chain_view(orders=(order(energy_milliwh=206_000),), last_number=7)
BOUGHT = observation(soc_pct=19.0, chain=CREDIT, facts=(confirmed(open_order()),))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Hold what makes a mode take one way of the table; `changes` are to its plain state."""

    seen: Observation
    faults: tuple = ()
    rights: Rights = NO_RIGHTS
    changes: dict = field(default_factory=dict)


SEEKING = {
    Cause.CREDIT_OPEN: Case(seen=observation(soc_pct=19.0, chain=CREDIT)),
    Cause.ORDERED: Case(seen=observation(soc_pct=19.0)),
    Cause.UNDER_WAY: Case(seen=observation(soc_pct=19.0), changes={"pending": (pending(),)}),
    Cause.PASSED_OVER: Case(seen=observation(soc_pct=19.0), changes={"hold_offs": HELD}),
    Cause.NO_SELLER: Case(seen=observation(soc_pct=19.0, relay=UNWILLING)),
}
ANYWHERE = {
    Cause.FAULT: Case(seen=observation(soc_pct=19.0), faults=STOP),
    Cause.WISH: Case(seen=observation(soc_pct=19.0, wants_own_source=True)),
}
IN_AN_INTERVAL = {
    Cause.PART_DUE: Case(seen=observation(soc_pct=50.0), rights=draws()),
    Cause.BARRED: Case(seen=observation(soc_pct=19.0, chain=CREDIT), rights=barred()),
}
NEXT_PART = Case(seen=drawing(), rights=draws(licence(seller=SELLER2)))
CASES: dict[Mode, dict[Cause, Case]] = {
    Mode.OWN_SOURCE: {**ANYWHERE, **IN_AN_INTERVAL, **SEEKING},
    Mode.HOLD_OFF: {
        **ANYWHERE,
        **IN_AN_INTERVAL,
        **SEEKING,
        Cause.BATTERY_WELL: Case(seen=observation(soc_pct=20.0)),
    },
    Mode.PURCHASING: {
        **ANYWHERE,
        **IN_AN_INTERVAL,
        Cause.CONFIRMED: Case(seen=BOUGHT),
        Cause.RESUMED: Case(seen=replace(BOUGHT, battery=observation(soc_pct=30.0).battery)),
        Cause.NO_CREDIT: Case(seen=observation(soc_pct=19.0, facts=(refused(open_order()),))),
        Cause.SELLER_FAILED: Case(seen=replace(BOUGHT, relay=UNWILLING)),
    },
    Mode.ON_SELLER: {
        **ANYWHERE,
        **IN_AN_INTERVAL,
        Cause.RESUMED: Case(seen=drawing(soc_pct=30.0)),
        Cause.NO_CREDIT: Case(seen=drawing(chain=chain_view(last_number=7))),
        Cause.SELLER_FAILED: Case(seen=drawing(relay=UNWILLING)),
    },
    Mode.ON_PAIRING: {
        **ANYWHERE,
        Cause.PART_DUE: NEXT_PART,
        Cause.PAIRING_ENDED: Case(seen=drawing()),
        Cause.SELLER_FAILED: Case(seen=drawing(relay=UNWILLING), rights=draws()),
    },
    Mode.SAFE: {
        **ANYWHERE,
        Cause.FAULTS_CLEARED: Case(seen=observation(soc_pct=50.0)),
    },
}
ROWS = [
    pytest.param(before, cause, case, id=f"{before.value}-{cause.value}")
    for before, cases in CASES.items()
    for cause, case in cases.items()
]

BUT_REST = [row for row in ROWS if row.values[1] is not Cause.FAULT]
"""Rest itself goes by a fault's rows: that every mode has one is a test of its own."""


def before_of(mode: Mode, case: Case) -> SupplyState:
    return replace(STATES[mode], **case.changes)


def stepped(before: SupplyState, case: Case):
    return supply.step(before, case.seen, case.faults, supply_settings(), case.rights)


def test_every_row_has_a_case_and_every_case_a_row():
    rows = {(row.before, row.cause) for row in transitions()}

    assert rows == {(mode, cause) for mode, cases in CASES.items() for cause in cases}
    assert set(TABLE) == set(Mode)


@pytest.mark.parametrize(("mode", "cause", "case"), ROWS)
def test_each_row_is_taken_by_a_step(mode, cause, case):
    before = before_of(mode, case)

    state, _ = stepped(before, case)

    assert TABLE[mode][cause] is state.mode
    if state.mode is not mode:
        assert (state.cause, state.since_s) == (cause, NOW_S)


@pytest.mark.parametrize(("mode", "cause", "case"), BUT_REST)
def test_a_step_whose_row_is_missing_leaves_the_home_at_rest(mode, cause, case, monkeypatch):
    """The row is what the step goes by, and a hole in the table costs no more than rest."""
    rest = {known: after for known, after in TABLE[mode].items() if known is not cause}
    monkeypatch.setitem(TABLE, mode, rest)
    before = before_of(mode, case)

    state, commands = stepped(before, case)

    assert state.reason == f"no way leads from {mode.value} by {cause.value}: at rest"
    assert (state.mode, state.cause) == (Mode.SAFE, Cause.FAULT)
    assert [c for c in commands if isinstance(c, OpenOrder)] == []
    asked = [c.contacts for c in commands if isinstance(c, HoldContacts)]
    assert asked == ([()] if mode in FED else [])
    if mode in FED:
        assert state.drops[-1] == NOW_S, "it counts as a fault that took the home off a contact"


@pytest.mark.parametrize("mode", Mode)
def test_a_cause_that_a_mode_does_not_have_changes_nothing(mode):
    state = STATES[mode]

    for cause in set(Cause) - set(TABLE[mode]):
        with pytest.raises(NoSuchMove) as missing:
            enter(state, cause, NOW_S, "a reason")
        assert str(missing.value) == f"no way leads from {mode.value} by {cause.value}"


@pytest.mark.parametrize("mode", Mode)
def test_a_fault_and_the_persons_wish_lead_to_rest_from_every_mode(mode):
    assert TABLE[mode][Cause.FAULT] is Mode.SAFE
    assert TABLE[mode][Cause.WISH] is Mode.OWN_SOURCE


def test_only_credit_and_a_part_lead_to_a_contact():
    licences = {Cause.CREDIT_OPEN, Cause.CONFIRMED, Cause.PART_DUE}

    for row in transitions():
        assert (row.after in FED) == (row.cause in licences)


def test_a_home_made_safe_goes_nowhere_but_to_own_source():
    assert set(TABLE[Mode.SAFE].values()) == {Mode.SAFE, Mode.OWN_SOURCE}


def test_each_cause_of_the_table_has_a_sentence_and_leads_to_one_mode():
    rows = list(transitions())

    assert set(SENTENCES) == {row.cause for row in rows}
    assert len({(row.cause, row.after) for row in rows}) == len(SENTENCES)


@pytest.mark.parametrize("world", [HomeWorld, AuctionWorld])
@pytest.mark.parametrize("seed", range(4))
def test_no_walk_moves_beside_the_table(world, seed):
    walk, moves = world(seed), 0
    for _ in range(500):
        walk.play()
        before, state = walk.home.cycles[-1].state.supply, walk.home.state.supply
        if state.mode is before.mode:
            continue
        moves += 1
        # A step that leaves `safe` goes on from own source at once.
        started = Mode.OWN_SOURCE if before.mode is Mode.SAFE else before.mode
        ways = TABLE[before.mode] | TABLE[started]
        assert ways.get(state.cause) is state.mode, state.reason
        if state.mode is Mode.SAFE:
            assert worst(walk.home.state.faults) is Severity.REST, state.reason

    assert moves > 10, "it would prove nothing"


def test_only_enter_changes_the_mode():
    """`initial` begins with one; whatever else names a mode of its own goes around the table."""
    (folder,) = node.core.supply.__path__
    setting = {
        path.name
        for path in Path(folder).glob("*.py")
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(found, ast.Call) and any(word.arg == "mode" for word in found.keywords)
    }

    assert setting == {"state.py", "transitions.py"}
