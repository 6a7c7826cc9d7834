"""A seller and a buyer with ledgers on one chain, for the tests of trading."""

from pathlib import Path

from node.core.commands import Redeem
from node.core.facts import IntentConfirmed
from node.keys.receipts import sign_receipt
from tests.parts.chain import Street
from tests.parts.ledger_home import Home, offer, order


class Pair:
    """A seller with an offer on the chain, and a buyer that watches it."""

    def __init__(self, street: Street, directory: Path) -> None:
        self.street = street
        self.seller = Home(street, street.new_home(), directory / "seller")
        self.seller_account = self.seller.account.account if self.seller.account else ""
        self.seller.submit(offer(self.seller.view()))
        self.seller.wait(IntentConfirmed)
        self.buyer = Home(
            street, street.new_home(), directory / "buyer", sellers=(self.seller_account,)
        )
        self.buyer_account = self.buyer.account.account if self.buyer.account else ""
        assert self.buyer.view().offers

    def buy(self, number: int = 1) -> None:
        self.buyer.submit(order(self.seller_account, number))
        self.buyer.wait(IntentConfirmed, number)

    def receipt(self, drawn_milliwh: int, number: int = 1) -> Redeem:
        assert self.buyer.account is not None
        receipt = sign_receipt(
            self.buyer.account,
            chain_id=31337,
            sale=self.street.sale,
            seller=self.seller_account,
            number=number,
            drawn_milliwh=drawn_milliwh,
        )
        return Redeem(receipt=receipt, close=False)

    def close(self) -> None:
        self.seller.close()
        self.buyer.close()
