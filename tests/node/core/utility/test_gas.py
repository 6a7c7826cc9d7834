"""Gas that is promised a day goes to each meter once, whoever owns it; and all have a bound."""

import json
from dataclasses import replace

import pytest

from node.core.commands import SendGas
from node.core.facts import IntentRefused, IntentResumed
from node.core.utility.state import Gift, initial
from node.core.wire.codec import from_plain, to_plain
from tests.node.core.utility.test_step import GATE_S, SETTINGS, B, S, confirmed, homes, step, view

DAY = (GATE_S - 1) // 86_400


def seen(*told, **changes):
    return view(GATE_S - 1, orders=(), homes=homes(*told), **changes)


def sent(commands):
    return {command.account: command.amount_wei for command in commands}


def account(number):
    return f"0x{number:040x}"


def test_a_meter_that_changes_hands_all_day_gets_what_is_promised_once():
    """In a played day 7,980 were given for a promised 70: each new reporter was a new home."""
    state, given = None, 0
    for number in range(114):
        state, commands = step(seen((account(number), 1, 0)), state=state)
        given += sum(sent(commands).values())
        state, _ = step(seen(), state=state, facts=[confirmed(c) for c in commands])

    assert given == SETTINGS.gas_per_day_wei


def test_owner_and_reporter_of_one_meter_share_its_day():
    _, commands = step(seen((S, 1, 45), (B, 1, 0)))

    assert sent(commands) == {S: 55, B: 15}


def test_meters_have_a_day_each():
    _, commands = step(seen((S, 1, 0), (B, 2, 0)))

    assert sent(commands) == {S: 70, B: 70}


def test_all_together_get_no_more_than_the_days_bound():
    settings = replace(SETTINGS, gas_all_per_day_wei=100)

    state, commands = step(seen((S, 1, 0), (B, 2, 0), (account(7), 3, 0)), settings=settings)
    _, more = step(seen((account(8), 4, 0)), state=state, settings=settings)

    assert sent(commands) == {S: 70, B: 30}
    assert sent(more) == {}


def test_a_gift_that_is_refused_was_not_given():
    state, (asked,) = step(seen((S, 1, 0)))
    failed = IntentRefused(intent=asked, name="GasTooLow", sentence="the account has no gas")

    state, _ = step(seen((S, 1, 0)), state=state, facts=[failed])
    later = replace(seen((S, 1, 0)), block=replace(seen().block, number=750))
    _, again = step(later, state=state)

    assert sent(again) == {S: 70}


def test_the_next_day_begins_anew():
    state, _ = step(seen((S, 1, 0)))
    tomorrow = replace(seen((B, 1, 0)), block=replace(seen().block, timestamp_s=GATE_S + 86_400))

    state, commands = step(tomorrow, state=state)

    assert sent(commands) == {B: 70}
    assert [gift.day for gift in state.gifts] == [DAY + 1]


@pytest.mark.parametrize("noted", [True, False], ids=["noted down", "only promised"])
def test_a_restart_forgets_no_gift(noted):
    state, (asked,) = step(seen((S, 1, 0)))
    kept = from_plain(tuple[Gift, ...], json.loads(json.dumps(to_plain(state.gifts))))
    began = initial(kept if noted else ())

    state, _ = step(seen((S, 1, 0)), state=began, facts=[IntentResumed(intent=asked)])
    _, commands = step(seen((S, 1, 70), (B, 1, 0)), state=state, facts=[confirmed(asked)])

    assert isinstance(asked, SendGas)
    assert commands == ()
