"""Sign and check energy receipts: EIP-712, bound to one chain and one sale contract."""

from coincurve import PublicKey

from node.core.records import Receipt
from node.core.wire.typed_data import RECEIPT, Value, receipt_domain, signing_digest
from node.keys.keccak import address_of_public_key, keccak256
from node.ports import Signer

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half of secp256k1's order: a greater s is a second form of the same signature, refused."""


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
    except ValueError:
        return False
    signer = recover_signer(digest, receipt.signature)
    return signer is not None and signer.lower() == receipt.buyer.lower()


def recover_signer(digest: bytes, signature: bytes) -> str | None:
    """Give the account that signed a digest; None if the signature is not well-formed."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return None
    try:
        public_key = PublicKey.from_signature_and_message(
            signature[:64] + bytes([signature[64] - 27]), digest, hasher=None
        )
    # coincurve raises a bare Exception when no point fits the signature.
    except Exception:  # noqa: BLE001 - its own narrowest type
        return None
    return address_of_public_key(public_key.format(compressed=False))
