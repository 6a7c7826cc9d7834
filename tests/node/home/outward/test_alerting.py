"""A home hands news of what lasts to each place that its person has named."""

from node.core.alerts import LASTING_S
from node.core.faults import Severity
from node.core.home import HomeState
from node.home.outward.alerting import Alerting
from node.home.settings import alert_senders
from node.parameters import parse
from tests.factories.home import NOW_S, drawing, fault, supply_state_on_seller1
from tests.factories.seen import seen_of


class Kept:
    """Keep what a sender is told."""

    def __init__(self):
        self.told = []

    def tell(self, news):
        self.told += [(one.name, one.begins, one.sentence) for one in news]


def home(*faults):
    return HomeState(supply=supply_state_on_seller1(), delivery=None, faults=faults)


def test_each_sender_is_told_when_a_fault_has_lasted_and_when_it_is_over():
    senders = Kept(), Kept()
    alerting, lasting = Alerting(senders), fault(Severity.NOTICE)
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
