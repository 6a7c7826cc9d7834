"""A home hands news of what lasts to each place that its person has named."""

import pytest

from node.core.alerts import LASTING_S
from node.core.faults import Severity
from node.core.home import HomeState
from node.home.memory.memory import Memory
from node.home.outward.alerting import Alerting
from node.home.settings import alert_senders
from node.parameters import parse
from tests.factories.home import NOW_S, drawing, fault, supply_state_on_seller1
from tests.factories.seen import seen_of


@pytest.fixture
def memory(journal):
    """What a home keeps over a restart."""
    memory = Memory(journal, 1_000)
    yield memory
    memory.close()


class Kept:
    """Keep what a sender is told."""

    def __init__(self):
        self.told = []

    def tell(self, news):
        self.told += [(one.name, one.begins, one.sentence) for one in news]


def home(*faults):
    return HomeState(supply=supply_state_on_seller1(), delivery=None, faults=faults)


def test_each_sender_is_told_when_a_fault_has_lasted_and_when_it_is_over(memory):
    senders = Kept(), Kept()
    alerting, lasting = Alerting(senders, memory, 3600.0), fault(Severity.NOTICE)
    for after_s, state in (
        (0.0, home(lasting)),
        (LASTING_S, home(lasting)),
        (LASTING_S + 1, home()),
    ):
        alerting.look(seen_of(state, drawing(now_s=NOW_S + after_s)))

    name, sentence = lasting.name.value, lasting.sentence
    assert [sender.told for sender in senders] == [
        [(name, True, sentence), (name, False, sentence)]
    ] * 2


def test_there_is_a_sender_for_each_place_that_the_file_names():
    both = "alerts:\n  webhook: https://hook.example/x\n  ntfy: http://ntfy.example/home1\n"
    for text, hosts in (
        ("community: street\n", []),
        (both, ["hook.example", "ntfy.example"]),
        ("alerts:\n  ntfy: http://ntfy.example/home1\n", ["ntfy.example"]),
    ):
        senders = alert_senders(parse(text, "parameters.yml"))
        assert [sender.host for sender in senders] == hosts


def test_after_a_restart_nothing_is_told_again_and_the_end_is(journal):
    lasting = fault(Severity.NOTICE)
    for senders, looks, told in (
        ((Kept(),), ((0.0, home(lasting)), (LASTING_S, home(lasting))), [True]),
        ((Kept(),), ((500.0, home(lasting)), (900.0, home(lasting)), (901.0, home())), [False]),
        ((Kept(),), ((0.0, home()), (LASTING_S, home())), []),
    ):
        memory = Memory(journal, 1_000)
        alerting = Alerting(senders, memory, 3600.0)
        for after_s, state in looks:
            alerting.look(seen_of(state, drawing(now_s=NOW_S + after_s)))
        memory.close()
        assert [begins for _, begins, _ in senders[0].told] == told


def test_a_reading_that_waits_is_told(memory):
    sender, seen = Kept(), drawing()
    alerting = Alerting((sender,), memory, 3600.0)

    alerting.look(seen_of(home(), seen, waiting_since_s=seen.calendar_s - 3700.0))

    assert [(name, begins) for name, begins, _ in sender.told] == [("readings_silent", True)]
