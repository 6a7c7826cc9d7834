"""A home's money comes out of the auction: by others first, by itself later, when worth it."""

from dataclasses import replace

import pytest

from node.core.commands import ClearInterval, CollectOwed, SettleOrders, WithdrawBalance
from node.core.trading import step as trading
from node.core.trading.claims import lot
from tests.factories.home import NOW_S, chain_view, confirmed, reading, refused
from tests.factories.market import INTERVAL_S, RULES, market
from tests.factories.settings import HOME
from tests.factories.trading import (
    BID,
    METER,
    OFFER,
    STARTS_S,
    K,
    at,
    cleared,
    placed,
    trading_settings,
)
from tests.factories.trading import trading as begun

ENDS_S = STARTS_S + INTERVAL_S
OWN_S = int(lot(HOME) * INTERVAL_S / 4) + 1
"""What this home's own moment adds to what all wait for, rounded up."""
CLEAR, SETTLE = ClearInterval(interval=K), SettleOrders(interval=K, meter_ids=(METER,))


def step(state, seen, **settings):
    return trading.step(state, seen, (), trading_settings(place_lead_s=1.0, **settings))


def commands_at(chain_s, found, boundary=K + 1):
    seen = at(chain_s, market=found, outlooks=())
    view = chain_view(block=seen.chain.block, meter=reading(boundary, 0) if boundary else None)
    return step(begun(), at(chain_s, market=found, outlooks=(), chain=view))[1]


def test_an_interval_that_nobody_cleared_is_cleared_a_quarter_after_its_end():
    found = market(orders=(placed(),))
    due_s = ENDS_S + INTERVAL_S // 4 + OWN_S

    assert commands_at(due_s - 2, found) == ()
    assert commands_at(due_s, found) == (CLEAR,)


@pytest.mark.failure(
    part="utility",
    failure="the utility settles nothing",
    money="each home settles its own order, an interval after the reading",
)
def test_an_order_that_nobody_settled_is_settled_an_interval_after_its_end():
    found = market(orders=(placed(),), cleared=(cleared(OFFER),))
    due_s = ENDS_S + INTERVAL_S + OWN_S

    assert commands_at(due_s - 2, found) == ()
    assert commands_at(due_s, found) == (SETTLE,)


@pytest.mark.parametrize("boundary", [None, K])
def test_without_its_reading_an_order_is_left_even_after_the_deadline(boundary):
    """Settled now it would pay the worst; told later, it is settled by what the meter shows."""
    found = market(orders=(placed(),), cleared=(cleared(OFFER),))

    for late_s in (0, INTERVAL_S + OWN_S, 10 * INTERVAL_S):
        assert commands_at(RULES.deadline_s(K) + late_s, found, boundary) == ()


GATE_S = STARTS_S - RULES.gate_lead_s
HALF_S = RULES.gate_lead_s // 2


def clears_at(chain_s, place, *results, block_s=5.0):
    seen = at(chain_s, market=market(orders=(placed(),), cleared=results), outlooks=())
    chain = replace(seen.chain, block_period_s=block_s)
    return CLEAR in step(begun(), replace(seen, chain=chain, turns=((K, place),)))[1]


@pytest.mark.failure(
    part="utility",
    failure="nobody clears an interval after its gate",
    contacts="as paired: the first home in turn clears before delivery",
    money="none is lost; the home whose turn it is pays the gas of one clearing",
    lasts="half of the lead, and a block for each home that is away",
)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_homes_clear_in_turn_before_delivery_when_nobody_else_does(place):
    due_s = GATE_S + HALF_S + 5 * place

    assert not clears_at(due_s - 1, place)
    assert clears_at(due_s, place)
    assert clears_at(STARTS_S - 1, place)
    assert not clears_at(due_s, place, cleared(OFFER))


def test_a_turn_lasts_two_seconds_where_blocks_come_faster():
    assert not clears_at(GATE_S + HALF_S + 7, 4, block_s=0.25)
    assert clears_at(GATE_S + HALF_S + 8, 4, block_s=0.25)


def test_turns_beyond_delivery_wait_as_long_as_ever():
    last = HALF_S // 5

    assert clears_at(STARTS_S - 1, last - 1)
    assert not clears_at(STARTS_S - 1, last)
    assert not clears_at(STARTS_S + 1, 0)


def test_who_comes_second_to_clear_does_not_try_again_at_once():
    seen = replace(
        at(GATE_S + HALF_S, market=market(orders=(placed(),)), outlooks=()), turns=((K, 0),)
    )
    state, (asked,) = step(begun(), seen)

    _, again = step(state, replace(seen, facts=(refused(asked),)))

    assert (asked, again) == (CLEAR, ())


def test_each_home_has_its_own_moment():
    """One transaction clears for all; a hundred at once would be refused for nothing."""
    moments = {lot(f"0x{byte:040x}") for byte in range(256)}

    assert len(moments) == 256
    assert min(moments) >= 0.0 and max(moments) < 1.0


def test_an_idle_balance_is_withdrawn_when_it_is_worth_it():
    few, enough = market(balance=999_999), market(balance=1_000_000)

    assert commands_at(STARTS_S, few) == ()
    assert commands_at(STARTS_S, enough) == (WithdrawBalance(amount=1_000_000),)


def test_what_the_grid_owes_is_collected_when_it_is_worth_it():
    few, enough = market(owed=999_999), market(owed=1_000_000)

    assert commands_at(STARTS_S, few) == ()
    assert commands_at(STARTS_S, enough) == (CollectOwed(owed=1_000_000),)


def test_a_grid_without_money_does_not_keep_the_own_balance_back():
    seen = at(STARTS_S, market=market(owed=2_000_000, balance=2_000_000), outlooks=())
    state, (claim,) = step(begun(), seen)
    late = at(STARTS_S, NOW_S, market=seen.market, outlooks=(), facts=(refused(claim),))
    _, then = step(state, late)

    assert (claim, then) == (CollectOwed(owed=2_000_000), (WithdrawBalance(amount=2_000_000),))


def test_what_the_next_orders_need_again_is_left_there():
    held = 2 * placed().deposit
    orders, results = (placed(interval=K + 1),), ()
    short = market(orders=orders, cleared=results, balance=held + 999_999)
    over = market(orders=orders, cleared=results, balance=held + 1_000_000)

    assert commands_at(STARTS_S, short) == ()
    assert commands_at(STARTS_S, over) == (WithdrawBalance(amount=1_000_000),)


def test_a_claim_is_asked_for_once_and_rests_when_it_is_refused():
    seen = at(STARTS_S, market=market(balance=2_000_000), outlooks=())
    state, (claim,) = step(begun(), seen)

    waiting = step(state, seen)[1]
    late = at(STARTS_S, NOW_S, market=seen.market, outlooks=(), facts=(refused(claim),))
    state, rests = step(state, late)
    _, again = step(state, at(STARTS_S, NOW_S + 30, market=seen.market, outlooks=()))

    assert (waiting, rests, again) == ((), (), (claim,))


def test_a_claim_that_is_confirmed_is_seen_before_the_next():
    seen = at(STARTS_S, market=market(balance=2_000_000), outlooks=())
    state, (claim,) = step(begun(), seen)
    done = confirmed(claim, NOW_S + 1)

    state, commands = step(state, at(STARTS_S, market=seen.market, outlooks=(), facts=(done,)))

    assert (commands, state.waiting) == ((), f"block {done.block.number} is not seen yet")


def test_an_order_before_its_gate_goes_before_a_claim():
    seen = at(STARTS_S - 61, market=market(balance=2_000_000))

    _, (command,) = trading.step(begun(), seen, (), trading_settings())

    assert command.order == BID
