"""What a home hears of its pairings: anybody may write it, and nothing else is one."""

from node.core.errors import Refused
from node.core.pairing import Pairing, Part, wires_hash
from node.links.pairing_payloads import MAX_PAIRINGS_BYTES, pairings_text, parse_pairings
from tests.fuzz.campaign import Target

_BUYER, _SELLER = "0x" + "aB" * 20, "0x" + "7E" * 20
_PARTS = tuple(
    Part(kind=kind, buyer=_BUYER, seller=_SELLER, energy_milliwh=energy)
    for kind, energy in (("solar", 299_000), ("chp", 1), ("solar", 2**63 - 1))
)
_PAIRINGS = tuple(
    Pairing(interval=interval, wires_hash=wires_hash({_BUYER: (_SELLER,)}), parts=_PARTS[:count])
    for interval, count in ((1_994_713, 1), (1_994_714, 3))
)


def target(data: bytes) -> None:
    """Read it: what is taken says the same again, and is bounded."""
    try:
        found = parse_pairings(data)
    except Refused:
        return
    assert len(data) <= MAX_PAIRINGS_BYTES
    assert len(found) <= 2
    for pairing in found:
        for part in pairing.parts:
            assert part.energy_milliwh > 0
            again = parse_pairings(pairings_text((pairing,), part.buyer).encode())[0]
            assert part in again.parts


TARGET = Target(
    name="pairings",
    run=target,
    examples=tuple(pairings_text(_PAIRINGS[:count], _BUYER).encode() for count in range(3)),
    tokens=(
        b'"pairings"', b'"interval"', b'"wires_hash"', b'"parts"', b'"kind"', b'"solar"', b'"chp"',
        b'"buyer"', b'"seller"', b'"energy_milliwh"', _BUYER.encode(), _SELLER.encode(), b"[]",
    ),
)  # fmt: skip
