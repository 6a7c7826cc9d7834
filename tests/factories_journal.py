"""Build what a journal holds of a promise."""

from node.promise import Attempt, Inclusion


def attempt(nonce: int = 0, fee_wei: int = 10**18, *, closes: bool = False) -> Attempt:
    """Sign a transaction, as far as a journal looks at it."""
    raw = bytes([nonce, closes])
    return Attempt(
        nonce=nonce,
        hash=f"0x{raw.hex()}{fee_wei}",
        raw=raw,
        fee_wei=fee_wei,
        tip_wei=1,
        closes=closes,
    )


def inclusion(block_number: int) -> Inclusion:
    """Include a transaction in a block."""
    return Inclusion(
        transaction="0xaa",
        block_number=block_number,
        block_hash="0xbb",
        timestamp_s=1,
        gas_used=21_000,
    )
