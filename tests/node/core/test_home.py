"""One step of a whole home: faults first, then what it buys, then what it sells."""

from dataclasses import replace

import pytest

from node.core import home
from node.core.budget import Spent
from node.core.commands import (
    GiveConsent,
    HoldContacts,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    SignReceipt,
)
from node.core.delivery.state import Delivery
from node.core.faults import FaultName
from node.core.supply.state import Mode
from tests.factories.home import (
    CHANNELS1,
    DAY,
    NOW_S,
    battery,
    chain_view,
    confirmed,
    delivery_state_in,
    draw,
    drawing,
    observation,
    open_order,
    order,
    supply_state_on_seller1,
    supply_state_purchasing,
)
from tests.factories.market import market
from tests.factories.selling import to_neighbour
from tests.factories.settings import (
    HOME,
    NEIGHBOUR,
    SELLER1,
    delivery_settings,
    purchase_settings,
    settings,
    supply_settings,
)
from tests.factories.trading import (
    BID,
    OFFER,
    STARTS_S,
    K,
    at,
    before_gate,
    cleared,
    pairing,
    part,
    place,
    placed,
    trading_settings,
)

CLOSE = HoldContacts(contacts=CHANNELS1, lease_s=15.0)


def started(**parts):
    chosen = settings(**parts)
    return chosen, home.initial(chosen, NOW_S, Spent(day=DAY, amount=0), was_drawing=False)


def run(chosen, state, *pictures):
    commands = []
    for seen in pictures:
        state, asked = home.step(state, seen, chosen)
        commands.append(asked)
    return state, commands


def test_a_home_starts_at_rest_and_offers_nothing():
    _, state = started()

    assert (state.supply.mode, state.delivery.mode) == (Mode.OWN_SOURCE, Delivery.NOT_OFFERING)
    assert state.faults == ()


@pytest.mark.parametrize("part", ["supply", "delivery"])
def test_a_part_that_the_role_does_not_have_stays_away(part):
    chosen, state = started(**{part: None})

    state, (commands,) = run(chosen, state, observation(soc_pct=19.0))

    assert getattr(state, part) is None
    assert any(isinstance(c, OpenOrder) for c in commands) is (part == "delivery")


def test_a_home_with_a_full_battery_sells_and_one_with_an_empty_battery_buys():
    chosen, state = started()

    state, (sold,) = run(chosen, state, observation(soc_pct=50.0))
    _, (bought,) = run(chosen, state, observation(NOW_S + 1, 19.0))

    assert [type(command) for command in sold] == [PostOffer]
    assert [type(command) for command in bought] == [OpenOrder]


def test_from_a_low_battery_to_the_neighbours_energy_and_back():
    """The story of the design's first page, without what it sells."""
    chosen, state = started(delivery=None)
    bought = chain_view(NOW_S + 2, orders=(order(energy_milliwh=206_000),), last_number=7)
    later = chain_view(NOW_S + 90, orders=(order(energy_milliwh=206_000),), last_number=7)

    state, commands = run(
        chosen,
        state,
        observation(soc_pct=21.0),
        observation(NOW_S + 1, 19.4),
        observation(NOW_S + 2, 19.4, chain=bought, facts=(confirmed(open_order(), NOW_S + 2),)),
        drawing(NOW_S + 90, 30.5, chain=later),
    )

    assert commands == [
        (),
        (open_order(),),
        (CLOSE,),
        (HoldContacts(contacts=(), lease_s=15.0),),
    ]
    assert state.supply.reason == "SoC 30.5 % >= resume 30 %: back on own source"


@pytest.mark.parametrize("supply", [supply_state_purchasing(), supply_state_on_seller1()])
def test_a_home_that_draws_or_is_about_to_never_delivers(supply):
    able = delivery_settings(sell_floor_pct=25.0, offer_again_pct=27.0)
    chosen, state = started(delivery=able)
    selling_too = home.HomeState(
        supply=supply, delivery=delivery_state_in(Delivery.OFFERING), faults=()
    )

    state, (commands,) = run(chosen, selling_too, drawing(soc_pct=29.0))

    assert state.delivery.waiting == "this home draws from a neighbour itself"
    assert not any(isinstance(c, GiveConsent) and c.consent_s for c in commands)


@pytest.mark.failure(
    part="sensors",
    failure="the state of charge is missing",
    contacts="the buyer asks for rest; the seller stops",
    person="`safe`: `state of charge unknown`, and when it clears",
)
def test_missing_state_of_charge_rests_both_sides_and_is_told():
    chosen, _ = started()
    busy = home.HomeState(
        supply=supply_state_on_seller1(), delivery=delivery_state_in(Delivery.OFFERING), faults=()
    )

    state, (commands,) = run(chosen, busy, drawing(soc_pct=None))

    assert commands[0] == HoldContacts(contacts=(), lease_s=15.0)
    assert (state.supply.mode, state.delivery.mode) == (Mode.SAFE, Delivery.NOT_OFFERING)
    assert [fault.name for fault in state.faults] == [FaultName.SOC_MISSING]
    assert state.supply.reason == (
        "state of charge unknown: the gauge does not answer (clears with a fresh, plausible sample)"
    )


def test_a_restart_with_open_credit_connects_without_buying():
    chosen, state = started(delivery=None)
    credit = chain_view(orders=(order(),), last_number=7)

    state, (commands,) = run(chosen, state, observation(soc_pct=19.0, chain=credit))

    assert (commands, state.supply.mode) == ((CLOSE,), Mode.ON_SELLER)
    assert state.supply.pending == ()


def bidding(**changes):
    """Set a home up for the auction, with a look at it just before the gate of `K`."""
    return started(trading=trading_settings(), **changes)


def test_a_home_in_the_auction_orders_before_the_gate():
    chosen, state = bidding()

    state, (commands,) = run(chosen, state, before_gate())

    assert [c for c in commands if isinstance(c, PlaceOrder)] == [place()]
    assert state.trading.reason.startswith(f"interval {K}: bids for 100 Wh")


def test_one_budget_holds_for_purchases_and_bids():
    """17,300 base units of the day's 50,000 are the bid's."""
    buying = supply_settings(purchase=purchase_settings(budget_per_day=50_000))
    chosen, state = started(
        supply=buying, delivery=None, trading=trading_settings(budget_per_day=50_000)
    )
    low = before_gate(battery=battery(19.4))

    state, first = run(chosen, state, replace(low, outlooks=()), replace(low, now_s=NOW_S + 1))

    (bought,), (bid,) = first
    assert (bought, type(bid)) == (open_order(), PlaceOrder)
    assert bid.order.energy_units == (50_000 - 37_080) * 1_000 // 173_000
    assert state.supply.spent == state.trading.spent
    assert state.supply.spent.amount <= 50_000


def test_a_paired_home_draws_and_neither_buys_nor_sells_beside_it():
    chosen, state = bidding()
    paired = at(
        STARTS_S,
        now_s=NOW_S + 100,
        battery=battery(19.0),
        market=market(orders=(placed(),), cleared=(cleared(OFFER),)),
        pairings=(pairing(),),
        outlooks=(),
    )

    state, (commands,) = run(chosen, state, paired)

    assert commands == (CLOSE,)
    assert (state.supply.mode, state.delivery.mode) == (Mode.ON_PAIRING, Delivery.NOT_OFFERING)


def test_a_producer_serves_its_pairing():
    chosen, state = bidding(supply=None)
    sold = at(
        STARTS_S,
        market=market(orders=(placed(OFFER),), cleared=(cleared(BID, own=OFFER),)),
        pairings=(pairing(part(seller=HOME, buyer=NEIGHBOUR)),),
        outlooks=(),
        relay=to_neighbour(),
    )

    state, (commands,) = run(chosen, state, sold)

    assert commands == (GiveConsent(connection=5, consent_s=60.0),)
    assert state.delivery.mode is Delivery.PAIRED


@pytest.mark.failure(
    part="node",
    failure="a home is stopped while it draws",
    contacts="asked open",
    money="all that was drawn is signed for before it goes",
)
def test_a_home_that_is_stopped_signs_for_all_that_it_drew():
    supply = supply_state_on_seller1(
        draws=(draw(drawn_milliwh=900, receipted_milliwh=800), draw(8))
    )
    state = replace(
        home.initial(settings(), NOW_S, Spent(day=DAY, amount=0), was_drawing=False), supply=supply
    )

    assert home.farewell(state, NOW_S) == (
        HoldContacts(contacts=(), lease_s=1.0),
        SignReceipt(seller=SELLER1, number=7, drawn_milliwh=900),
    )
    assert home.farewell(replace(state, supply=None), NOW_S) == (
        HoldContacts(contacts=(), lease_s=1.0),
    )
