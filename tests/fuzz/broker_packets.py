"""What a broker sends a program: any bytes, as packets of MQTT 5 or 3.1.1, through the real client.

The first byte says which version is spoken, the rest is what comes on the line.
"""

from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion, _ConnectionState

from node.mqtt.client import BrokerClient
from node.mqtt.reader import MOST_PACKET_BYTES
from tests.fuzz.campaign import Target
from tests.parts.rogue_broker import CONNACK, OLDER_REFUSAL, packet, publish, text


class PlayedLine:
    """A socket whose other end has said all that it will say."""

    def __init__(self, said: bytes) -> None:
        self._said = memoryview(said)

    @property
    def is_read(self) -> bool:
        return not self._said

    def recv(self, count: int) -> bytes:
        taken, self._said = self._said[:count], self._said[count:]
        return bytes(taken)

    def send(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        self._said = self._said[:0]


def target(data: bytes) -> None:
    """Read all of it: nothing is raised, what is held is bounded, and messages have a topic."""
    client: Any = BrokerClient("home1", may_be_older=bool(data[:1]), session_s=0)
    heard: list[str] = []
    client.on_message = lambda _client, _user, message: heard.append(message.topic)
    client.on_connect = client.on_disconnect = client.on_publish = _nothing
    if data[:1] and data[0] % 4 == 0:
        client._protocol = MQTTProtocolVersion.MQTTv311
    line = PlayedLine(data[1:])
    client._sock, client._state = line, _ConnectionState.MQTT_CS_CONNECTED
    while client._sock is not None and not line.is_read:
        client.loop_read()
        assert len(client._in_packet["packet"]) <= MOST_PACKET_BYTES
    assert all(heard), "a message without a topic is handed on"
    assert client.trouble and "\n" not in client.trouble


def _nothing(*_: object) -> None:
    """Hear that something came about."""


_STRANGE = b"\x26" + text("\ufeff") * 2 + b"\x03" + text("\ufeff") + b"\x0b\x81\x01"
_REASON = packet(0, b"\x1f" + text("\ufeff"))[1:]
_PACKETS = (
    CONNACK,
    OLDER_REFUSAL,
    packet(0x20, b"\x01\x00" + packet(0, b"\x13\x00\x0a\x24\x01\x21\x00\x14")[1:]),
    packet(0x20, b"\x00\x87" + _REASON),
    publish(b"peerwatt/street/home1/command/own_source", b"on", 7),
    publish(b"peerwatt/street/home1/command/own_source", b"on", 0, _STRANGE),
    publish(b"a", bytes(300), 9, _STRANGE * 20),
    publish(b"", b"x", 9),
    publish(b"\xff", b"x", 9),
    packet(0x34, text("a") + b"\x00\x05\x00x"),
    packet(0x40, b"\x00\x01"),
    packet(0x40, b"\x00\x01\x87" + _REASON),
    packet(0x50, b"\x00\x01\x87" + _REASON),
    packet(0x62, b"\x00\x05"),
    packet(0x70, b"\x00\x01\x92" + _REASON),
    packet(0x90, b"\x00\x01" + _REASON + b"\x01\x87"),
    packet(0xB0, b"\x00\x01" + _REASON + b"\x00"),
    packet(0xD0, b""),
    packet(0xE0, b"\x8e" + _REASON),
    packet(0xE0, b""),
)

TARGET = Target(
    name="broker_packets",
    run=target,
    examples=(
        *(b"\x01" + one for one in _PACKETS),
        *(b"\x00" + one for one in _PACKETS),
        *(b"\x01" + b"".join(_PACKETS[at : at + 5]) for at in range(len(_PACKETS))),
    ),
    tokens=(
        b"\x20", b"\x30", b"\x32", b"\x34", b"\x36", b"\x40", b"\x50", b"\x62", b"\x70", b"\x90",
        b"\xb0", b"\xd0\x00", b"\xe0", b"\xff\xff\xff\x7f", b"\x80\x80\x80\x01", b"\xff\xff",
        b"\x00\x00", text("\ufeff"), b"\x26", b"\x1f", b"\x24\x02", b"\x13\xff\xff",
    ),
)  # fmt: skip
