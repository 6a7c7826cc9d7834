"""What the utility's pairing message for one home says, as JSON text; read strictly.

Anybody who reaches the broker may send one. What it says is checked against the chain's fills by
those who act on it (`node.core.licence`), not here.
"""

import json
from collections.abc import Iterable

from node.core.errors import Refused
from node.core.gate import LANES
from node.core.pairing import Pairing, Part
from node.core.strict_json import Members, read_object

MAX_PAIRING_BYTES = 65_536
MOST_PAIRINGS = LANES
"""The interval that is delivered now, and the next."""
MOST_PARTS = 500
HASH_BYTES = 32
_KINDS = ("solar", "chp")
_UINT32_MAX = 2**32 - 1
_MOST_MILLIWH = 2**63 - 1


def parse_pairings(payload: bytes | bytearray, account: str) -> tuple[Pairing, ...]:
    """Read the pairings of one account, as EIP-55 spells it; intervals rise, and may be none.

    Raises:
        Refused: the text is no such message, or a part is not this account's.
    """
    members = read_object(bytes(payload), MAX_PAIRING_BYTES)
    found = tuple(_pairing(each, account) for each in members.each("pairings", MOST_PAIRINGS))
    members.done()
    intervals = [pairing.interval for pairing in found]
    if intervals != sorted(set(intervals)):
        raise Refused("BadField", "pairings must be of rising intervals")
    return found


def pairings_text(pairings: Iterable[Pairing]) -> str:
    """Write one account's pairings."""
    return json.dumps(
        {
            "pairings": [
                {
                    "interval": pairing.interval,
                    "wires_hash": f"0x{pairing.wires_hash.hex()}",
                    "parts": [
                        {
                            "kind": part.kind,
                            "buyer": part.buyer,
                            "seller": part.seller,
                            "energy_milliwh": part.energy_milliwh,
                        }
                        for part in pairing.parts
                    ],
                }
                for pairing in pairings
            ]
        }
    )


def _pairing(members: Members, account: str) -> Pairing:
    pairing = Pairing(
        interval=members.whole("interval", 0, _UINT32_MAX),
        wires_hash=members.octets("wires_hash", HASH_BYTES),
        parts=tuple(_part(each, account) for each in members.each("parts", MOST_PARTS)),
    )
    members.done()
    return pairing


def _part(members: Members, account: str) -> Part:
    part = Part(
        kind=members.text("kind"),
        buyer=members.address("buyer"),
        seller=members.address("seller"),
        energy_milliwh=members.whole("energy_milliwh", 1, _MOST_MILLIWH),
    )
    members.done()
    if part.kind not in _KINDS:
        raise Refused("BadField", f"kind must be one of {', '.join(_KINDS)}")
    if (part.buyer == account) == (part.seller == account):
        raise Refused("BadField", f"each part must have {account} on one of its sides")
    return part
