"""What the messages on the broker say, as JSON texts."""

import json

from node.core.records import ConnectionView, Reading, Receipt
from node.core.wire.announcement import Announcement, read_relay_line
from node.core.wire.strict_json import read_object

MAX_PAYLOAD_BYTES = 4096
SIGNATURE_BYTES = 65
UINT64_MAX = 2**64 - 1


def said(payload: bytes) -> str:
    """Give a command's word, small: programs add quotes, a line's end, or a mark of byte order.

    Raises:
        ValueError: it is no text.
    """
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    return text.strip().strip("\"'").strip().lower()


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


def parse_wiring(payload: bytes | bytearray) -> tuple[ConnectionView, ...]:
    """Read the connections of a relay's retained state.

    Raises:
        Refused: by the name of what is wrong.
        ValueError: it is no relay's state.
    """
    announced = read_relay_line(bytes(payload))
    if not isinstance(announced, Announcement):
        raise ValueError("no relay's state")
    return tuple(connection.view for connection in announced.connections)


def reading_text(reading: Reading, instant_s: int) -> str:
    """Write a reading with its boundary's calendar instant."""
    return json.dumps(
        {
            "boundary": reading.boundary,
            "calendar_s": instant_s,
            "import_milliwh": reading.registers.import_milliwh,
            "export_milliwh": reading.registers.export_milliwh,
        }
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
