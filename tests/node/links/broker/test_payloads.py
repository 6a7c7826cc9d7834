"""Payloads over MQTT: anybody may send receipts there, and nothing but a receipt is one."""

import json

import pytest

from node.core.errors import Refused
from node.links.broker.payloads import MAX_PAYLOAD_BYTES, parse_receipt, reading_text, receipt_text
from tests.factories.home import reading, receipt

FIELDS = json.loads(receipt_text(receipt()))


def test_a_receipt_comes_back():
    assert receipt() == parse_receipt(receipt_text(receipt()).encode())


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (b"[" * MAX_PAYLOAD_BYTES, "TooDeep"),
        (b"[" * 400, "NotJson"),
        (b"\xff", "NotUtf8"),
        (b"[]", "NotJson"),
        (b"{}", "MissingField"),
        (b'{"number": 1, "number": 2}', "DuplicateKey"),
    ],
)
def test_what_is_no_object_is_refused_by_name(payload, name):
    with pytest.raises(Refused) as caught:
        parse_receipt(payload)
    assert name == caught.value.name


@pytest.mark.parametrize(
    "change",
    [
        {"buyer": "nobody"},
        {"seller": 5},
        {"number": -1},
        {"number": True},
        {"drawn_milliwh": 2**64},
        {"drawn_milliwh": 1.0},
        {"signature": "0x " + "00" * 65},
        {"signature": "0x" + "00" * 64},
    ],
)
def test_a_member_of_another_shape_is_refused(change):
    with pytest.raises(Refused, match="BadField"):
        parse_receipt(json.dumps(FIELDS | change).encode())


def test_a_reading_tells_its_boundary_its_instant_and_both_registers():
    assert json.loads(reading_text(reading(7, 12), 6_300)) == {
        "boundary": 7,
        "calendar_s": 6_300,
        "import_milliwh": 12,
        "export_milliwh": 0,
    }
