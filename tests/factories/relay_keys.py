"""Accounts for the relay's tests: a small signer, and lines that it has signed."""

from dataclasses import replace

from coincurve import PrivateKey

from node.core.records import Receipt
from node.core.typed_data import checksummed
from node.core.wire import ConsentLine, HoldLine, digest, write_line
from relay_server.signatures import keccak256


class KeySigner:
    """Sign with a key that is no secret."""

    def __init__(self, number: int) -> None:
        self._key = PrivateKey.from_int(number)
        public = self._key.public_key.format(compressed=False)[1:]
        self.account = checksummed("0x" + keccak256(public)[-20:].hex(), keccak256)

    def sign(self, digest: bytes) -> bytes:
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:-1] + bytes([signature[-1] + 27])


BUYER = KeySigner(0xB0B)
SELLER = KeySigner(0x5E11)
OTHER_BUYER = KeySigner(0xB0B2)
STRANGER = KeySigner(0xBAD)


def hold_line(
    signer: KeySigner,
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
        account=account or signer.account,
        sequence=sequence,
        contacts=contacts,
        lease_ms=round(lease_s * 1000),
        signature=b"",
        receipts=receipts,
    )
    return write_line(replace(line, signature=signer.sign(digest(line, keccak256))))


def consent_line(
    signer: KeySigner,
    boot: bytes,
    sequence: int,
    connection: int,
    consent_s: float = 60,
    relay: str = "relay1",
) -> bytes:
    line = ConsentLine(
        relay=relay,
        boot=boot,
        account=signer.account,
        sequence=sequence,
        connection=connection,
        consent_ms=round(consent_s * 1000),
        signature=b"",
    )
    return write_line(replace(line, signature=signer.sign(digest(line, keccak256))))


def receipt(
    drawn_milliwh: int, number: int = 7, buyer: KeySigner = BUYER, seller: KeySigner = SELLER
) -> Receipt:
    return Receipt(
        buyer=buyer.account,
        seller=seller.account,
        number=number,
        drawn_milliwh=drawn_milliwh,
        signature=bytes(65),
    )
