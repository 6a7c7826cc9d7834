"""The real relay server on a mock board, without sockets, at rest before each input."""

import asyncio
import random
import secrets
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from node.core.wire.format import LONGEST_LINE, write_line
from node.core.wire.lines import ConsentLine, HereLine, HoldLine, SignedLine, digest
from node.keys.account import Account
from node.keys.keccak import keccak256
from relay_server.server import RelayServer
from relay_server.session import Session
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, STRANGER, receipt
from tests.fuzz.loop import PlayedLoop
from tests.worlds.relay_world import BOOT, settings

KEEPS_ONE_SOURCE: tuple[frozenset[int], ...] = (frozenset(), frozenset({0, 1}), frozenset({2, 3}))
"""What may be closed together on this board: its one source feeds one load."""

_SIGNED_LINES = 400
_BOUNDS = (0, 1, 2, 499, 500, 15_000, 120_000, 120_001, 3_600_000, 3_600_001, 2**32 - 1)


class Host:
    """Hold the server and its loop; `begin` brings both back to where they started."""

    def __init__(self) -> None:
        self.loop = PlayedLoop()
        self._scratch = tempfile.TemporaryDirectory()
        random_bytes = secrets.token_bytes
        secrets.token_bytes = lambda count: BOOT[:count]
        asyncio._set_running_loop(self.loop)  # type: ignore[arg-type]
        try:
            self.server = RelayServer(settings(Path(self._scratch.name)))
        finally:
            asyncio._set_running_loop(None)
            secrets.token_bytes = random_bytes

    def begin(self) -> None:
        """Come to rest: nothing held, nobody connected, nothing due."""
        self.loop.forget()
        server = self.server
        server._listeners.close()
        server._switching._waiting.clear()
        server._board.rest()
        server._handler.rest()
        for pin in server._board._factory.pins.values():  # type: ignore[attr-defined]
            # A mock pin remembers all that it ever was.
            pin.clear_states()
        self.loop.now_s += 1.0

    def session(self) -> Session:
        """Make one client's session."""
        return Session(self.server, self.loop)  # type: ignore[arg-type]

    def ensure_sound(self) -> None:
        """See that nothing failed inside and no two loads share the source."""
        assert self.server._failure is None, self.server._failure
        assert self.server._board.closed in KEEPS_ONE_SOURCE, self.server._board.closed


@cache
def host() -> Host:
    """Give the one host of this process."""
    return Host()


@cache
def signed_lines() -> tuple[bytes, ...]:
    """Sign lines of every kind, most of them odd, all of them possible for a hostile neighbour."""
    pick = random.Random(1)
    return tuple(_signed_line(pick) for _ in range(_SIGNED_LINES))


def _signed_line(pick: random.Random) -> bytes:
    signer = pick.choice((BUYER, BUYER, BUYER, OTHER_BUYER, SELLER, SELLER, STRANGER))
    relay = pick.choice(("relay1",) * 9 + ("relay2",))
    boot = pick.choice((BOOT,) * 9 + (bytes(16),))
    nonce = pick.choice((bytes(BOOT),) * 9 + (bytes(16), None))
    sequence = pick.choice((1, 2, 3, 4, 5, 0, 2**63, 2**64 - 1))
    if pick.random() < 0.1:
        here = HereLine(
            relay=relay,
            boot=boot,
            nonce=nonce or bytes(16),
            account=signer.account,
            sequence=sequence,
            signature=b"",
        )
        return _signed(here, signer)
    if signer is SELLER or pick.random() < 0.1:
        consent = ConsentLine(
            relay=relay,
            boot=boot,
            nonce=nonce,
            account=signer.account,
            sequence=sequence,
            connection=pick.choice((0, 0, 1, 1, 2, 255)),
            consent_ms=pick.choice((60_000, 60_000, *_BOUNDS)),
            signature=b"",
        )
        return _signed(consent, signer)
    receipts = tuple(
        receipt(
            pick.randrange(2**64), number=pick.randrange(20), buyer=pick.choice((signer, BUYER))
        )
        for _ in range(pick.choice((0, 0, 1, 8, 9)))
    )
    hold = HoldLine(
        relay=relay,
        boot=boot,
        nonce=nonce,
        account=pick.choice((signer.account,) * 5 + (BUYER.account.lower(),)),
        sequence=sequence,
        contacts=pick.choice(
            ((0, 1), (0, 1), (2, 3), (), (0,), (0, 1, 2, 3), (1, 2), (4,), (255,))
        ),
        lease_ms=pick.choice((15_000, 15_000, *_BOUNDS)),
        signature=b"",
        receipts=receipts,
    )
    return _signed(hold, signer)


def _signed(line: SignedLine, signer: Account) -> bytes:
    signature = signer.sign(digest(line, keccak256))
    written = write_line(replace(line, signature=signature))
    assert len(written) <= LONGEST_LINE
    return written
