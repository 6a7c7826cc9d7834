"""What is asked of the chain is asked once, and what was refused rests until its next try."""

import pytest

from node.core.commands import ClearInterval, PostTariff
from node.core.facts import ChainStands, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.records import BlockStamp
from node.core.underway import (
    NOTHING,
    Asked,
    Resting,
    Underway,
    absorb,
    ask,
    forget,
    rest,
    rest_of,
)

A, B = ClearInterval(interval=1), ClearInterval(interval=2)
BLOCK = BlockStamp(number=700, hash="0x00", timestamp_s=1_700_000_000)
CONFIRMED = IntentConfirmed(intent=A, block=BLOCK, transaction="0x01", gas_used=1)
REFUSED = IntentRefused(intent=A, name="TooLate", sentence="it was too late")
UNDONE = IntentUndone(intent=A, reason="the block is gone")
RESUMED = IntentResumed(intent=A)
BOTH = ask(NOTHING, A, B, now=5.0)


def test_what_is_asked_for_is_under_way_once_since_it_was_asked_for_last():
    again = ask(BOTH, A, now=7.0)

    assert BOTH.intents == (A, B)
    assert again.asked == (Asked(intent=B, since=5.0), Asked(intent=A, since=7.0))


@pytest.mark.parametrize(
    ("fact", "after"),
    [
        (CONFIRMED, Underway(asked=BOTH.asked[1:], seen_from=700)),
        (REFUSED, Underway(asked=BOTH.asked[1:])),
        (UNDONE, Underway(asked=(BOTH.asked[1], Asked(intent=A, since=9.0)))),
        (RESUMED, Underway(asked=(BOTH.asked[1], Asked(intent=A, since=9.0)))),
        (ChainStands(), BOTH),
    ],
)
def test_an_answer_ends_what_was_asked_and_an_intent_that_is_sent_again_is_under_way(fact, after):
    assert absorb(BOTH, fact, 9.0) == after


@pytest.mark.parametrize("fact", [UNDONE, RESUMED])
def test_what_this_run_has_not_asked_for_is_under_way_too(fact):
    assert absorb(NOTHING, fact, 9.0).intents == (A,)


@pytest.mark.parametrize("fact", [CONFIRMED, REFUSED])
def test_an_answer_to_what_was_not_asked_for_ends_nothing(fact):
    asked = ask(NOTHING, B, now=5.0)

    assert absorb(asked, fact, 9.0).asked == asked.asked


def test_a_view_has_to_show_the_newest_confirmed_block_until_one_is_gone():
    older = IntentConfirmed(
        intent=B,
        block=BlockStamp(number=699, hash="0x00", timestamp_s=0),
        transaction="0x02",
        gas_used=1,
    )

    confirmed = absorb(absorb(BOTH, CONFIRMED, 9.0), older, 9.0)

    assert confirmed == Underway(seen_from=700)
    assert absorb(confirmed, UNDONE, 10.0).seen_from == 0


def test_each_refusal_in_a_row_rests_for_twice_as_long_up_to_the_most():
    resting, pauses = NOTHING, []
    for _ in range(5):
        resting = rest(resting, A, 100.0, first=30.0, most=200.0, sentence="late")
        pauses.append(resting.resting[0].until - 100.0)

    assert pauses == [30.0, 60.0, 120.0, 200.0, 200.0]
    assert resting.resting == (Resting(intent=A, sentence="late", failures=5, until=300.0),)


def test_equal_bounds_make_equal_pauses():
    twice = rest(rest(NOTHING, A, 700, first=10, most=10), A, 720, first=10, most=10)

    assert twice.resting[0].until == 730


def test_a_rest_is_of_one_intent_and_ends_at_its_instant():
    resting = rest(NOTHING, A, 100.0, first=30.0, most=30.0)

    assert rest_of(resting, A, 129.9) == resting.resting[0]
    assert (rest_of(resting, A, 130.0), rest_of(resting, B, 100.0)) == (None, None)


def test_what_is_about_the_same_rests_together_and_counts_together():
    resting = rest(NOTHING, A, 100.0, first=30.0, most=900.0, about=type)
    resting = rest(resting, B, 100.0, first=30.0, most=900.0, about=type)

    other = PostTariff(first_interval=1, feed_in_per_kwh=1, tick_size_per_kwh=1)
    assert resting.resting == (Resting(intent=B, sentence="", failures=2, until=160.0),)
    assert rest_of(resting, A, 159.0, about=type) is not None
    assert rest_of(resting, other, 159.0, about=type) is None


def test_each_rests_for_itself_whatever_else_is_refused_between():
    resting = rest(NOTHING, A, 100.0, first=30.0, most=900.0)
    resting = rest(resting, B, 110.0, first=30.0, most=900.0)

    assert [r.until for r in resting.resting] == [130.0, 140.0]
    assert [r.intent for r in forget(resting, 130.0).resting] == [B]
