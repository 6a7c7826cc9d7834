"""Build what a journal holds of a promise, and read what it holds on disk."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.state.journal import Journal
from node.state.promise import Attempt, Inclusion


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """Hold a journal open for a while."""
    journal = Journal(path)
    journal.open()
    try:
        yield journal
    finally:
        journal.close()


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


def copied(path: Path) -> Path:
    """Copy the files of an open journal, as a power loss would leave them."""
    copy = path.with_name("copy") / path.name
    copy.parent.mkdir(exist_ok=True)
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + suffix))
    return copy


def on_disk(path: Path) -> dict[str, str]:
    """Read the texts that a power loss would leave of an open journal."""
    with opened(copied(path)) as copy:
        return dict(copy.items(""))
