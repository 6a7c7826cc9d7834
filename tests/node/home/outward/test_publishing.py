"""What a home logs as it starts: one line, and a fault only where it lasts."""

import logging
from dataclasses import replace

import pytest

from node.away import NoBroker
from node.core.commands import NoteSilence
from node.core.faults import Severity
from node.core.home import HomeState
from node.core.supply.state import Mode
from node.home.outward.homeassistant import Device
from node.home.outward.publishing import Publishing
from node.settings import STARTING_S
from tests.factories.home import fault, refused, supply_state_at_rest

BEGAN_S = 1000.0


@pytest.fixture
def announcing(caplog):
    caplog.set_level(logging.INFO)
    broker = NoBroker()
    device = Device(broker, "street", "home1", "prosumer", "1")
    lookers = (device.announce,)
    return Publishing(broker, lookers, lambda: None, lambda _part, _state, _sentence: None)


def at_rest() -> HomeState:
    return HomeState(supply=supply_state_at_rest(), delivery=None, faults=(), trading=None)


def faulty(reason: str = "state of charge unknown") -> HomeState:
    supply = supply_state_at_rest(mode=Mode.SAFE, reason=reason)
    return replace(at_rest(), supply=supply, faults=(fault(Severity.REST),))


def test_a_start_whose_faults_clear_shows_none_of_them(announcing, caplog):
    announcing.log_changes(at_rest(), faulty(), (), BEGAN_S)
    announcing.log_changes(faulty(), faulty("relay away"), (), BEGAN_S + 1)
    starting = announcing.is_starting
    announcing.log_changes(faulty("relay away"), at_rest(), (), BEGAN_S + 2)

    assert starting
    assert not announcing.is_starting
    assert caplog.messages == ["starting: sensors, relay, chain and broker are asked"]


def test_a_fault_that_lasts_beyond_the_start_is_told_then_and_once(announcing, caplog):
    broken = faulty()
    for seconds in (0.0, 1.0, STARTING_S, STARTING_S + 1):
        announcing.log_changes(at_rest() if not seconds else broken, broken, (), BEGAN_S + seconds)

    told = [message for message in caplog.messages if message.startswith("fault ")]
    assert told == [f"fault {broken.faults[0].name.value}: {broken.faults[0].sentence}"]
    assert "supply safe: state of charge unknown" in caplog.messages


def test_after_the_start_a_fault_is_told_at_once(announcing, caplog):
    announcing.log_changes(at_rest(), at_rest(), (), BEGAN_S)

    changed = announcing.log_changes(at_rest(), faulty(), (), BEGAN_S + 1)

    assert changed
    assert [message for message in caplog.messages if message.startswith("fault ")]


@pytest.mark.parametrize("starts", [False, True])
def test_a_note_of_silence_that_was_refused_is_told_to_the_person_who_asked_for_it(
    announcing, caplog, starts
):
    announcing.is_starting = starts
    fact = refused(NoteSilence(interval=7))

    announcing.log_changes(at_rest(), faulty() if starts else at_rest(), (fact,), BEGAN_S)

    assert caplog.messages[0] == "the note of silence was refused: it was too late"
    assert len(caplog.messages) == 1 + starts
