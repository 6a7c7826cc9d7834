"""The lines that a node says to the relay, and what their signatures cover.

Each answers a nonce that the relay has just told, so that a line which was held back is worth
nothing. A node of before there were nonces signs without one: such a line opens contacts alone.
"""

from dataclasses import dataclass

from node.core.records import Receipt
from node.core.wire.typed_data import Domain, Keccak, Struct, Value, signing_digest

BOOT_BYTES = NONCE_BYTES = 16
SIGNATURE_BYTES = 65

DOMAIN = Domain(name="PeerwattRelay", version="1", chain_id=None, verifying_contract=None)
_ORIGIN = (("string", "relay"), ("bytes16", "boot"))
_NONCE = (("bytes16", "nonce"),)
_COMMAND = (
    ("address", "holder"),
    ("uint64", "sequence"),
    ("uint8[]", "contacts"),
    ("uint32", "leaseMs"),
)
_CONSENT = (
    ("address", "account"),
    ("uint64", "sequence"),
    ("uint8", "connection"),
    ("uint32", "consentMs"),
)
COMMAND = Struct(name="Command", members=(*_ORIGIN, *_NONCE, *_COMMAND))
CONSENT = Struct(name="Consent", members=(*_ORIGIN, *_NONCE, *_CONSENT))
HERE = Struct(
    name="Here", members=(*_ORIGIN, *_NONCE, ("address", "account"), ("uint64", "sequence"))
)
OLDER_COMMAND = Struct(name="Command", members=(*_ORIGIN, *_COMMAND))
OLDER_CONSENT = Struct(name="Consent", members=(*_ORIGIN, *_CONSENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class HelloLine:
    """Open a conversation; `client` is a name for the log alone."""

    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """Ask to hold exactly these channels closed; `receipts` are not under the signature."""

    relay: str
    boot: bytes
    nonce: bytes | None
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
    nonce: bytes | None
    account: str
    sequence: int
    connection: int
    consent_ms: int
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HereLine:
    """Say whose connection this is, so that the relay keeps it a place; it moves nothing."""

    relay: str
    boot: bytes
    nonce: bytes
    account: str
    sequence: int
    signature: bytes


SignedLine = HoldLine | ConsentLine | HereLine
Line = HelloLine | SignedLine


def digest(line: SignedLine, keccak: Keccak) -> bytes:
    """Return the 32 bytes that the line's account signs.

    Raises:
        ValueError: a member does not fit its type.
    """
    values: dict[str, Value] = {"relay": line.relay, "boot": line.boot, "sequence": line.sequence}
    if line.nonce is not None:
        values["nonce"] = line.nonce
    match line:
        case HoldLine():
            struct = COMMAND if line.nonce is not None else OLDER_COMMAND
            values |= {
                "holder": line.account,
                "contacts": line.contacts,
                "leaseMs": line.lease_ms,
            }
        case ConsentLine():
            struct = CONSENT if line.nonce is not None else OLDER_CONSENT
            values |= {
                "account": line.account,
                "connection": line.connection,
                "consentMs": line.consent_ms,
            }
        case HereLine():
            struct = HERE
            values["account"] = line.account
    return signing_digest(DOMAIN, struct, values, keccak)
