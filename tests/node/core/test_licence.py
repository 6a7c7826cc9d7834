"""A pairing licenses only what the own fill on the chain covers; every doubt licenses nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.auction.clearing import Kind, Offer
from node.core.auction.licence import NO_RIGHTS, filled_milliwh
from node.core.trading.rights import rights
from tests.factories.auction_markets import orders
from tests.factories.home import BLOCK, NOW_S
from tests.factories.market import INTERVAL_S, market
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1, SELLER2
from tests.factories.trading import (
    BID,
    OFFER,
    STARTS_S,
    K,
    at,
    cleared,
    pairing,
    part,
    placed,
    trading_settings,
)

WHOLE = cleared(OFFER)
"""This home's bid for 100 Wh is filled by another's offer, all of it solar."""
SOLD = cleared(BID, own=OFFER)
"""This home's offer of 100 Wh is bought by another."""


def bought(*pairings, result=WHOLE, chain_s=STARTS_S, order=BID, **changes):
    """See the interval of the own filled bid, and what was published of it."""
    found = market(orders=(placed(order),), cleared=(result,) if result is not None else ())
    return at(chain_s, market=found, pairings=pairings, **changes)


def of(seen, **settings):
    return rights(seen, trading_settings(**settings))


def test_a_pairing_within_the_fill_licenses_its_parts_in_turn_until_the_interval_ends():
    two = pairing(part(60_000, seller=SELLER2), part(40_000))

    found = of(bought(two))

    assert [(one.seller, one.energy_milliwh, one.kind) for one in found.draws] == [
        (SELLER2, 60_000, "solar"),
        (SELLER1, 40_000, "solar"),
    ]
    assert {(one.starts_s, one.ends_s) for one in found.draws} == {
        (STARTS_S, STARTS_S + INTERVAL_S)
    }
    assert (found.serves, found.problem) == ((), "")
    assert found.bars_sale == f"interval {K} is delivered by the auction's pairing"


def test_a_seller_serves_the_buyers_of_its_parts():
    sold = pairing(part(seller=HOME, buyer=NEIGHBOUR))

    found = of(bought(sold, result=SOLD, order=OFFER))

    assert [one.buyer for one in found.serves] == [NEIGHBOUR]
    assert (found.draws, found.problem) == ((), "")


def test_a_part_may_be_of_each_kind_up_to_that_kinds_fill():
    """Solar first, 50 Wh of it; the rest is CHP."""
    chp = Offer(kind=Kind.CHP, tick=31, energy_units=50)
    result = cleared(replace(OFFER, energy_units=50), chp)
    both = pairing(part(50_000), part(50_000, kind="chp", seller=SELLER2))

    assert len(of(bought(both, result=result)).draws) == 2
    swapped = pairing(part(40_000), part(60_000, kind="chp", seller=SELLER2))
    assert of(bought(swapped, result=result)).draws == ()


@pytest.mark.parametrize("chain_s", [STARTS_S - 3, STARTS_S + INTERVAL_S])
def test_outside_its_interval_a_pairing_licenses_and_bars_nothing(chain_s):
    assert of(bought(pairing(), chain_s=chain_s)) == NO_RIGHTS


@pytest.mark.parametrize(("let_go_s", "clock_speed"), [(3.0, 1.0), (1.5, 2.0)])
def test_the_sale_lets_go_just_before_an_interval_with_an_own_order(let_go_s, clock_speed):
    soon = replace(bought(pairing(), chain_s=STARTS_S - 3), clock_speed=clock_speed)

    found = of(soon, let_go_s=let_go_s)

    begins = f"interval {K}, in which it has an order, begins in a moment"
    assert found == replace(NO_RIGHTS, bars_sale=begins)
    assert of(bought(pairing(), chain_s=STARTS_S - 3.01), let_go_s=3.0) == NO_RIGHTS


def test_the_boundary_moves_with_the_clock_between_two_blocks():
    seen = bought(pairing(), chain_s=STARTS_S - 2)

    assert of(replace(seen, now_s=NOW_S + 1.9)).draws == ()
    assert len(of(replace(seen, now_s=NOW_S + 2)).draws) == 1
    assert len(of(replace(seen, now_s=NOW_S + 1, clock_speed=2.0)).draws) == 1


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((part(100_001),), "its solar parts are 0.001 Wh more than the fill on the chain"),
        ((part(60_000), part(41_000, seller=SELLER2)), "are 1 Wh more than the fill"),
        ((part(1, kind="chp"),), "its chp parts are 0.001 Wh more than the fill on the chain"),
        ((part(10), part(10)), f"it names {SELLER1} twice for solar"),
        ((part(0),), "a part of 0 Wh"),
        ((part(-5),), "a part of -0.005 Wh"),
        ((part(kind="wind"),), "wind is no kind of energy"),
        ((part(buyer=NEIGHBOUR),), "is not this home's side"),
        ((part(buyer=SELLER1, seller=HOME),), "is not this home's side"),
        ((part(seller=HOME),), "is not this home's side"),
        ((part(50), part(50, buyer=NEIGHBOUR)), "is not this home's side"),
    ],
)
def test_a_pairing_that_does_not_fit_the_fill_licenses_nothing_and_says_why(parts, why):
    found = of(bought(pairing(*parts)))

    assert (found.draws, found.serves) == ((), ())
    assert why in found.problem
    assert found.bars_sale == f"the pairing of interval {K} licenses nothing: {found.problem}"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (bought(pairing(), result=None), f"its order in interval {K} is not cleared yet"),
        (bought(), f"its fill in interval {K} has no published pairing"),
        (bought(pairing(interval=K + 1)), f"its fill in interval {K} has no published pairing"),
    ],
)
def test_an_order_that_may_be_filled_bars_the_sale_without_licensing_anything(seen, why):
    found = of(seen)

    assert (found.draws, found.serves, found.bars_sale) == ((), (), why)


def test_a_result_licenses_only_at_the_configured_depth():
    """The result stands in the head's block: depth 1."""
    shallow = of(bought(pairing()), confirmations=2)
    deep = replace(WHOLE, block=replace(WHOLE.block, number=BLOCK - 1))

    assert (shallow.draws, shallow.bars_sale) == (
        (),
        f"the result of interval {K} is not deep enough yet",
    )
    assert len(of(bought(pairing(), result=deep), confirmations=2).draws) == 1


@pytest.mark.parametrize(
    "seen",
    [
        at(STARTS_S, pairings=(pairing(),)),
        bought(pairing(), order=replace(BID, energy_units=0)),
    ],
    ids=["no order", "cancelled"],
)
def test_without_an_order_of_its_own_a_home_has_no_rights_and_no_bar(seen):
    assert of(seen) == NO_RIGHTS


@pytest.mark.failure(
    part="neighbour",
    failure="an order comes away without a fill",
    contacts="rest: the sale waits for the interval's end",
    money="no kWh is paid twice: the meter settles the order all the same",
)
def test_an_order_without_a_fill_bars_the_sale_all_the_same():
    """The grid bills all that its meter shows; the sale's energy would be paid twice."""
    found = of(bought(pairing(), result=cleared()))

    assert (found.draws, found.serves) == ((), ())
    assert found.bars_sale == f"its order in interval {K} has no fill, and settles its meter"


def test_the_auction_settles_the_meter_from_the_start_of_an_interval_with_an_own_order():
    soon = of(bought(pairing(), chain_s=STARTS_S - 1), let_go_s=3.0)

    assert not soon.settles_meter
    assert of(bought(pairing())).settles_meter
    assert of(bought(result=None)).settles_meter
    assert not of(bought(pairing(), chain_s=STARTS_S + INTERVAL_S)).settles_meter


@pytest.mark.parametrize("unseen", [{"market": None}, {"chain": None}])
def test_before_the_auction_was_seen_the_sale_waits(unseen):
    """A restart must not draw or consent on the sale in an interval that may be the auction's."""
    found = of(replace(bought(pairing()), **unseen))

    assert (found.draws, found.serves) == ((), ())
    assert found.bars_sale == "the auction has not been seen yet"


ACCOUNTS = (HOME, SELLER1, SELLER2, NEIGHBOUR)
PARTS = st.lists(
    st.builds(
        part,
        energy_milliwh=st.integers(-10, 120_000),
        kind=st.sampled_from(("solar", "chp", "wind")),
        buyer=st.sampled_from(ACCOUNTS),
        seller=st.sampled_from(ACCOUNTS),
    ),
    min_size=1,
    max_size=4,
)
ORDERS = orders(10, 200)


@given(own=ORDERS, others=st.lists(ORDERS, max_size=4), parts=PARTS)
def test_no_publication_licenses_more_than_the_own_fill(own, others, parts):
    result = cleared(*others, own=own)
    seen = bought(pairing(*parts), result=result, order=own)

    found = of(seen)

    licences = (*found.draws, *found.serves)
    filled = filled_milliwh(seen.market, placed(own), result)
    for kind, most in filled.items():
        assert sum(one.energy_milliwh for one in licences if one.kind == kind) <= most
    assert all(HOME in (one.buyer, one.seller) and one.buyer != one.seller for one in licences)
    assert not (found.draws and found.serves)
    assert found.bars_sale
