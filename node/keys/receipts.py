"""Sign and check energy receipts: EIP-712, bound to one chain and one sale contract."""

from node.core.errors import Refused
from node.core.records import Receipt
from node.core.wire.typed_data import RECEIPT, Value, receipt_domain, signing_digest
from node.keys.keccak import keccak256
from node.keys.signatures import signer_of
from node.ports import Signer


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
