"""Random facts for a relay's leases: holders, sellers and ancestors, sensible and not."""

import random
from dataclasses import replace

from node.core.relay.board import Wiring
from node.core.relay.facts import AncestorAsked, ConsentAsked, HoldAsked

HOLDERS = ("h0", "h1")
CONSENTORS = ("c0", "c1")


def with_accounts(board: Wiring) -> Wiring:
    """Each connection has a holder; every other one needs a consent, the last one two."""
    return replace(
        board,
        connections=tuple(
            replace(
                connection,
                holder=HOLDERS[number % 2],
                consents=CONSENTORS[: (number + 1) % 3],
            )
            for number, connection in enumerate(board.connections)
        ),
    )


def some_fact(
    board: Wiring, chance: random.Random, sequence: int
) -> HoldAsked | ConsentAsked | AncestorAsked:
    """Make one; a few sequences are stale, a few accounts strangers, a few channels foreign."""
    kind = chance.random()
    some = frozenset(number for number in range(len(board.connections)) if chance.random() < 0.4)
    channels = set().union(*(board.connections[number].channels for number in some))
    if chance.random() < 0.1:
        channels ^= {chance.randrange(board.channels + 1)}
    if kind < 0.43:
        return HoldAsked(
            account=chance.choice((*HOLDERS, "stranger")),
            sequence=max(0, sequence - chance.choice((0, 0, 0, 40))),
            contacts=tuple(sorted(channels)),
            lease_s=chance.choice((0.0, 0.4, 0.5, 2.0, 15.0, 121.0)),
        )
    if kind < 0.79:
        return ConsentAsked(
            account=chance.choice((*CONSENTORS, "stranger")),
            sequence=max(0, sequence - chance.choice((0, 0, 0, 40))),
            connection=chance.randrange(len(board.connections) + 1),
            consent_s=chance.choice((0.0, 1.0, 30.0, 30.0, 61.0)),
        )
    opened = {c for c in range(board.channels) if chance.random() < 0.5} - channels
    pairs = [(channel, True) for channel in channels] + [(channel, False) for channel in opened]
    return AncestorAsked(switches=tuple(pairs))
