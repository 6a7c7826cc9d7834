"""Keep what an operator's command has sent until it is seen in a block, beside the keystore.

A command that ends before that is found again at the next call of the same: it looks for what was
sent, and sends nothing anew.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from node.core.wire.json_text import read_json

SUFFIX = ".sent"
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Hold one transaction under way; `call` names what it does, `raw` are its bytes in hex."""

    chain_id: int
    account: str
    call: str
    nonce: int
    hash: str
    raw: str
    value_wei: int


class Unseen:
    """Remember transactions under way; without a keystore, in memory alone."""

    def __init__(self, keystore: Path | None, tell: Callable[[str], None]) -> None:
        self._path = keystore.with_name(keystore.name + SUFFIX) if keystore is not None else None
        self._tell = tell
        self._kept: list[Sent] = []

    def find(self, chain_id: int, account: str, call: str) -> Sent | None:
        """Give what a call has sent earlier and nobody saw in a block."""
        key = (chain_id, account, call)
        known = (sent for sent in self._read() if (sent.chain_id, sent.account, sent.call) == key)
        return next(known, None)

    def add(self, sent: Sent) -> None:
        """Keep a transaction, on disk before it leaves."""
        self._write([*self._read(), sent][-_MOST_KEPT:])

    def drop(self, sent: Sent) -> None:
        """Forget a transaction: it was seen, or can never be."""
        self._write([other for other in self._read() if other.hash != sent.hash])

    def _read(self) -> list[Sent]:
        if self._path is None:
            return self._kept
        try:
            return [Sent(**row) for row in read_json(self._path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return self._kept
        except (OSError, ValueError, TypeError) as error:
            self._tell(f"{self._path} cannot be read, so what was sent is not known: {error}")
            return self._kept

    def _write(self, kept: list[Sent]) -> None:
        self._kept = kept
        if self._path is None:
            return
        try:
            if not kept:
                self._path.unlink(missing_ok=True)
                return
            descriptor, name = tempfile.mkstemp(
                dir=self._path.parent, prefix=f".{self._path.name}."
            )
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump([asdict(sent) for sent in kept], file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            finally:
                with contextlib.suppress(OSError):
                    Path(name).unlink(missing_ok=True)
        except OSError as error:
            self._tell(f"{self._path} cannot be written ({error.strerror}): note the hashes")
