"""Who does not look is told what lasts: once when it begins, once when it ends."""

from dataclasses import replace

import pytest

from node.core.alerts import LASTING_S, LOW_DAYS, MONEY_LOW, MOST_DAYS, AlertState, step
from node.core.budget import SECONDS_PER_DAY, Spent
from node.core.faults import Fault, FaultName, Severity
from tests.factories.home import DAY

DAY_S = float(DAY * SECONDS_PER_DAY)


def fault(name=FaultName.RELAY_LOST):
    return Fault(name=name, severity=Severity.REST, sentence=f"{name.value}: look")


def walk(*looks, tokens=None):
    """Give the news of each look, told as `+name` and `-name`."""
    state, told = AlertState(), []
    for now_s, faults in looks:
        state, news = step(state, faults, tokens, None, DAY_S, now_s)
        told.append(
            [f"+{alert.name}" for alert in news.begun] + [f"-{alert.name}" for alert in news.ended]
        )
    return told


def test_a_fault_is_told_when_it_has_lasted_and_when_it_is_over_and_no_more():
    relay = (fault(),)

    assert walk(
        (0.0, relay),
        (LASTING_S - 1, relay),
        (LASTING_S, relay),
        (LASTING_S + 1, relay),
        (LASTING_S + 2, ()),
        (LASTING_S + 3, ()),
    ) == [[], [], ["+relay_lost"], [], ["-relay_lost"], []]


def test_a_fault_that_comes_and_goes_is_never_told():
    looks = [(LASTING_S / 2 * number, (fault(),) if number % 2 else ()) for number in range(9)]

    assert walk(*looks) == [[]] * 9


def test_a_fault_that_is_back_counts_from_then_on():
    relay = (fault(),)

    assert walk((0.0, relay), (50.0, ()), (60.0, relay), (130.0, relay)) == [[]] * 4


@pytest.mark.parametrize("name", [FaultName.CONTACT_STUCK, FaultName.GAS_LOW])
def test_what_does_not_go_away_by_itself_is_told_at_once(name):
    assert walk((0.0, (fault(name),))) == [[f"+{name.value}"]]


def spend_days(*looks):
    """Walk through days of tokens and spending; give which alerts stand after each."""
    state, stands = AlertState(), []
    for day, tokens, amount in looks:
        spent, at_s = Spent(day=DAY + day, amount=amount), DAY_S + day * SECONDS_PER_DAY
        state, _ = step(state, (), tokens, spent, at_s, at_s)
        stands.append([alert.name for alert in state.told])
    return state, stands


def test_money_is_low_when_it_lasts_for_few_days_at_the_pace_of_the_last():
    enough, few = int(LOW_DAYS * 100), int(LOW_DAYS * 100) - 1

    assert spend_days((0, enough, 100))[1] == [[]]
    state, stands = spend_days((0, few, 100))
    assert stands == [[MONEY_LOW]]
    assert state.told[0].sentence.endswith("tokens last for 3.0 days more at this rate")


def test_money_that_was_low_is_well_again_only_with_some_more():
    _, stands = spend_days((0, 299, 100), (0, 399, 100), (0, 400, 100), (0, 399, 100))

    assert stands == [[MONEY_LOW], [MONEY_LOW], [], []]


def test_where_nothing_was_spent_no_money_is_too_little():
    assert spend_days((0, 0, 0))[1] == [[]]


def test_the_pace_is_that_of_the_last_days_alone():
    looks = [(day, 10**6, 100) for day in range(MOST_DAYS + 3)]
    state, _ = spend_days(*looks)

    assert [spent.day for spent in state.days] == [DAY + day for day in range(3, MOST_DAYS + 3)]


def test_money_that_is_not_known_is_not_low():
    state, stands = spend_days((0, None, 100))

    assert stands == [[]]
    assert replace(state, days=()) == AlertState()
