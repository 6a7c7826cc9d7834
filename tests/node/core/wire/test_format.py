"""The lines of the wire: the vectors that docs/wire.md shows, and what is refused by name."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import Refused
from node.core.wire.announcement import (
    Announcement,
    read_relay_line,
    relay_view,
    write_announcement,
)
from node.core.wire.format import (
    Reply,
    read_line,
    write_line,
    write_reply,
)
from node.core.wire.lines import ConsentLine, HelloLine, HereLine, HoldLine, SignedLine, digest
from node.core.wire.typed_data import signing_digest
from node.keys.account import account_of_key
from node.keys.keccak import keccak256
from node.keys.receipts import RECEIPT, receipt_domain
from node.keys.signatures import signer_of

ROOT = Path(__file__).parents[4]
VECTORS = json.loads((ROOT / "tests/vectors/wire.json").read_text())
SIGNED = {vector["name"]: vector for vector in VECTORS["signed"]}
REPLIES = {vector["name"]: vector["line"] for vector in VECTORS["replies"]}
HOLD = json.loads(SIGNED["renewal with a receipt"]["line"])
CONSENT = json.loads(SIGNED["consent"]["line"])


def signed_again(line: SignedLine, key: str) -> bytes:
    return account_of_key(bytes.fromhex(key[2:])).sign(digest(line, keccak256))


@pytest.mark.parametrize("vector", SIGNED.values(), ids=SIGNED)
def test_signed_line_is_its_vector(vector: dict[str, str]) -> None:
    account = VECTORS["accounts"][vector["signer"]]
    line = read_line(vector["line"].encode())
    assert isinstance(line, HoldLine | ConsentLine | HereLine)

    assert "0x" + digest(line, keccak256).hex() == vector["digest"]
    assert signer_of(digest(line, keccak256), line.signature) == account["address"]
    assert signed_again(line, account["key"]) == line.signature
    assert write_line(line) == vector["line"].encode() + b"\n"


def test_receipt_is_its_vector() -> None:
    vector = VECTORS["receipt"]
    made = signing_digest(
        receipt_domain(vector["chain_id"], vector["sale"]),
        RECEIPT,
        {
            "buyer": vector["buyer"],
            "seller": vector["seller"],
            "number": vector["number"],
            "drawnMilliwh": vector["drawn_milliwh"],
        },
        keccak256,
    )

    assert "0x" + made.hex() == vector["digest"]
    assert signer_of(made, bytes.fromhex(vector["signature"][2:])) == vector["buyer"]


@pytest.mark.parametrize("line", REPLIES.values(), ids=REPLIES)
def test_reply_is_its_vector(line: str) -> None:
    reply = read_relay_line(line.encode())
    assert isinstance(reply, Reply)
    assert write_reply(reply) == line.encode() + b"\n"


def test_state_is_its_vector() -> None:
    state = read_relay_line(VECTORS["state"].encode())
    assert isinstance(state, Announcement)
    assert write_announcement(state) == VECTORS["state"].encode() + b"\n"

    view = relay_view(state, 7.0)
    assert (view.relay, view.boot, view.received_at_s) == ("relay1", HOLD["hold"]["boot"], 7.0)
    assert view.busy_sources == {"home2"}
    assert view.stuck == ("channel 3 is stuck closed: told to open, it conducts",)
    assert [connection.barred_by for connection in view.connections] == [(), (3,)]
    assert [contact.conducts for contact in state.contacts] == [None, None, None, True]
    first, second = view.connections
    assert (first.closed, first.consents_stand, first.lease_left_s) == (True, True, 12.5)
    assert (second.holder, second.consents, second.channels) == ("", (), (2, 3))


def test_state_of_a_relay_that_knows_no_feedback_is_read() -> None:
    older = json.loads(VECTORS["state"])
    for contact in older["state"]["contacts"]:
        del contact["conducts"], contact["stuck"]
    for connection in older["state"]["connections"]:
        del connection["barred_by"]
    state = read_relay_line(json.dumps(older).encode())
    assert isinstance(state, Announcement)

    view = relay_view(state, 7.0)
    assert view.stuck == ()
    assert [connection.barred_by for connection in view.connections] == [(), ()]
    assert [contact.conducts for contact in state.contacts] == [None] * 4


def test_hello_is_read_and_written() -> None:
    assert read_line(b'{"hello":"home1"}\r\n') == HelloLine(client="home1")
    assert write_line(HelloLine(client="home1")) == b'{"hello":"home1"}\n'


def test_reader_passes_over_what_a_newer_relay_adds() -> None:
    grown = json.loads(VECTORS["state"])
    grown["state"]["later"] = {"x": [1]}
    assert isinstance(read_relay_line(json.dumps(grown).encode()), Announcement)
    assert read_relay_line(b'{"reply":"ok","kind":"hello","later":1}') is not None
    assert read_relay_line(b'{"something":"else"}') is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ({}, "UnknownKind"),
        ({"release": {}}, "UnknownKind"),
        ({"hello": "x", "more": 1}, "UnknownField"),
        ({"hello": "x" * 65}, "BadField"),
        ({"hold": []}, "BadField"),
        ({"hold": HOLD["hold"]}, "MissingField"),
        ({**HOLD, "consent": {}}, "UnknownField"),
        ({**HOLD, "hold": {**HOLD["hold"], "speed": 1}}, "UnknownField"),
        ({**HOLD, "hold": {**HOLD["hold"], "boot": "0x00"}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "holder": "0x00"}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "sequence": -1}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "sequence": 2**64}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "sequence": 1.5}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "contacts": [1, 0]}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "contacts": [256]}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "contacts": list(range(65))}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "leaseMs": 2**32}}, "BadField"),
        ({**HOLD, "hold": {**HOLD["hold"], "leaseMs": True}}, "BadField"),
        ({**HOLD, "signature": HOLD["signature"][:-2]}, "BadField"),
        ({**HOLD, "receipts": HOLD["receipts"] * 9}, "BadField"),
        ({**HOLD, "receipts": [{**HOLD["receipts"][0], "memo": ""}]}, "UnknownField"),
        ({**HOLD, "receipts": [{**HOLD["receipts"][0], "drawn_milliwh": 2**64}]}, "BadField"),
        ({**CONSENT, "receipts": []}, "UnknownField"),
        ({**CONSENT, "consent": {**CONSENT["consent"], "connection": None}}, "BadField"),
    ],
)
def test_line_that_says_too_little_or_too_much_is_refused(line: Any, name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_line(json.dumps(line).encode())
    assert refused.value.name == name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("boot", "0x"),
        ("relay", "\ud800"),
        ("serial", -1),
        ("contacts", [{"channel": 64, "closed": True, "operations": 0}]),
        ("connections", "none"),
        ("warnings", [1]),
        ("busy_sources", {"a": 1}),
    ],
)
def test_state_that_makes_no_sense_is_refused(path: str, value: Any) -> None:
    broken = json.loads(VECTORS["state"])
    broken["state"][path] = value
    with pytest.raises(Refused):
        read_relay_line(json.dumps(broken).encode())


def test_state_with_misnumbered_connections_is_refused() -> None:
    broken = json.loads(VECTORS["state"])
    broken["state"]["connections"].reverse()
    with pytest.raises(Refused, match="numbered"):
        read_relay_line(json.dumps(broken).encode())


def test_spans_beyond_the_wire_are_cut() -> None:
    state = read_relay_line(VECTORS["state"].encode())
    assert isinstance(state, Announcement)
    connection = state.connections[0]
    forever = replace(connection, view=replace(connection.view, lease_left_s=float("inf")))
    line = write_announcement(replace(state, connections=(forever,)))
    assert b'"lease_left_ms":4294967295' in line


def test_document_shows_every_vector() -> None:
    document = (ROOT / "docs/wire.md").read_text()
    lines = [vector["line"] for vector in SIGNED.values()] + list(REPLIES.values())
    for line in [*lines, VECTORS["state"], SIGNED["hold"]["digest"]]:
        assert line in document


def test_document_names_every_refusal() -> None:
    document = (ROOT / "docs/wire.md").read_text()
    places = [
        *(ROOT / "relay_server").glob("*.py"),
        *(
            ROOT / "node/core" / f"{name}.py"
            for name in (
                "relay/closings",
                "relay/refusals",
                "relay/interlock",
                "relay/lease",
                "wire/format",
                "wire/strict_json",
            )
        ),
    ]
    text = "\n".join(place.read_text() for place in places)
    names = set(re.findall(r'(?:Refused|_refuse|Refusal)\(\s*(?:name=)?"([A-Z]\w+)"', text))
    names |= set(re.findall(r'\(\s*"([A-Z]\w+)", _\w+\)', text))
    assert len(names) > 25
    # An ancestor's client gets no name; a port or a pin that is not to be had ends the start.
    not_on_the_wire = {"AncestorMalformed", "NoPort", "NoPins"}
    assert {name for name in names if f"`{name}`" not in document} == not_on_the_wire
