"""When a seller is paid."""

from node.core.commands import CloseOrder, Redeem
from node.core.delivery.sales import Sale, pair, settle
from tests.factories.home import CALENDAR_S, order, receipt
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1

END_S = CALENDAR_S + 3_600


def sale(drawn_milliwh=0, signed_milliwh=None):
    signed = None if signed_milliwh is None else receipt(drawn_milliwh=signed_milliwh)
    return Sale(order=order(drawn_milliwh=drawn_milliwh), receipt=signed)


def test_orders_are_paired_with_their_own_receipts():
    orders = (order(7), order(8, buyer=NEIGHBOUR), order(9, seller=HOME))
    receipts = (receipt(7), receipt(8), receipt(9, seller=HOME))

    paired = pair(orders, receipts, SELLER1)

    assert paired == (
        Sale(order=orders[0], receipt=receipts[0]),
        Sale(order=orders[1], receipt=None),
    )


def test_a_receipt_for_more_than_was_bought_is_none():
    """The contract refuses it, so a seller that believed it would never be paid."""
    excessive = receipt(drawn_milliwh=200_001)

    assert pair((order(),), (excessive,), SELLER1) == (Sale(order=order(), receipt=None),)


def test_what_was_signed_is_at_least_what_was_paid():
    assert sale(drawn_milliwh=5_000, signed_milliwh=1_000).signed_milliwh == 5_000
    assert sale(drawn_milliwh=5_000).signed_milliwh == 5_000
    assert sale(signed_milliwh=6_000).signed_milliwh == 6_000


def test_nothing_is_settled_while_an_order_is_drawn():
    assert settle(sale(signed_milliwh=50_000), END_S - 1, ends_now=False) is None


def test_a_complete_order_is_redeemed_at_once():
    complete = receipt(drawn_milliwh=200_000)

    command = settle(Sale(order=order(), receipt=complete), CALENDAR_S, ends_now=False)

    assert Redeem(receipt=complete, close=False) == command


def test_an_expired_order_is_redeemed_and_closed():
    command = settle(sale(signed_milliwh=50_000), END_S, ends_now=False)

    assert Redeem(receipt=receipt(drawn_milliwh=50_000), close=True) == command


def test_a_withdrawn_sale_is_redeemed_and_closed_before_its_end():
    command = settle(sale(signed_milliwh=50_000), CALENDAR_S, ends_now=True)

    assert Redeem(receipt=receipt(drawn_milliwh=50_000), close=True) == command


def test_where_nothing_new_was_signed_the_rest_is_renounced():
    paid = settle(sale(drawn_milliwh=50_000, signed_milliwh=50_000), END_S, ends_now=False)
    unsigned = settle(sale(), END_S, ends_now=False)

    assert paid == unsigned == CloseOrder(buyer=HOME, number=7)
