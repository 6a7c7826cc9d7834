"""What the utility says of a pairing comes back as it was, and nothing else is one."""

import json

import pytest

from node.core.errors import Refused
from node.core.pairing import Pairing, Part, wires_hash
from node.links.pairing_payloads import (
    MAX_PAIRINGS_BYTES,
    pairing_object,
    pairings_text,
    parse_pairings,
)

BUYER, SELLER, OTHER = (f"0x{digit * 40}" for digit in "abc")
WIRES = {BUYER: (SELLER,), OTHER: (SELLER,)}
OWN = Part(kind="solar", buyer=BUYER, seller=SELLER, energy_milliwh=299_000)
PAIRING = Pairing(
    interval=7,
    wires_hash=wires_hash(WIRES),
    parts=(OWN, Part(kind="chp", buyer=OTHER, seller=SELLER, energy_milliwh=1)),
)
FIELDS = json.loads(pairings_text([PAIRING], SELLER))


def test_an_account_is_told_its_own_parts_and_reads_them_as_they_were():
    found = parse_pairings(pairings_text([PAIRING], BUYER).encode())

    assert found == (Pairing(interval=7, wires_hash=PAIRING.wires_hash, parts=(OWN,)),)
    assert parse_pairings(pairings_text([PAIRING], SELLER).encode()) == (PAIRING,)
    assert parse_pairings(pairings_text([], SELLER).encode()) == ()


def test_a_whole_pairing_tells_its_wires_and_every_part():
    told = pairing_object(PAIRING, WIRES)

    assert told["wires"] == {BUYER: [SELLER], OTHER: [SELLER]}
    assert told["wires_hash"] == "0x" + PAIRING.wires_hash.hex()
    assert [part["energy_milliwh"] for part in told["parts"]] == [299_000, 1]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (b" " * (MAX_PAIRINGS_BYTES + 1), "LineTooLong"),
        (b"[" * 400, "NotJson"),
        (b"{}", "MissingField"),
        (json.dumps({"pairings": FIELDS["pairings"] * 3}).encode(), "BadField"),
        (json.dumps({"pairings": [], "more": 1}).encode(), "UnknownField"),
    ],
)
def test_what_is_none_is_refused_by_name(payload, name):
    with pytest.raises(Refused) as caught:
        parse_pairings(payload)
    assert name == caught.value.name


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("pairing", {"interval": -1}),
        ("pairing", {"interval": 2**32}),
        ("pairing", {"wires_hash": "0x00"}),
        ("pairing", {"more": 1}),
        ("part", {"kind": "coal"}),
        ("part", {"buyer": "nobody"}),
        ("part", {"energy_milliwh": 0}),
        ("part", {"energy_milliwh": 1.5}),
        ("part", {"more": 1}),
    ],
)
def test_a_member_of_another_shape_is_refused(where, change):
    fields = json.loads(json.dumps(FIELDS))
    held = fields["pairings"][0]
    (held if where == "pairing" else held["parts"][0]).update(change)

    with pytest.raises(Refused):
        parse_pairings(json.dumps(fields).encode())
