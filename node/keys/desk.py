"""Sign and verify receipts with one key, against the chain that the ledger follows."""

from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import Receipt
from node.keys.account import Account
from node.keys.keccak import checksum_address
from node.keys.receipts import is_signed_by_buyer, sign_receipt


@dataclass(slots=True)
class Desk:
    """Hold the key, the sale and the chain; `chain_id` is None until the chain is known."""

    account: Account | None
    sale: str | None
    chain_id: int | None

    def sign(self, seller: str, number: int, drawn_milliwh: int) -> Receipt:
        """Sign a cumulative receipt as the buyer.

        Raises:
            Refused: there is no key, no sale, or the chain is not known yet.
        """
        if self.account is None or self.sale is None or self.chain_id is None:
            raise Refused("ReceiptUnsigned", "the key, the sale or the chain is not known")
        return sign_receipt(
            self.account,
            chain_id=self.chain_id,
            sale=self.sale,
            seller=seller,
            number=number,
            drawn_milliwh=drawn_milliwh,
        )

    def verify(self, receipt: Receipt) -> bool:
        """Say whether the sale contract would take this receipt's signature.

        The accounts must be spelled as EIP-55 does: a signature covers their bytes alone, and one
        order must not be remembered under many spellings.
        """
        if self.sale is None or self.chain_id is None:
            return False
        if not all(_is_spelled_right(account) for account in (receipt.buyer, receipt.seller)):
            return False
        return is_signed_by_buyer(receipt, chain_id=self.chain_id, sale=self.sale)


def _is_spelled_right(account: str) -> bool:
    try:
        return checksum_address(account) == account
    except ValueError:
        return False
