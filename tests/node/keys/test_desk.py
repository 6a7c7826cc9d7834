"""The desk: receipts count in one spelling only."""

from dataclasses import replace

from node.keys.account import account_of_key
from node.keys.desk import Desk

BUYER = account_of_key(bytes(range(1, 33)))
SELLER = account_of_key(bytes(range(2, 34))).account


def test_one_receipt_is_not_taken_in_many_spellings() -> None:
    desk = Desk(account=BUYER, sale="0x" + "5a" * 20, chain_id=5)
    receipt = desk.sign(SELLER, 7, 1_000)

    assert desk.verify(receipt)
    assert not desk.verify(replace(receipt, buyer=receipt.buyer.lower()))
    assert not desk.verify(replace(receipt, seller=receipt.seller.lower()))
    assert not desk.verify(replace(receipt, seller="nobody"))
