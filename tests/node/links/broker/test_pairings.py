"""The utility's message of whom a home is paired with: anybody may retain one."""

import json

import pytest

from node.core.auction.pairing import Pairing, Part
from node.core.errors import Refused
from node.links.broker.pairings import (
    MAX_PAIRINGS_BYTES,
    MOST_PARTS,
    pairing_object,
    pairings_text,
    parse_pairings,
)
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1

BOUGHT = Part(kind="solar", buyer=HOME, seller=SELLER1, energy_milliwh=120_000)
SOLD = Part(kind="chp", buyer=NEIGHBOUR, seller=HOME, energy_milliwh=1)
NOW = Pairing(interval=7, wires_hash=bytes(range(32)), parts=(BOUGHT,))
NEXT = Pairing(interval=8, wires_hash=bytes(32), parts=(SOLD, BOUGHT))


RELAYS = ("north", "south")


def parsed(text):
    return parse_pairings(text.encode(), HOME)[0]


@pytest.mark.parametrize("pairings", [(), (NOW,), (NOW, NEXT)])
def test_pairings_come_back(pairings):
    assert pairings == parsed(pairings_text(pairings, HOME, RELAYS))


def changed(part=None, **pairing):
    """Change the only pairing of a message, or its only part."""
    content = json.loads(pairings_text([NOW], HOME, RELAYS))
    content["pairings"][0] |= pairing
    content["pairings"][0]["parts"][0] |= part or {}
    return json.dumps(content)


@pytest.mark.failure(
    part="broker",
    failure="a stranger retains a pairing",
    contacts="no contact moves: it is checked against the chain's fills",
    money="none",
)
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{}", "MissingField"),
        ("[]", "NotJson"),
        ('{"pairings": [], "more": 1}', "UnknownField"),
        ('{"pairings": [1]}', "BadField"),
        (pairings_text([NOW, NEXT, NOW], HOME, RELAYS), "BadField"),
        (pairings_text([NEXT, NOW], HOME, RELAYS), "BadField"),
        (pairings_text([NOW, NOW], HOME, RELAYS), "BadField"),
        (changed(interval=-1), "BadField"),
        (changed(interval=2**32), "BadField"),
        (changed(wires_hash="0x00"), "BadField"),
        (changed(more=1), "UnknownField"),
        (changed({"kind": "wind"}), "BadField"),
        (changed({"buyer": NEIGHBOUR}), "BadField"),
        (changed({"buyer": HOME.lower()}), "BadField"),
        (changed({"seller": HOME}), "BadField"),
        (changed({"energy_milliwh": 0}), "BadField"),
        (changed({"energy_milliwh": 1.5}), "BadField"),
        (changed({"more": 1}), "UnknownField"),
        (pairings_text([NOW], HOME, RELAYS) + " " * MAX_PAIRINGS_BYTES, "LineTooLong"),
    ],
)
def test_what_is_no_pairing_of_this_home_is_refused_by_name(text, name):
    with pytest.raises(Refused) as caught:
        parsed(text)
    assert name == caught.value.name


def test_as_many_parts_as_fit_are_read():
    many = Pairing(interval=7, wires_hash=bytes(32), parts=(BOUGHT,) * MOST_PARTS)

    assert (many,) == parsed(pairings_text([many], HOME, RELAYS))


def test_a_home_is_told_its_own_parts_alone():
    other = Part(kind="solar", buyer=NEIGHBOUR, seller=SELLER1, energy_milliwh=5)
    whole = Pairing(interval=7, wires_hash=bytes(32), parts=(other, BOUGHT))

    (told,) = parsed(pairings_text([whole], HOME, RELAYS))

    assert told.parts == (BOUGHT,)


def test_a_whole_pairing_tells_its_wires_and_every_part():
    wires = {NEIGHBOUR: (HOME,), HOME: (SELLER1,)}

    told = pairing_object(NEXT, wires)

    assert told["wires"] == {HOME: [SELLER1], NEIGHBOUR: [HOME]}
    assert list(told["wires"]) == sorted(wires)
    assert told["wires_hash"] == "0x" + NEXT.wires_hash.hex()
    assert [part["energy_milliwh"] for part in told["parts"]] == [1, 120_000]


def test_the_relays_of_its_wires_are_told_and_an_older_utility_tells_none():
    text = pairings_text([NOW], HOME, RELAYS)
    older = json.dumps({"pairings": json.loads(text)["pairings"]})

    assert parse_pairings(text.encode(), HOME) == ((NOW,), RELAYS)
    assert parse_pairings(older.encode(), HOME) == ((NOW,), ())
