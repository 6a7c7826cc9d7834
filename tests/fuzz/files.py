"""Keep a scratch directory in memory, where there is such a place: targets write no card out."""

import tempfile
from functools import cache
from pathlib import Path

from node.state.journal import Journal

_IN_MEMORY = Path("/dev/shm")


@cache
def _held() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)


def scratch() -> Path:
    """Give this process's own directory; it goes when the process ends."""
    return Path(_held().name)


@cache
def opened_journal(name: str) -> Journal:
    """Open a journal there, once in this process."""
    journal = Journal(scratch() / name)
    journal.open()
    return journal


def written(name: str, data: bytes) -> Path:
    """Write one file there."""
    path = scratch() / name
    path.write_bytes(data)
    return path
