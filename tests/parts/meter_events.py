"""Read which readings of a street's meters stand on its chain, and in which order they came."""

import http.client
import itertools
from collections.abc import Sequence

from node.ledger.contracts.artifacts import artifact, topic_of
from tests.parts.neighbours import Neighbours
from village.chain import call

_WORD = 64

Row = tuple[int, int, int]
"""A boundary, and the registers for import and export there, in mWh."""


def reported(street: Neighbours, home: str) -> list[Row]:
    """Give the boundaries and registers of a home's meter, in the order of the chain's events."""
    event = artifact("MeterRegistry").events["MeterReported(uint256,uint32,uint112,uint112)"]
    meter = f"0x{street.community.meters[home]:064x}"
    wanted = {"fromBlock": "0x0", "topics": [topic_of(event), meter]}
    chain = http.client.HTTPConnection("127.0.0.1", street.places.chain_port, timeout=100)
    try:
        return [_row(log["data"]) for log in call(chain, "eth_getLogs", wanted)]
    finally:
        chain.close()


def rises(rows: Sequence[Row]) -> bool:
    """Say whether each boundary came once and in order, and no register fell."""
    return all(
        one[0] < two[0] and one[1] <= two[1] and one[2] <= two[2]
        for one, two in itertools.pairwise(rows)
    )


def _row(data: str) -> Row:
    boundary, imported, exported = (int(data[2 + at * _WORD :][:_WORD], 16) for at in range(3))
    return boundary, imported, exported
