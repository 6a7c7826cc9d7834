"""Sign and check energy receipts: EIP-712, bound to one chain and one sale contract."""

from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import Receipt
from node.core.wire.typed_data import Domain, Struct, Value, signing_digest
from node.keys.account import Account
from node.keys.keccak import checksum_address, keccak256
from node.keys.signatures import signer_of
from node.ports import Signer

RECEIPT = Struct(
    name="Receipt",
    members=(
        ("address", "buyer"),
        ("address", "seller"),
        ("uint32", "number"),
        ("uint64", "drawnMilliwh"),
    ),
)


def receipt_domain(chain_id: int, sale: str) -> Domain:
    """Give the domain of the sale contract at this address, in which receipts are signed."""
    return Domain(name="EnergySale", version="1", chain_id=chain_id, verifying_contract=sale)


def digest_of_receipt(
    *, chain_id: int, sale: str, buyer: str, seller: str, number: int, drawn_milliwh: int
) -> bytes:
    """Return the 32 bytes that the buyer signs: what `EnergySale.receiptDigest` returns."""
    values: dict[str, Value] = {
        "buyer": buyer,
        "seller": seller,
        "number": number,
        "drawnMilliwh": drawn_milliwh,
    }
    return signing_digest(receipt_domain(chain_id, sale), RECEIPT, values, keccak256)


def sign_receipt(
    signer: Signer, *, chain_id: int, sale: str, seller: str, number: int, drawn_milliwh: int
) -> Receipt:
    """Sign, as the buyer, what has been drawn of an order so far."""
    buyer = signer.account
    digest = digest_of_receipt(
        chain_id=chain_id,
        sale=sale,
        buyer=buyer,
        seller=seller,
        number=number,
        drawn_milliwh=drawn_milliwh,
    )
    return Receipt(
        buyer=buyer,
        seller=seller,
        number=number,
        drawn_milliwh=drawn_milliwh,
        signature=signer.sign(digest),
    )


def is_signed_by_buyer(receipt: Receipt, *, chain_id: int, sale: str) -> bool:
    """Say whether the sale contract would take this signature (contracts' ERC-1271 aside)."""
    try:
        digest = digest_of_receipt(
            chain_id=chain_id,
            sale=sale,
            buyer=receipt.buyer,
            seller=receipt.seller,
            number=receipt.number,
            drawn_milliwh=receipt.drawn_milliwh,
        )
        signer = signer_of(digest, receipt.signature)
    except (ValueError, Refused):
        return False
    return signer.lower() == receipt.buyer.lower()


@dataclass(slots=True)
class ReceiptSigner:
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
