"""What the utility says of a pairing on the broker, as JSON texts.

Anybody who reaches the broker may send a home one. What it says is checked against the chain's
fills by those who act on it (`node.core.licence`), not here.
"""

import json
from collections.abc import Iterable, Sequence

from node.core.auction.pairing import Pairing, Part, Wires
from node.core.errors import Refused
from node.core.wire.strict_json import Members, read_object

MAX_PAIRINGS_BYTES = 65_536
MOST_PAIRINGS = 2
"""The interval that is delivered, and the next one."""
MOST_PARTS = 256
MOST_RELAYS = 64
_HASH_BYTES = 32
_INTERVAL_MAX = 2**32 - 1
_ENERGY_MAX = 2**63 - 1


def pairing_object(pairing: Pairing, wires: Wires) -> dict[str, object]:
    """Give a whole pairing as a JSON object, so that anybody can work it out again."""
    return {
        "interval": pairing.interval,
        "wires_hash": _hex(pairing.wires_hash),
        "wires": {buyer: list(wires[buyer]) for buyer in sorted(wires)},
        "parts": [_part_object(part) for part in pairing.parts],
    }


def pairings_text(pairings: Iterable[Pairing], account: str, relays: Sequence[str]) -> str:
    """Write what one account's pairings are: only its own parts, and the relays of the wires."""
    return json.dumps(
        {
            "relays": list(relays),
            "pairings": [
                {
                    "interval": pairing.interval,
                    "wires_hash": _hex(pairing.wires_hash),
                    "parts": [
                        _part_object(part)
                        for part in pairing.parts
                        if account in (part.buyer, part.seller)
                    ],
                }
                for pairing in pairings
            ],
        }
    )


def parse_pairings(
    payload: bytes | bytearray, account: str
) -> tuple[tuple[Pairing, ...], tuple[str, ...]]:
    """Read the pairings of one account, as EIP-55 spells it, and the relays that they are over.

    Intervals rise, and there may be none; an older utility names no relays.

    Raises:
        Refused: the text is no such message, or a part is not this account's.
    """
    members = read_object(bytes(payload), MAX_PAIRINGS_BYTES)
    found = tuple(_pairing(one, account) for one in members.each("pairings", MOST_PAIRINGS))
    relays = members.texts("relays", MOST_RELAYS) if members.is_given("relays") else ()
    members.done()
    intervals = [pairing.interval for pairing in found]
    if intervals != sorted(set(intervals)):
        raise Refused("BadField", "pairings must be of rising intervals")
    return found, relays


def _pairing(members: Members, account: str) -> Pairing:
    pairing = Pairing(
        interval=members.whole("interval", 0, _INTERVAL_MAX),
        wires_hash=members.octets("wires_hash", _HASH_BYTES),
        parts=tuple(_part(one, account) for one in members.each("parts", MOST_PARTS)),
    )
    members.done()
    return pairing


def _part(members: Members, account: str) -> Part:
    kind = members.text("kind")
    if kind not in ("solar", "chp"):
        raise Refused("BadField", "kind must be solar or chp")
    part = Part(
        kind=kind,
        buyer=members.address("buyer"),
        seller=members.address("seller"),
        energy_milliwh=members.whole("energy_milliwh", 1, _ENERGY_MAX),
    )
    members.done()
    if (part.buyer == account) == (part.seller == account):
        raise Refused("BadField", f"each part must have {account} on one of its sides")
    return part


def _part_object(part: Part) -> dict[str, object]:
    return {
        "kind": part.kind,
        "buyer": part.buyer,
        "seller": part.seller,
        "energy_milliwh": part.energy_milliwh,
    }


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
