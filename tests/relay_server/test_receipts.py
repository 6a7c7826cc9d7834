"""The shelf keeps the newest receipt of each order, for its seller alone."""

from relay_server.receipts import MOST_PER_BUYER, ReceiptShelf
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, STRANGER, receipt


def test_newest_receipt_of_an_order_is_kept() -> None:
    shelf = ReceiptShelf()
    shelf.keep(BUYER.account, (receipt(5),))
    shelf.keep(BUYER.account, (receipt(9),))
    shelf.keep(BUYER.account, (receipt(7),))

    assert shelf.of(BUYER.account, SELLER.account) == (receipt(9),)


def test_orders_and_buyers_are_apart() -> None:
    shelf = ReceiptShelf()
    shelf.keep(BUYER.account, (receipt(5, number=1), receipt(6, number=2)))
    shelf.keep(OTHER_BUYER.account, (receipt(7, buyer=OTHER_BUYER),))

    assert shelf.of(BUYER.account, SELLER.account) == (receipt(5, number=1), receipt(6, number=2))
    assert shelf.of(OTHER_BUYER.account, SELLER.account) == (receipt(7, buyer=OTHER_BUYER),)


def test_other_sellers_get_nothing() -> None:
    shelf = ReceiptShelf()
    shelf.keep(BUYER.account, (receipt(5),))
    assert shelf.of(BUYER.account, STRANGER.account) == ()
    assert shelf.of(STRANGER.account, SELLER.account) == ()


def test_shelf_is_bounded_and_drops_what_was_left_longest_ago() -> None:
    shelf = ReceiptShelf()
    for number in range(MOST_PER_BUYER):
        shelf.keep(BUYER.account, (receipt(1, number=number),))
    shelf.keep(BUYER.account, (receipt(2, number=0),))
    shelf.keep(BUYER.account, (receipt(1, number=99),))

    kept = [one.number for one in shelf.of(BUYER.account, SELLER.account)]
    assert kept == [2, 3, 4, 5, 6, 7, 0, 99]
