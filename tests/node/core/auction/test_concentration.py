"""The largest seller's share stands beside the price, which it can lift for all."""

import pytest

from node.core.auction.clearing import Bid, Kind, Offer, clear
from node.core.auction.concentration import largest_seller_pct

A, B, C, D = (f"0x{digit * 40}" for digit in "abcd")


def bid(units, tick=60):
    return Bid(solar_tick=tick, chp_tick=tick, energy_units=units)


def offer(units, tick=5, kind=Kind.SOLAR):
    return Offer(kind=kind, tick=tick, energy_units=units)


def share(*orders):
    return largest_seller_pct(clear([order for _, order in orders]), orders)


@pytest.mark.parametrize(
    ("orders", "pct"),
    [
        ([(A, bid(100)), (B, offer(100))], (100, None)),
        ([(A, bid(200)), (B, offer(100)), (C, offer(100))], (50, None)),
        ([(A, bid(400)), (B, offer(300)), (C, offer(100, kind=Kind.CHP))], (100, 100)),
        ([(A, bid(200)), (B, offer(50)), (B, offer(50)), (C, offer(100))], (50, None)),
        ([(A, bid(100, tick=4)), (B, offer(100))], (None, None)),
        ([(A, bid(100))], (None, None)),
        ([(A, bid(400)), (B, offer(100)), (C, offer(100)), (D, offer(200))], (50, None)),
    ],
)
def test_the_share_is_of_what_was_sold_of_a_kind(orders, pct):
    assert share(*orders) == pct


def test_a_seller_that_bids_against_itself_lifts_the_price_and_its_share_shows():
    """With half of the supply, from tick 5 to 63: that is why the share is shown."""
    honest = [(A, bid(100, tick=63)), (B, offer(100)), (C, offer(100))]
    lifted = [*honest, (B, bid(100, tick=63)), (B, offer(1, tick=63))]

    before, after = (clear([order for _, order in orders]) for orders in (honest, lifted))

    assert before.solar.price_tick == 5
    assert after.solar.price_tick >= before.solar.price_tick
    assert largest_seller_pct(after, lifted)[0] >= 50
