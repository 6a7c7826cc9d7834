"""Write and read the lines between a node and the relay, and the replies.

One line is one JSON object. The object under "here", "hold" or "consent" is the EIP-712 message
itself, member for member (`lines`). The relay's own account of itself is in `announcement`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import Receipt
from node.core.relay.board import MOST_CHANNELS
from node.core.wire.lines import (
    BOOT_BYTES,
    NONCE_BYTES,
    SIGNATURE_BYTES,
    ConsentLine,
    HelloLine,
    HereLine,
    HoldLine,
    Line,
)
from node.core.wire.strict_json import Members, read_object

LONGEST_LINE = 8192
LONGEST_RELAY_LINE = 120_000
"""A board of 64 connections with the longest names and all consents fits it, and it a packet."""
MOST_RECEIPTS = 8
OK = "ok"

_UINT8 = 2**8 - 1
_UINT32 = 2**32 - 1
_UINT64 = 2**64 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer one line: `name` is "ok" or the refusal's; `last` only with a stale sequence.

    `nonce` is the relay's newest, for the next line; None with a line that could not be read.
    """

    name: str
    sentence: str
    kind: str
    account: str
    sequence: int
    last: int | None
    receipts: tuple[Receipt, ...]
    nonce: bytes | None


def refusal_of(kind: str, refused: Refused) -> Reply:
    """Answer a line of which nothing more can be said than why it is refused."""
    return Reply(
        name=refused.name,
        sentence=refused.sentence,
        kind=kind,
        account="",
        sequence=0,
        last=None,
        receipts=(),
        nonce=None,
    )


def write_line(line: Line) -> bytes:
    """Write a node's line, with its line end."""
    match line:
        case HelloLine(client=client):
            return as_line({"hello": client})
        case HoldLine():
            message: dict[str, object] = {
                **_origin(line),
                "holder": line.account,
                "sequence": line.sequence,
                "contacts": list(line.contacts),
                "leaseMs": line.lease_ms,
            }
            signed = _signed("hold", message, line.signature)
            if line.receipts:
                signed["receipts"] = _receipt_objects(line.receipts)
            return as_line(signed)
        case ConsentLine():
            message = {
                **_origin(line),
                "account": line.account,
                "sequence": line.sequence,
                "connection": line.connection,
                "consentMs": line.consent_ms,
            }
            return as_line(_signed("consent", message, line.signature))
        case HereLine():
            message = {**_origin(line), "account": line.account, "sequence": line.sequence}
            return as_line(_signed("here", message, line.signature))


def _origin(line: HoldLine | ConsentLine | HereLine) -> dict[str, object]:
    origin: dict[str, object] = {"relay": line.relay, "boot": "0x" + line.boot.hex()}
    if line.nonce is not None:
        origin["nonce"] = "0x" + line.nonce.hex()
    return origin


def _signed(kind: str, message: dict[str, object], signature: bytes) -> dict[str, object]:
    return {kind: message, "signature": "0x" + signature.hex()}


def read_line(line: bytes) -> Line:
    """Read a node's line, with or without its line end.

    Raises:
        Refused: by the name of what is wrong; see `docs/wire.md`.
    """
    members = read_object(line.rstrip(b"\r\n"), LONGEST_LINE)
    if members.has("hold"):
        return _read_hold(members)
    if members.has("consent"):
        return _read_consent(members)
    if members.has("here"):
        return _read_here(members)
    if members.has("hello"):
        hello = HelloLine(client=members.text("hello"))
        members.done()
        return hello
    raise Refused("UnknownKind", "a line says hello, here, hold or consent")


def write_reply(reply: Reply) -> bytes:
    """Write the relay's answer, with its line end; members without meaning are left out."""
    members: dict[str, object] = {"reply": reply.name, "kind": reply.kind}
    if reply.account:
        members |= {"account": reply.account, "sequence": reply.sequence}
    if reply.sentence:
        members["sentence"] = reply.sentence
    if reply.last is not None:
        members["last"] = reply.last
    if reply.nonce is not None:
        members["nonce"] = "0x" + reply.nonce.hex()
    if reply.receipts:
        members["receipts"] = _receipt_objects(reply.receipts)
    return as_line(members)


def read_reply(members: Members) -> Reply:
    """Read the relay's answer; what a newer relay adds is passed over.

    Raises:
        Refused: by the name of what is wrong.
    """
    has_account = members.has("account")
    return Reply(
        name=members.text("reply"),
        kind=members.text("kind"),
        account=members.address("account") if has_account else "",
        sequence=members.whole("sequence", 0, _UINT64) if has_account else 0,
        sentence=members.text("sentence", 1024) if members.has("sentence") else "",
        last=members.whole("last", 0, _UINT64) if members.has("last") else None,
        receipts=_read_receipts(members, 16 * MOST_RECEIPTS),
        nonce=members.octets("nonce", NONCE_BYTES) if members.has("nonce") else None,
    )


def as_line(members: dict[str, object]) -> bytes:
    """Write an object compactly, in ASCII, with a line end."""
    return json.dumps(members, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _read_hold(members: Members) -> HoldLine:
    message = members.within("hold")
    hold = HoldLine(
        relay=message.text("relay"),
        boot=message.octets("boot", BOOT_BYTES),
        nonce=_read_nonce(message),
        account=message.address("holder"),
        sequence=message.whole("sequence", 0, _UINT64),
        contacts=message.wholes("contacts", _UINT8, MOST_CHANNELS),
        lease_ms=message.whole("leaseMs", 0, _UINT32),
        signature=members.octets("signature", SIGNATURE_BYTES),
        receipts=_read_receipts(members, MOST_RECEIPTS),
    )
    message.done()
    members.done()
    return hold


def _read_consent(members: Members) -> ConsentLine:
    message = members.within("consent")
    consent = ConsentLine(
        relay=message.text("relay"),
        boot=message.octets("boot", BOOT_BYTES),
        nonce=_read_nonce(message),
        account=message.address("account"),
        sequence=message.whole("sequence", 0, _UINT64),
        connection=message.whole("connection", 0, _UINT8),
        consent_ms=message.whole("consentMs", 0, _UINT32),
        signature=members.octets("signature", SIGNATURE_BYTES),
    )
    message.done()
    members.done()
    return consent


def _read_here(members: Members) -> HereLine:
    message = members.within("here")
    here = HereLine(
        relay=message.text("relay"),
        boot=message.octets("boot", BOOT_BYTES),
        nonce=message.octets("nonce", NONCE_BYTES),
        account=message.address("account"),
        sequence=message.whole("sequence", 0, _UINT64),
        signature=members.octets("signature", SIGNATURE_BYTES),
    )
    message.done()
    members.done()
    return here


def _read_nonce(message: Members) -> bytes | None:
    """Read the nonce; a node of before there were any gives none."""
    return message.octets("nonce", NONCE_BYTES) if message.has("nonce") else None


def _read_receipts(members: Members, most: int) -> tuple[Receipt, ...]:
    if not members.has("receipts"):
        return ()
    return tuple(_read_receipt(receipt) for receipt in members.each("receipts", most))


def _read_receipt(members: Members) -> Receipt:
    receipt = Receipt(
        buyer=members.address("buyer"),
        seller=members.address("seller"),
        number=members.whole("number", 0, _UINT32),
        drawn_milliwh=members.whole("drawn_milliwh", 0, _UINT64),
        signature=members.octets("signature", SIGNATURE_BYTES),
    )
    members.done()
    return receipt


def _receipt_objects(receipts: Iterable[Receipt]) -> list[dict[str, object]]:
    return [
        {
            "buyer": receipt.buyer,
            "seller": receipt.seller,
            "number": receipt.number,
            "drawn_milliwh": receipt.drawn_milliwh,
            "signature": "0x" + receipt.signature.hex(),
        }
        for receipt in receipts
    ]
