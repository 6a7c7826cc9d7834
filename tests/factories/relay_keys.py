"""Accounts for the relay's tests: a small signer, and lines that it has signed."""

from dataclasses import replace
from typing import Any

from node.core.records import Receipt
from node.core.wire.format import write_line
from node.core.wire.lines import ConsentLine, HereLine, HoldLine, SignedLine, digest
from node.keys.account import Account, account_of_key
from node.keys.keccak import keccak256
from node.ports import Signer


def known_account(number: int) -> Account:
    """Give the account of a key that is no secret."""
    return account_of_key(number.to_bytes(32))


class Boot(bytes):
    """A relay's boot, with the newest nonce that was heard of it."""

    nonce: bytes | None = None

    @classmethod
    def of(cls, said: dict[str, Any]) -> "Boot":
        """Take both from a state line's content."""
        boot = cls.fromhex(said["boot"][2:])
        boot.nonce = bytes.fromhex(said["nonce"][2:])
        return boot


BUYER = known_account(0xB0B)
SELLER = known_account(0x5E11)
OTHER_BUYER = known_account(0xB0B2)
STRANGER = known_account(0xBAD)


def signed(signer: Signer, line: SignedLine) -> bytes:
    return write_line(replace(line, signature=signer.sign(digest(line, keccak256))))


def here_line(signer: Signer, boot: Boot, sequence: int) -> bytes:
    line = HereLine(
        relay="relay1",
        boot=boot,
        nonce=boot.nonce or b"",
        account=signer.account,
        sequence=sequence,
        signature=b"",
    )
    return signed(signer, line)


def hold_line(
    signer: Signer,
    boot: bytes,
    sequence: int,
    contacts: tuple[int, ...],
    lease_s: float = 15,
    receipts: tuple[Receipt, ...] = (),
    relay: str = "relay1",
    account: str | None = None,
) -> bytes:
    line = HoldLine(
        relay=relay,
        boot=boot,
        nonce=getattr(boot, "nonce", None),
        account=account or signer.account,
        sequence=sequence,
        contacts=contacts,
        lease_ms=round(lease_s * 1000),
        signature=b"",
        receipts=receipts,
    )
    return signed(signer, line)


def consent_line(
    signer: Signer,
    boot: bytes,
    sequence: int,
    connection: int,
    consent_s: float = 60,
    relay: str = "relay1",
) -> bytes:
    line = ConsentLine(
        relay=relay,
        boot=boot,
        nonce=getattr(boot, "nonce", None),
        account=signer.account,
        sequence=sequence,
        connection=connection,
        consent_ms=round(consent_s * 1000),
        signature=b"",
    )
    return signed(signer, line)


def receipt(
    drawn_milliwh: int, number: int = 7, buyer: Account = BUYER, seller: Account = SELLER
) -> Receipt:
    return Receipt(
        buyer=buyer.account,
        seller=seller.account,
        number=number,
        drawn_milliwh=drawn_milliwh,
        signature=bytes(65),
    )
