"""What a broker may send, byte for byte: properties are passed over, whatever text is in them."""

import pytest

from node.mqtt.packets import CONNACK, PUBACK, SUBACK, plain, read_published
from tests.parts.rogue_broker import packet, text

ALLOWED = (
    b"\x01\x01", b"\x02\x00\x00\x00\x09", b"\x03" + text("\ufeff"), b"\x08" + text("a/b"),
    b"\x09\x00\x02\xff\x00", b"\x0b\x81\x01", b"\x26" + text("\ufeff") + text("\ufeff"),
)  # fmt: skip


def published(body: bytes, flags: int = 2):
    return read_published(flags, body, has_properties=True, is_whole=True)


@pytest.mark.parametrize("properties", [*ALLOWED, b"".join(ALLOWED), b"".join(ALLOWED) * 9, b""])
def test_a_message_is_read_whatever_properties_it_has(properties):
    told = published(text("a/b") + b"\x00\x07" + packet(0, properties)[1:] + b"on")

    assert (told.topic, told.number, told.payload) == ("a/b", 7, b"on")


@pytest.mark.parametrize("topic", [b"", b"\xff\xfe"])
def test_a_topic_that_is_none_is_no_topic_and_the_message_has_its_number(topic):
    told = published(len(topic).to_bytes(2) + topic + b"\x00\x07\x00on")

    assert (told.topic, told.number) == (None, 7)


def test_properties_that_end_beyond_the_packet_are_no_payload():
    told = published(text("a") + b"\x00\x07" + b"\x7fx")

    assert (told.topic, told.number, told.payload) == ("a", 7, None)


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05abc", text("a"), text("a") + b"\x00"])
def test_a_message_whose_number_cannot_be_read_is_refused(body):
    with pytest.raises(ValueError, match="within its topic"):
        published(body)


def test_texts_of_other_packets_never_reach_paho():
    reason = b"\x1f" + text("\ufeff") + b"\x26" + text("\ufeff") + text("x")

    assert plain(PUBACK, b"\x00\x01\x10" + packet(0, reason)[1:]) == b"\x00\x01\x10"
    assert plain(SUBACK, b"\x00\x01" + packet(0, reason)[1:] + b"\x01") == b"\x00\x01\x00\x01"
    kept = b"\x13\x00\x0a\x24\x01"
    told = plain(CONNACK, b"\x00\x00" + packet(0, reason + kept + b"\x21\x00\x14")[1:])
    assert told == b"\x00\x00\x05" + kept


@pytest.mark.parametrize(("older", "code"), [(1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)])
def test_a_refusal_of_an_older_broker_is_read(older, code):
    assert plain(CONNACK, bytes((0, older))) == bytes((0, code, 0))


@pytest.mark.parametrize(
    "body", [b"\0\0", b"\0\0\x05", b"\0\0\x02\x7e\x00", b"\0\0\xff\xff\xff\xff\x7f"]
)
def test_what_is_no_packet_is_refused(body):
    with pytest.raises(ValueError, match=r".+"):
        plain(CONNACK, body)
