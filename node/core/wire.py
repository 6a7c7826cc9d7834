"""Write and read the lines between a node and the relay, and say what their signatures cover.

One line is one JSON object. The object under "hold" or "consent" is the EIP-712 message itself,
member for member. The relay's own account of itself is in `announcement`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from node.core.errors import Refused
from node.core.records import Receipt
from node.core.relay_board import MOST_CHANNELS
from node.core.strict_json import Members, read_object
from node.core.typed_data import Domain, Keccak, Struct, signing_digest

LONGEST_LINE = 8192
LONGEST_RELAY_LINE = 65_536
MOST_RECEIPTS = 8
BOOT_BYTES = 16
SIGNATURE_BYTES = 65
OK = "ok"

DOMAIN = Domain(name="PeerwattRelay", version="1", chain_id=None, verifying_contract=None)
COMMAND = Struct(
    name="Command",
    members=(
        ("string", "relay"),
        ("bytes16", "boot"),
        ("address", "holder"),
        ("uint64", "sequence"),
        ("uint8[]", "contacts"),
        ("uint32", "leaseMs"),
    ),
)
CONSENT = Struct(
    name="Consent",
    members=(
        ("string", "relay"),
        ("bytes16", "boot"),
        ("address", "account"),
        ("uint64", "sequence"),
        ("uint8", "connection"),
        ("uint32", "consentMs"),
    ),
)

_UINT8 = 2**8 - 1
_UINT32 = 2**32 - 1
_UINT64 = 2**64 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloLine:
    """Open a conversation; `client` is a name for the log alone."""

    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """Ask to hold exactly these channels closed; `receipts` are not under the signature."""

    relay: str
    boot: bytes
    account: str
    sequence: int
    contacts: tuple[int, ...]
    lease_ms: int
    signature: bytes
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """Give a consent, or withdraw it (0 milliseconds)."""

    relay: str
    boot: bytes
    account: str
    sequence: int
    connection: int
    consent_ms: int
    signature: bytes


Line = HelloLine | HoldLine | ConsentLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer one line: `name` is "ok" or the refusal's; `last` only with a stale sequence."""

    name: str
    sentence: str
    kind: str
    account: str
    sequence: int
    last: int | None
    receipts: tuple[Receipt, ...]


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
    )


def digest(line: HoldLine | ConsentLine, keccak: Keccak) -> bytes:
    """Return the 32 bytes that the line's account signs.

    Raises:
        ValueError: a member does not fit its type.
    """
    match line:
        case HoldLine():
            return signing_digest(
                DOMAIN,
                COMMAND,
                {
                    "relay": line.relay,
                    "boot": line.boot,
                    "holder": line.account,
                    "sequence": line.sequence,
                    "contacts": line.contacts,
                    "leaseMs": line.lease_ms,
                },
                keccak,
            )
        case ConsentLine():
            return signing_digest(
                DOMAIN,
                CONSENT,
                {
                    "relay": line.relay,
                    "boot": line.boot,
                    "account": line.account,
                    "sequence": line.sequence,
                    "connection": line.connection,
                    "consentMs": line.consent_ms,
                },
                keccak,
            )


def write_line(line: Line) -> bytes:
    """Write a node's line, with its line end."""
    match line:
        case HelloLine(client=client):
            return as_line({"hello": client})
        case HoldLine():
            message: dict[str, object] = {
                "relay": line.relay,
                "boot": "0x" + line.boot.hex(),
                "holder": line.account,
                "sequence": line.sequence,
                "contacts": list(line.contacts),
                "leaseMs": line.lease_ms,
            }
            signed: dict[str, object] = {"hold": message, "signature": "0x" + line.signature.hex()}
            if line.receipts:
                signed["receipts"] = _receipt_objects(line.receipts)
            return as_line(signed)
        case ConsentLine():
            message = {
                "relay": line.relay,
                "boot": "0x" + line.boot.hex(),
                "account": line.account,
                "sequence": line.sequence,
                "connection": line.connection,
                "consentMs": line.consent_ms,
            }
            return as_line({"consent": message, "signature": "0x" + line.signature.hex()})


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
    if members.has("hello"):
        hello = HelloLine(client=members.text("hello"))
        members.done()
        return hello
    raise Refused("UnknownKind", "a line says hello, hold or consent")


def write_reply(reply: Reply) -> bytes:
    """Write the relay's answer, with its line end; members without meaning are left out."""
    members: dict[str, object] = {"reply": reply.name, "kind": reply.kind}
    if reply.account:
        members |= {"account": reply.account, "sequence": reply.sequence}
    if reply.sentence:
        members["sentence"] = reply.sentence
    if reply.last is not None:
        members["last"] = reply.last
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
    )


def as_line(members: dict[str, object]) -> bytes:
    """Write an object compactly, in ASCII, with a line end."""
    return json.dumps(members, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _read_hold(members: Members) -> HoldLine:
    message = members.within("hold")
    hold = HoldLine(
        relay=message.text("relay"),
        boot=message.octets("boot", BOOT_BYTES),
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
        account=message.address("account"),
        sequence=message.whole("sequence", 0, _UINT64),
        connection=message.whole("connection", 0, _UINT8),
        consent_ms=message.whole("consentMs", 0, _UINT32),
        signature=members.octets("signature", SIGNATURE_BYTES),
    )
    message.done()
    members.done()
    return consent


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
