"""Hash with Keccak-256: the one place that names a library for it."""

from Crypto.Hash import keccak as _keccak

from node.core.wire.typed_data import checksummed


def keccak256(data: bytes, /) -> bytes:
    """Return the 32-byte Keccak-256 of the data (not SHA3-256: the padding differs)."""
    return _keccak.new(digest_bits=256, data=data).digest()


def checksum_address(address: str) -> str:
    """Write an address of any case as EIP-55 does.

    Raises:
        ValueError: not 0x and 40 hexadecimal digits.
    """
    return checksummed(address, keccak256)


def address_of_public_key(uncompressed: bytes) -> str:
    """Give the account of a 65-byte uncompressed public key."""
    return checksum_address("0x" + keccak256(uncompressed[1:])[-20:].hex())
