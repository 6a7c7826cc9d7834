"""Why a home lost with the market, in one line: what it traded for other than what came."""

import pytest

from tests.village.market.test_bills import BID, FEED_IN, OFFER, PRICE, RETAIL, a_slice, traded
from village.market.bills import bill_of
from village.market.losses import why_lost


def lost(piece, sale=0):
    bill = bill_of("home1", [piece], sale=sale)
    assert bill.saving < 0
    return bill, why_lost(bill, [piece])


def test_a_buyer_that_used_less_than_it_bought():
    bill, said = lost(a_slice(imported=100, trade=traded(BID, 100)))

    gained = 100 * (RETAIL - PRICE)
    assert bill.saving < gained - 900 * (PRICE - FEED_IN)
    assert said.startswith("home1 lost 0.")
    assert "it bought more than it used, by 900 mWh in one interval, which cost 0." in said


def test_a_seller_that_fed_in_less_than_it_sold():
    _, said = lost(a_slice(exported=100, trade=traded(OFFER, 100)))

    assert "it sold more than it fed in, by 900 mWh in one interval, which cost 0." in said


def test_a_seller_that_fed_in_more_than_twice_its_order():
    _, said = lost(a_slice(exported=9000, trade=traded(OFFER, 9000)))

    assert "it fed in more than twice its order, unpaid, by 7000 mWh in one interval" in said


def test_a_home_that_paid_more_at_the_sale_than_the_grid_asks():
    piece = a_slice(imported=1000, drawn=1000)
    _, said = lost(piece, sale=-1000 * (RETAIL + 1))

    assert said.endswith("what it traded at the sale cost 0.001 more than the grid")


@pytest.mark.parametrize("sale", [-1])
def test_a_loss_without_any_cause_is_roundings(sale):
    bill = bill_of("home1", [], sale=0)
    bill = type(bill)(home="home1", trade=sale, grid=0, ordinary=0, sale=0, without=0)

    assert why_lost(bill, []) == (
        "home1 lost 0.000001: its trades brought no more than rounding took"
    )
