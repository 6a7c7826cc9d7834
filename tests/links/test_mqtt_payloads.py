"""Receipts over MQTT: anybody on the broker may send them, and nothing but a receipt is one."""

import json

import pytest

from node.core.errors import Refused
from node.links.mqtt_payloads import MAX_PAYLOAD_BYTES, parse_receipt, receipt_text
from tests.factories import receipt

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
