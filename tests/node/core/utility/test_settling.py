"""Batches are halved on refusal, and go one by one if the grid is short; silence is noted first."""

from dataclasses import replace

import pytest

from node.core.commands import NoteSilence, SettleOrders
from node.core.facts import IntentRefused
from node.core.utility import step as utility
from node.core.utility.settling import MOST_SETTLED_AT_ONCE
from tests.factories.market import DEADLINE_S, INTERVAL_S
from tests.node.core.utility.test_step import (
    ENDS_S,
    ORDERS,
    STARTS_S,
    K,
    block,
    cleared,
    confirmed,
    step,
    view,
)

DEADLINE = ENDS_S + DEADLINE_S
RICH = 10**12


def street(meters, **changes):
    """See an interval that is over, all of whose meters have told it, and a grid with money."""
    orders = tuple(replace(ORDERS[0], meter_id=meter) for meter in meters)
    seen = view(
        ENDS_S,
        orders=orders,
        cleared=(cleared(orders),),
        boundaries=tuple((meter, K + 1) for meter in meters),
        grid_balance=RICH,
        homes=(),
    )
    return replace(seen, **changes)


def refused(intent, name="OutOfGas"):
    return IntentRefused(intent=intent, name=name, sentence="it used up its gas limit")


def settle_all(seen, fails, most_steps=400):
    """Play the chain: each batch that holds a meter of `fails` is refused. Give the batches."""
    state, asked, number = None, [], seen.block.number
    batches = []
    for _ in range(most_steps):
        facts = []
        for batch in asked:
            bad = fails & set(batch.meter_ids)
            facts.append(refused(batch) if bad else confirmed(batch))
            if not bad:
                left = tuple(o for o in seen.orders if o.meter_id not in batch.meter_ids)
                seen = replace(seen, orders=left)
        number += 1
        seen = replace(seen, block=block(ENDS_S, number))
        state, commands = step(seen, state=state, facts=facts)
        asked = [c for c in commands if isinstance(c, SettleOrders)]
        batches += asked
        if {order.meter_id for order in seen.orders} == fails and not asked:
            break
    return batches, {order.meter_id for order in seen.orders}


def test_a_refused_batch_is_halved_until_what_cannot_be_settled_is_alone():
    batches, left = settle_all(street(range(1, 101)), fails={37})

    assert left == {37}
    sizes = [len(batch.meter_ids) for batch in batches if 37 in batch.meter_ids]
    assert sizes[:7] == [100, 50, 25, 12, 6, 3, 1]
    assert len(batches) < 30, "not each meter by itself"


@pytest.mark.parametrize("fails", [{1, 2, 3}, {250}, set(range(60, 90))], ids=str)
def test_all_that_can_be_settled_is_whatever_is_refused_beside_it(fails):
    _, left = settle_all(street(range(1, 251)), fails=fails)

    assert left == fails


def test_what_is_refused_alone_rests_and_holds_up_no_other():
    seen = street([1, 2])
    state, (whole,) = step(seen)
    state, _ = step(replace(seen, block=block(ENDS_S, 701)), state=state, facts=[refused(whole)])
    state, (one, two) = step(replace(seen, block=block(ENDS_S, 702)), state=state)
    later = replace(seen, block=block(ENDS_S, 703))
    state, again = step(later, state=state, facts=[refused(one), confirmed(two)])

    assert [one.meter_ids, two.meter_ids] == [(1,), (2,)]
    assert again == ()
    rested = replace(seen, orders=seen.orders[:1], block=block(ENDS_S, 703 + utility.REST_BLOCKS))
    assert step(rested, state=state)[1] == (one,)


def test_settled_orders_are_not_remembered():
    seen = street([1, 2])
    state, (whole,) = step(seen)
    state, _ = step(seen, state=state, facts=[refused(whole)])
    assert len(state.splits) == 2

    state, _ = step(replace(seen, orders=()), state=state)

    assert state.splits == ()


def test_while_the_grid_is_short_one_batch_goes_after_the_other():
    """Each was estimated as if the others did not use up what is left of the balance."""
    seen = street(range(1, 251), grid_balance=10, tokens=0)
    state, first = step(seen)
    state, meanwhile = step(seen, state=state)
    fewer = replace(seen, orders=seen.orders[MOST_SETTLED_AT_ONCE:], block=block(ENDS_S, 701))
    _, second = step(fewer, state=state, facts=[confirmed(first[0])])

    assert [len(batch.meter_ids) for batch in first] == [100]
    assert meanwhile == ()
    assert [len(batch.meter_ids) for batch in second] == [100]
    assert not set(first[0].meter_ids) & set(second[0].meter_ids)


@pytest.mark.parametrize(("owes", "batches"), [(0, 3), (RICH, 1)])
def test_what_the_grid_owes_already_is_not_its_money(owes, batches):
    seen = street(range(1, 251), grid_owes=owes, balance=0, tokens=0)

    assert sum(isinstance(c, SettleOrders) for c in step(seen)[1]) == batches


def silent(timestamp_s, number=700, **changes):
    """See a cleared interval of which no meter has told anything."""
    seen = view(timestamp_s, number, cleared=(cleared(),), boundaries=(), homes=())
    return replace(seen, **changes)


def follow(*times, **changes):
    """Follow the chain at some block times; give the last step's commands."""
    state, commands = None, ()
    for number, timestamp_s in enumerate(times):
        state, commands = step(silent(timestamp_s, 700 + number, **changes), state=state)
    return commands


def quiet(until_s, *, since_s=None):
    """Give block times that show no gap."""
    begin_s = until_s - 2 * INTERVAL_S if since_s is None else since_s
    return (*range(begin_s, until_s, INTERVAL_S // 8), until_s)


def test_silence_is_noted_after_the_deadline_and_settled_only_when_the_note_counts():
    note = NoteSilence(interval=K)
    counts_from_s = DEADLINE + 2 * INTERVAL_S

    assert note not in follow(*quiet(DEADLINE - 1))
    assert follow(*quiet(DEADLINE)) == (note,)
    noted = {"noted": ((K, counts_from_s),)}
    assert follow(*quiet(counts_from_s - 1), **noted) == ()
    assert follow(*quiet(counts_from_s), **noted) == (SettleOrders(interval=K, meter_ids=(1, 3)),)


def test_nothing_is_noted_where_every_meter_has_told():
    told = {"boundaries": ((1, K + 1), (3, K + 5))}

    assert NoteSilence(interval=K) not in follow(*quiet(DEADLINE), **told)


def test_a_chain_that_stood_still_for_a_day_makes_nobody_silent():
    """Its first block is past every deadline; homes have an interval to send what they kept."""
    before = quiet(STARTS_S + 60)
    woken_s = STARTS_S + 60 + 25 * 3_600
    assert woken_s > DEADLINE

    assert follow(*before, woken_s) == ()
    assert follow(*before, *quiet(woken_s + INTERVAL_S - 1, since_s=woken_s)) == ()
    assert follow(*before, *quiet(woken_s + INTERVAL_S, since_s=woken_s)) == (
        NoteSilence(interval=K),
    )


def test_a_utility_that_has_just_started_does_not_know_whether_the_chain_stood_still():
    assert follow(DEADLINE + 5) == ()
    assert follow(DEADLINE + 5, *quiet(DEADLINE + 5 + INTERVAL_S, since_s=DEADLINE + 5)) == (
        NoteSilence(interval=K),
    )


def test_a_reading_that_comes_after_the_note_wins():
    seen = silent(
        DEADLINE, noted=((K, DEADLINE + INTERVAL_S),), boundaries=((1, K + 1), (3, K + 1))
    )

    assert step(seen)[1] == (SettleOrders(interval=K, meter_ids=(1, 3)),)
