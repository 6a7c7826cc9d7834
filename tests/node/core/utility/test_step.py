"""The utility clears, settles, posts tariffs, funds the grid and gives gas: once each."""

from dataclasses import replace

import pytest

from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.auction.market import (
    ClearedInterval,
    HomeSeen,
    PlacedOrder,
    pairing_of,
)
from node.core.auction.pairing import Part
from node.core.auction.tariff import Tariff
from node.core.commands import (
    ClearInterval,
    DepositTokens,
    FundGrid,
    PostTariff,
    SendGas,
    SettleOrders,
)
from node.core.facts import IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.records import BlockStamp
from node.core.utility import step as utility
from node.core.utility.state import UtilitySettings, initial
from node.core.utility.step import MOST_UNDER_WAY
from tests.factories.market import INTERVAL_S, LEAD_S, TARIFF, utility_view

A, B, S = (f"0x{digit * 40}" for digit in "abc")
K = 500_000
SETTINGS = UtilitySettings(
    peak_w=10_000, gas_target_wei=100, gas_per_day_wei=70, gas_all_per_day_wei=None
)
ORDERS = (
    PlacedOrder(
        account=A,
        meter_id=1,
        interval=K,
        order=Bid(solar_tick=40, chp_tick=0, energy_units=500),
        deposit=1,
    ),
    PlacedOrder(
        account=S,
        meter_id=3,
        interval=K,
        order=Offer(kind=Kind.SOLAR, tick=5, energy_units=300),
        deposit=1,
    ),
)
GATE_S, STARTS_S, ENDS_S = K * INTERVAL_S - LEAD_S, K * INTERVAL_S, (K + 1) * INTERVAL_S


def block(timestamp_s, number=700):
    return BlockStamp(number=number, hash="0x00", timestamp_s=timestamp_s)


def cleared(orders=ORDERS):
    clearing = clear([placed.order for placed in orders])
    return ClearedInterval(interval=K, clearing=clearing, block=block(GATE_S))


def homes(*told):
    return tuple(
        HomeSeen(account=a, meter_id=m, balance_wei=wei, balance=0, boundary=None)
        for a, m, wei in told
    )


def view(timestamp_s=GATE_S, number=700, **changes):
    seen = {"orders": ORDERS, "homes": homes((A, 1, 90), (S, 3, 60))}
    return utility_view(**{"block": block(timestamp_s, number), **seen, **changes})


def step(seen, state=None, facts=(), wanted=TARIFF, settings=SETTINGS):
    return utility.step(state or initial(), seen, tuple(facts), wanted, settings)


def commands(seen, **more):
    return step(seen, **more)[1]


def confirmed(intent):
    return IntentConfirmed(intent=intent, block=block(GATE_S), transaction="0x", gas_used=1)


def test_nothing_is_cleared_before_its_gate_closes():
    assert commands(view(GATE_S - 1)) == ()


def test_an_interval_is_cleared_from_its_gate_on_and_asked_for_once():
    state, asked = step(view())

    assert asked == (ClearInterval(interval=K),)
    assert commands(view(number=701), state=state) == ()


def test_who_comes_second_to_clear_rests_and_the_view_ends_it():
    state, (asked,) = step(view())
    refused = IntentRefused(intent=asked, name="AuctionAlreadyCleared", sentence="it is cleared")

    state, again = step(view(number=701), state=state, facts=[refused])
    assert again == ()
    assert commands(view(number=702, cleared=(cleared(),)), state=state) == ()
    assert commands(view(number=702), state=state) == ()
    assert commands(view(number=701 + utility.CLEAR_REST_BLOCKS), state=state) == (asked,)


def test_what_an_earlier_run_promised_is_not_asked_for_again():
    resumed = IntentResumed(intent=ClearInterval(interval=K))

    assert commands(view(), facts=[resumed]) == ()


def test_what_a_reorganisation_undid_is_the_ledgers_to_send_again():
    asked = ClearInterval(interval=K)
    undone = IntentUndone(intent=asked, reason="reorganised")
    state, _ = step(view(cleared=(cleared(),)), facts=[confirmed(asked)])

    assert commands(view(number=720), state=state, facts=[undone]) == ()


def test_orders_are_settled_when_all_their_meters_are_past_the_interval():
    seen = view(ENDS_S, cleared=(cleared(),), boundaries=((1, K + 1), (3, K + 1)))

    assert commands(seen) == (SettleOrders(interval=K, meter_ids=(1, 3)),)
    assert commands(replace(seen, block=block(ENDS_S - 1))) == ()


def test_a_batch_waits_for_stragglers_a_while_and_not_for_ever():
    seen = view(ENDS_S, cleared=(cleared(),), boundaries=((1, K + 1), (3, K)))
    later_s = ENDS_S + INTERVAL_S // 4

    assert commands(seen) == ()
    assert commands(replace(seen, block=block(later_s))) == (
        SettleOrders(interval=K, meter_ids=(1,)),
    )


def test_meters_that_come_one_by_one_are_each_asked_for_once():
    seen = view(ENDS_S + INTERVAL_S // 4, cleared=(cleared(),), boundaries=((1, K + 1),))
    state, first = step(seen)
    both = replace(seen, block=block(ENDS_S + INTERVAL_S // 4, 701))
    both = replace(both, boundaries=((1, K + 1), (3, K + 1)))
    state, second = step(both, state=state)

    assert first == (SettleOrders(interval=K, meter_ids=(1,)),)
    assert second == (SettleOrders(interval=K, meter_ids=(3,)),)
    # The chain skipped the first of them: it is asked for again after its rest.
    state, _ = step(both, state=state, facts=[confirmed(first[0]), confirmed(second[0])])
    later = replace(both, block=block(ENDS_S + INTERVAL_S // 4, 701 + utility.REST_BLOCKS))
    later = replace(later, orders=ORDERS[:1])
    assert commands(later, state=state) == first


def test_a_large_street_is_settled_in_batches():
    orders = tuple(replace(ORDERS[0], meter_id=meter) for meter in range(1, 251))
    boundaries = tuple((meter, K + 1) for meter in range(1, 251))
    seen = view(ENDS_S, orders=orders, cleared=(cleared(orders),), boundaries=boundaries)

    asked = commands(seen)

    assert [len(batch.meter_ids) for batch in asked] == [100, 100, 50]
    assert sorted(meter for batch in asked for meter in batch.meter_ids) == list(range(1, 251))


def test_a_whole_street_never_holds_up_a_clearing():
    orders = tuple(replace(ORDERS[0], meter_id=meter) for meter in range(1, 1001))
    boundaries = tuple((meter, K + 1) for meter in range(1, 1001))
    seen = view(ENDS_S, orders=orders, cleared=(cleared(orders),), boundaries=boundaries)
    seen = replace(seen, grid_balance=10**9)
    state, asked = step(seen)
    next_orders = tuple(replace(placed, interval=K + 1) for placed in orders)
    later = replace(seen, orders=(*orders, *next_orders))
    state, more = step(later, state=state)
    _, rest = step(later, state=state, facts=tuple(confirmed(intent) for intent in asked[:3]))

    assert len(asked) == MOST_UNDER_WAY
    assert more == (ClearInterval(interval=K + 1),)
    assert len(rest) == 2


def test_a_new_tariff_is_for_the_first_interval_that_takes_no_orders_yet():
    wanted = Tariff(feed_in_per_kwh=90_000, tick_size_per_kwh=2_000)

    # The next gate is of K, so that K and K + 1 take orders.
    assert commands(view(GATE_S - 1), wanted=wanted) == (
        PostTariff(first_interval=K + 2, feed_in_per_kwh=90_000, tick_size_per_kwh=2_000),
    )
    assert commands(view(GATE_S - 1), wanted=None) == ()


def test_the_grids_balance_is_kept_for_two_intervals_of_the_peak():
    # 10 kW for half an hour are 5 kWh, at 0.08.
    assert commands(view(GATE_S - 1, grid_balance=400_000)) == ()
    assert commands(view(GATE_S - 1, grid_balance=399_999)) == (DepositTokens(amount=1),)
    assert commands(view(GATE_S - 1, grid_balance=399_999, balance=1)) == (FundGrid(amount=1),)
    assert commands(view(GATE_S - 1, grid_balance=400_000, grid_owes=7, balance=7)) == (
        FundGrid(amount=7),
    )


def test_a_grid_that_cannot_be_funded_is_said_and_stops_nothing_else():
    state, asked = step(view(grid_balance=0, tokens=5, balance=2))

    assert asked == (ClearInterval(interval=K),)
    assert state.problem == (
        "the grid's balance lacks 0.4, and this account has 0.000007:"
        " what the grid owes homes must wait"
    )


def test_a_home_below_half_of_its_gas_is_filled_up_once_a_day():
    seen = view(GATE_S - 1, homes=homes((A, 1, 49), (B, 2, 50), (S, 3, 0)))
    day = (GATE_S - 1) // 86_400
    filled = (
        SendGas(account=A, amount_wei=51, day=day),
        SendGas(account=S, amount_wei=70, day=day),
    )

    state, asked = step(seen)
    assert asked == filled
    state, again = step(seen, state=state, facts=[confirmed(filled[1])])
    assert again == ()
    state, later = step(replace(seen, block=block(GATE_S - 1, 750)), state=state)
    assert later == ()
    tomorrow = replace(seen, block=block(GATE_S - 1 + 86_400, 900), orders=())
    assert SendGas(account=S, amount_wei=70, day=day + 1) in commands(tomorrow, state=state)


@pytest.mark.parametrize("target", [0])
def test_without_a_target_nobody_gets_gas(target):
    settings = replace(SETTINGS, gas_target_wei=target)

    assert commands(view(GATE_S - 1, homes=homes((A, 1, 0))), settings=settings) == ()


def test_a_cleared_interval_is_paired_over_the_wires():
    seen = view(STARTS_S, cleared=(cleared(),))

    # The buyer is at the margin: its part of a unit is the grid's.
    paired = pairing_of(seen, K, {A: (S,)})

    assert paired is not None
    assert paired.parts == (Part(kind="solar", buyer=A, seller=S, energy_milliwh=299_000),)
    assert pairing_of(view(), K, {A: (S,)}) is None
