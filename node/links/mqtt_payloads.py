"""What the messages on the broker say, as JSON texts."""

import json

from node.core.records import Receipt
from node.core.strict_json import read_object

MAX_PAYLOAD_BYTES = 4096
SIGNATURE_BYTES = 65
UINT64_MAX = 2**64 - 1


def parse_receipt(payload: bytes | bytearray) -> Receipt:
    """Read a receipt from its JSON text; the signature is not verified here.

    Raises:
        Refused: the text is not a receipt.
    """
    members = read_object(bytes(payload), MAX_PAYLOAD_BYTES)
    return Receipt(
        buyer=members.address("buyer"),
        seller=members.address("seller"),
        number=members.whole("number", 0, UINT64_MAX),
        drawn_milliwh=members.whole("drawn_milliwh", 0, UINT64_MAX),
        signature=members.octets("signature", SIGNATURE_BYTES),
    )


def receipt_text(receipt: Receipt) -> str:
    """Write a receipt."""
    return json.dumps(
        {
            "buyer": receipt.buyer,
            "seller": receipt.seller,
            "number": receipt.number,
            "drawn_milliwh": receipt.drawn_milliwh,
            "signature": "0x" + receipt.signature.hex(),
        }
    )
