"""Who does not look is told what lasts: once when it begins, once when it ends."""

from dataclasses import replace

import pytest

from node.core.alerts import (
    LASTING_S,
    LOW_DAYS,
    MONEY_LOW,
    MOST_DAYS,
    READINGS_SILENT,
    AlertState,
    Silence,
    resumed,
    step,
    to_keep,
)
from node.core.budget import SECONDS_PER_DAY, Spent
from node.core.faults import Fault, FaultName, Severity
from tests.factories.home import DAY

DAY_S = float(DAY * SECONDS_PER_DAY)


def fault(name=FaultName.RELAY_LOST):
    return Fault(name=name, severity=Severity.REST, sentence=f"{name.value}: look")


NOTHING_WAITS = Silence(since_s=None, most_s=3600.0)


def walk(*looks, tokens=None):
    """Give the news of each look, told as `+name` and `-name`."""
    return walked(AlertState(), *looks, tokens=tokens)[1]


def walked(state, *looks, tokens=None, silence=NOTHING_WAITS):
    told = []
    for now_s, faults in looks:
        state, news = step(state, faults, tokens, None, silence, DAY_S + now_s, now_s)
        told.append(
            [f"+{alert.name}" for alert in news.begun] + [f"-{alert.name}" for alert in news.ended]
        )
    return state, told


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
        state, _ = step(state, (), tokens, spent, NOTHING_WAITS, at_s, at_s)
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


def test_what_lasts_over_a_restart_is_not_told_again_and_its_end_is():
    relay, stuck = fault(), fault(FaultName.CONTACT_STUCK)
    state, _ = walked(AlertState(), (0.0, (relay, stuck)), (LASTING_S, (relay, stuck)))

    again, told = walked(
        resumed(to_keep(state), 10.0),
        # At a start nothing is known yet, and then all at once.
        (10.0, ()),
        (12.0, (relay, stuck)),
        (12.0 + LASTING_S, (relay, stuck)),
        (13.0 + LASTING_S, (stuck,)),
        (14.0 + LASTING_S, (relay, stuck)),
    )

    assert told == [[], [], [], ["-relay_lost"], []]
    assert [alert.name for alert in to_keep(again).told] == ["contact_stuck"]


def test_what_ended_while_the_home_was_away_is_over_when_it_is_not_seen_for_a_while():
    state, _ = walked(AlertState(), (0.0, (fault(FaultName.CONTACT_STUCK),)))

    _, told = walked(resumed(to_keep(state), 50.0), (50.0, ()), (60.0, ()), (50.0 + LASTING_S, ()))

    assert told == [[], [], ["-contact_stuck"]]


@pytest.mark.parametrize(("tokens", "ended"), [(299, []), (300, [MONEY_LOW])])
def test_the_pace_goes_on_from_the_days_before_a_restart(tokens, ended):
    state, stands = spend_days((0, 10**6, 100), (1, 10**6, 100), (2, 299, 100))
    spent, at_s = Spent(day=DAY + 3, amount=0), DAY_S + 3 * SECONDS_PER_DAY

    after = resumed(to_keep(state), 0.0)
    after, news = step(after, (), tokens, spent, NOTHING_WAITS, at_s, LASTING_S)

    assert stands[2] == [MONEY_LOW]
    assert [one.day for one in after.days] == [DAY, DAY + 1, DAY + 2, DAY + 3]
    assert [one.name for one in news.ended] == ended


def test_readings_that_wait_too_long_are_told_at_once_and_when_they_have_come_through():
    waits = Silence(since_s=DAY_S - 7_000.0, most_s=7_200.0)

    state, told = walked(AlertState(), (199.0, ()), (201.0, ()), (300.0, ()), silence=waits)
    _, after = walked(state, (301.0, ()))

    assert told == [[], [f"+{READINGS_SILENT}"], []]
    assert state.told[0].sentence == "readings wait here for 2 h, and do not come through"
    assert after == [[f"-{READINGS_SILENT}"]]
