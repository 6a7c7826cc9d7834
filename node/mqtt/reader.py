"""A client of the broker that survives every packet that MQTT allows.

paho refuses some texts that are allowed, and takes what is too long for as long as it comes. Here
a message that cannot be used is dropped, acknowledged, so that it does not come again.
"""

import logging

from paho.mqtt.client import Client
from paho.mqtt.client import MQTTMessage as Message
from paho.mqtt.enums import MessageState, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from node.mqtt import packets, words
from node.system.seldom import Seldom

MOST_PACKET_BYTES = 131_072
"""No message that a program listens for comes near it."""
MOST_UNRELEASED = 16
"""Messages with QoS 2, which nothing here subscribes to, that wait for the broker's release."""
MOST_UNSENT = 4_096
"""Packets that wait for a broker that sends and does not read."""
_READ_BYTES = 65_536

_drops = Seldom(logging.getLogger(__name__), logging.WARNING)


class _Head(bytearray):
    """Hold the beginning of a packet that is too long, and drop the rest as it comes."""

    def __iadd__(self, data: object) -> "_Head":
        assert isinstance(data, bytes | bytearray)
        self.extend(data[: max(0, MOST_PACKET_BYTES - len(self))])
        return self


class TolerantClient(Client):
    """Read whatever comes, in bounded memory; go on exactly where the connection broke."""

    def _sock_recv(self, bufsize: int) -> bytes:
        packet = self._in_packet
        if packet["remaining_length"] > MOST_PACKET_BYTES and not isinstance(
            packet["packet"], _Head
        ):
            packet["packet"] = _Head(packet["packet"])
        # paho asks for all that is left at once, and so much room would be made for it.
        return super()._sock_recv(min(bufsize, _READ_BYTES))

    def _packet_handle(self) -> MQTTErrorCode:
        kind, body = self._in_packet["command"] & 0xF0, bytes(self._in_packet["packet"])
        is_whole = len(body) == self._in_packet["remaining_length"]
        try:
            if kind == packets.PUBLISH:
                return self._take_published(body, is_whole)
            if not is_whole:
                raise ValueError("a packet is too long")
            if self._protocol == MQTTProtocolVersion.MQTTv5:
                body = packets.plain(kind, body)
            self._in_packet["packet"] = bytearray(self._noted(kind, body))
        except ValueError as error:
            _drops.say("the broker sent what is no MQTT: %s", error)
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        return super()._packet_handle()

    def _take_published(self, body: bytes, is_whole: bool) -> MQTTErrorCode:
        flags = self._in_packet["command"] & 0x0F
        has_properties = self._protocol == MQTTProtocolVersion.MQTTv5
        told = packets.read_published(flags, body, has_properties=has_properties, is_whole=is_whole)
        qos = (flags & 0x06) >> 1
        if qos == 3:
            raise ValueError("a message with a quality of service of 3")
        if len(self._out_packet) > MOST_UNSENT:
            raise ValueError("it takes no acknowledgements")
        message = Message(mid=told.number, topic=(told.topic or "").encode())
        message.qos, message.retain, message.dup = qos, bool(flags & 1), bool(flags & 8)
        message.payload = told.payload if told.payload is not None else b""
        is_many = len(self._in_messages) >= MOST_UNRELEASED and told.number not in self._in_messages
        is_dropped = told.topic is None or told.payload is None or (qos == 2 and is_many)
        if is_dropped:
            length = self._in_packet["remaining_length"]
            _drops.say("dropped a message of %d bytes on %r", length, told.topic)
        elif qos == 2:
            with self._in_message_mutex:
                self._in_messages[told.number] = message
        else:
            self._handle_on_message(message)
        if qos == 0:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        return self._send_puback(told.number) if qos == 1 else self._send_pubrec(told.number)

    def _noted(self, kind: int, body: bytes) -> bytes:
        """Give what paho can read of a packet that is no message; `kind` is its first four bits."""
        return body

    def _handle_pubrec(self) -> MQTTErrorCode:
        body = bytes(self._in_packet["packet"])
        number, code = int.from_bytes(body[:2]), body[2] if len(body) > 2 else 0
        if code < 0x80:
            return super()._handle_pubrec()
        # A refusal is the message's end: paho would go on, and take the broker's answer for a yes.
        with self._out_message_mutex:
            if number in self._out_messages:
                reason = ReasonCode(
                    PacketTypes.PUBREC, identifier=words.known(PacketTypes.PUBREC, code)
                )
                return self._do_on_publish(
                    number,
                    reason,
                    Properties(PacketTypes.PUBREC),  # type: ignore[no-untyped-call]
                )
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _messages_reconnect_reset_out(self) -> None:
        # A message with QoS 2 that was released must never be published again (MQTT 5.0, section
        # 4.3.3). paho keeps to that at the first attempt to connect again, and forgets it at the
        # second.
        released = [
            message
            for message in self._out_messages.values()
            if message.state == MessageState.MQTT_MS_RESEND_PUBREL
        ]
        super()._messages_reconnect_reset_out()
        for message in released:
            message.state = MessageState.MQTT_MS_RESEND_PUBREL
