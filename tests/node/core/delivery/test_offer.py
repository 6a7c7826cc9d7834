"""The offer on the chain: in step with the battery, without a transaction per percent."""

from dataclasses import replace

import pytest

from node.core.commands import PostOffer
from node.core.delivery import step as delivery
from node.core.delivery.offer import offer as offer_step
from node.core.delivery.sales import Sale
from node.core.delivery.state import Delivery
from node.core.facts import IntentUndone
from node.core.underway import NOTHING, ask, rest
from tests.factories.home import (
    CALENDAR_S,
    NOW_S,
    chain_view,
    confirmed,
    delivery_state_in,
    observation,
    offer,
    order,
    receipt,
    refused,
)
from tests.factories.selling import posted as an_offer
from tests.factories.settings import HOME, NEIGHBOUR, PRICE1, PRICE2, delivery_settings

OFFERING = delivery_state_in(Delivery.OFFERING)
POSTED = an_offer()


def step(*, state=OFFERING, own=None, sales=(), soc_pct=50.0, settings=None, **changes):
    view = chain_view(offers=() if own is None else (own,))
    seen = observation(soc_pct=soc_pct, **{"chain": view, **changes})
    return offer_step(state, seen, settings or delivery_settings(), sales)[1]


def own(available_milliwh=200_000, **changes):
    return offer(HOME, available_milliwh=available_milliwh, **changes)


def available(commands):
    return [command.available_milliwh for command in commands]


def test_what_the_battery_holds_above_the_floor_is_offered():
    assert step() == (
        PostOffer(
            price_per_kwh=PRICE1,
            available_milliwh=200_000,
            least_milliwh=10_000,
            until_s=CALENDAR_S + 3_600,
            duration_s=3_600,
        ),
    )


def test_what_the_file_says_bounds_the_offer():
    assert available(step(settings=delivery_settings(most_available_milliwh=90_000))) == [90_000]


def test_without_a_known_capacity_the_file_alone_says_what_is_offered():
    known = delivery_settings(battery_milliwh=None, most_available_milliwh=90_000)

    assert available(step(settings=known)) == [90_000]


def test_what_is_sold_and_not_drawn_yet_is_not_offered_again():
    sold = Sale(order=order(buyer=NEIGHBOUR, seller=HOME, energy_milliwh=120_000), receipt=None)
    drawn = replace(sold, receipt=receipt(buyer=NEIGHBOUR, seller=HOME, drawn_milliwh=100_000))

    assert available(step(sales=(sold,))) == [80_000]
    assert available(step(sales=(drawn,))) == [180_000]


def test_less_than_the_least_order_is_no_offer():
    assert step(soc_pct=30.9) == ()


@pytest.mark.parametrize(
    ("standing", "kept"),
    [
        (own(), True),
        (own(250_000), True),
        (own(160_000), True),
        (own(267_000), False),
        (own(159_000), False),
        (own(until_s=CALENDAR_S + 901), True),
        (own(until_s=CALENDAR_S + 900), False),
        (own(until_s=CALENDAR_S), False),
        (own(price_per_kwh=PRICE2), False),
        (own(0), False),
    ],
)
def test_an_offer_is_posted_again_when_it_drifted_ends_soon_or_has_another_price(standing, kept):
    assert step(own=standing) == () if kept else available(step(own=standing)) == [200_000]


def test_a_home_that_does_not_sell_takes_its_offer_back_once():
    resting = delivery_state_in(Delivery.NOT_OFFERING)

    assert available(step(state=resting, own=own())) == [0]
    assert step(state=resting, own=own(0)) == step(state=resting) == ()


@pytest.mark.parametrize(
    "state",
    [
        replace(OFFERING, underway=ask(NOTHING, POSTED, now=NOW_S - 5)),
        replace(OFFERING, offered_at_s=NOW_S - 1.9),
        replace(OFFERING, underway=rest(NOTHING, POSTED, NOW_S - 29, first=30.0, most=30.0)),
    ],
)
def test_an_offer_under_way_or_just_posted_or_refused_is_waited_for(state):
    assert step(state=state) == ()


@pytest.mark.parametrize("changes", [{"chain": None}, {"chain_problem": "no answer"}])
def test_without_the_chain_nothing_is_posted(changes):
    assert step(**changes) == ()


def test_an_offers_outcome_is_taken():
    posted = step()[0]
    waiting = replace(OFFERING, underway=ask(NOTHING, posted, now=NOW_S))
    resting = observation(chain=chain_view(offers=(own(),)))

    def after(fact):
        seen = replace(resting, facts=(fact,))
        return delivery.step(waiting, seen, (), delivery_settings(), draws_itself=False)[0]

    assert after(confirmed(posted)).underway.asked == ()
    declined = after(refused(posted))
    assert declined.underway.asked == ()
    assert [resting.until for resting in declined.underway.resting] == [NOW_S + 30]
    assert after(IntentUndone(intent=posted, reason="gone")).underway.intents == (posted,)
