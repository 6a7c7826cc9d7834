"""An RPC endpoint without a network: each request gets the next body of an input."""

from collections.abc import Iterator
from typing import Any

from node.ledger.chain.rpc import Rpc

CHAIN_ID = 31_337
FIRST_ID = 1
"""The number of a connected endpoint's first request; each takes the next."""


class Bodies:
    """Give the bodies in turn; after the last one nobody answers."""

    def __init__(self, bodies: Iterator[bytes]) -> None:
        self.asked = 0
        self._bodies = bodies

    def post(self, _body: bytes, _until_s: float) -> bytes:
        self.asked += 1
        body = next(self._bodies, None)
        if body is None:
            raise ConnectionError("nobody answers")
        return body


def connect(rpc: Rpc, bodies: Any) -> None:
    """Let these bodies be what every endpoint answers, from its first request on."""
    for endpoint in rpc._endpoints:
        endpoint.checked = False
        endpoint.takes_batches = True
        endpoint._next_id = FIRST_ID
        endpoint.reader = bodies


def bodies_of(data: bytes) -> Bodies:
    """Take each line of an input as a body."""
    return Bodies(iter(data.split(b"\n")))
