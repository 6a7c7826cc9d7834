"""The conversation with the broker: retained state, receipts, readings, pairings, and commands.

paho's own thread only hands facts over. Of retained values what the broker cannot take now is kept
as the newest of its topic, so memory stays bounded however long the broker is away. A reading goes
with QoS 2, so that the broker has it once also where the connection breaks in the middle of it.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from node.core.errors import Refused
from node.core.facts import (
    Fact,
    PairingHeard,
    ReadingAcknowledged,
    ReadingRefused,
    ReceiptReceived,
)
from node.core.records import Reading, Receipt
from node.links.mqtt_payloads import MAX_PAYLOAD_BYTES, parse_receipt, reading_text, receipt_text
from node.links.pairing_payload import MAX_PAIRING_BYTES, parse_pairings

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

log = logging.getLogger(__name__)

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 60
SESSION_S = 300
"""How long the broker remembers half-told readings of a connection that broke, and keeps what it
could not deliver: no command reaches a node later than that."""
EXACTLY_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Hold where the broker is, and under which names this node speaks there.

    `utility` is the name under which pairings are published; None where none are listened for.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    ca_file: Path | None
    client_id: str
    keepalive_s: int
    community: str
    node: str
    account: str | None
    utility: str | None
    birth: int

    def __repr__(self) -> str:
        # The password must not reach a log by way of a traceback.
        return f"MqttSettings(host={self.host!r}, port={self.port}, node={self.node!r})"


class MqttLink:
    """Speak with one broker; every method may be called while it is away."""

    def __init__(
        self,
        settings: MqttSettings,
        loop: asyncio.AbstractEventLoop,
        post: Callable[[Fact], None],
        wish: Callable[[bool], None],
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._post = post
        self._wish = wish
        self._root = f"peerwatt/{settings.community}/{settings.node}"
        self._pairing_topic: str | None = None
        if settings.utility is not None and settings.account is not None:
            root = f"peerwatt/{settings.community}/{settings.utility}"
            self._pairing_topic = f"{root}/pairing/{settings.account}"
        self._newest: dict[str, str] = {}
        self._under_way: dict[int, tuple[Reading, int]] = {}
        self._reading_qos = EXACTLY_ONCE
        self._connected = False
        self._reason = "not connected yet"
        self._client: Client | None = None

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return None if self._connected else self._reason

    def start(self) -> None:
        """Begin to connect; returns at once."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        if settings.user is not None:
            client.username_pw_set(settings.user, settings.password)
        if settings.ca_file is not None:
            client.tls_set_context(ssl.create_default_context(cafile=str(settings.ca_file)))
        client.will_set(f"{self._root}/availability", self._availability("offline"), 1, True)
        client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self._client = client
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_S
        client.connect_async(settings.host, settings.port, settings.keepalive_s, properties=session)
        client.loop_start()

    def publish(self, topic: str, payload: str) -> None:
        """Publish the newest retained value under this node's root, now or when the broker is back.

        An unchanged value is not sent again.
        """
        if self._newest.get(topic) == payload:
            return
        self._newest[topic] = payload
        self._send(topic, payload)

    def send_reading(self, reading: Reading, instant_s: int) -> None:
        """Publish a reading; call it while the broker answers.

        Once the broker has it, or refuses it, a fact says so; a connection that breaks meanwhile
        only delays that.
        """
        if self._client is None:
            return
        topic = f"{self._root}/reading/{reading.meter.value}"
        text = reading_text(reading, instant_s)
        message = self._client.publish(topic, text, self._reading_qos, False)
        self._under_way[message.mid] = (reading, instant_s)

    def send_receipt(self, receipt: Receipt) -> None:
        """Publish a receipt, retained, so that both ends find the newest after a restart."""
        self.publish(f"receipt/{receipt.seller}/{receipt.number}", receipt_text(receipt))

    def clear_receipt(self, seller: str, number: int) -> None:
        """Remove the retained receipt of an order that is closed."""
        # Sent even if this life has not published it: an earlier one may have.
        self.publish(f"receipt/{seller}/{number}", "")

    def close(self) -> None:
        """Say offline, and end the conversation; may be called twice."""
        client, self._client = self._client, None
        if client is None:
            return
        if self._connected:
            message = client.publish(
                f"{self._root}/availability", self._availability("offline"), 1, True
            )
            message.wait_for_publish(timeout=1.0)
        client.disconnect()
        client.loop_stop()

    def _availability(self, state: str) -> str:
        # The birth number lets a reader ignore the late death of an earlier life.
        return json.dumps({"availability": state, "birth": self._settings.birth})

    def _send(self, topic: str, payload: str) -> None:
        if self._client is None or not self._connected:
            return
        self._client.publish(f"{self._root}/{topic}", payload, 1, True)
        if not payload:
            # An empty retained message removes the topic, so there is nothing to keep of it.
            self._newest.pop(topic, None)

    def _on_connect(
        self,
        client: "Client",
        _userdata: object,
        flags: "ConnectFlags",
        reason: "ReasonCode",
        properties: "Properties | None",
    ) -> None:
        if reason.is_failure:
            self._reason = str(reason)
            return
        # Some brokers take no more than QoS 1: there a broken connection may repeat a reading.
        self._reading_qos = min(getattr(properties, "MaximumQoS", EXACTLY_ONCE), EXACTLY_ONCE)
        # A broker that has forgotten the session takes the end of what it half had for all of it.
        forgotten = () if flags.session_present else client.drop_out_messages()
        for message in forgotten:
            if not message.payload:
                # The end of a topic is kept nowhere else.
                client.publish(message.topic, message.payload, message.qos, message.retain)
        account = self._settings.account
        topics = [(f"{self._root}/command/+", 1)]
        if account is not None:
            topics.append((f"peerwatt/{self._settings.community}/+/receipt/{account}/+", 1))
            topics.append((f"{self._root}/receipt/+/+", 1))
        if self._pairing_topic is not None:
            topics.append((self._pairing_topic, 1))
        client.subscribe(topics)
        client.publish(f"{self._root}/availability", self._availability("online"), 1, True)
        self._loop.call_soon_threadsafe(self._catch_up, flags.session_present)

    def _catch_up(self, goes_on: bool) -> None:
        self._connected = True
        if not goes_on:
            again, self._under_way = self._under_way, {}
            for reading, instant_s in again.values():
                self.send_reading(reading, instant_s)
        for topic, payload in tuple(self._newest.items()):
            self._send(topic, payload)

    def _on_disconnect(
        self,
        _client: "Client",
        _userdata: object,
        _flags: object,
        reason: object,
        _properties: object,
    ) -> None:
        self._connected = False
        self._reason = str(reason)

    def _on_publish(
        self,
        _client: "Client",
        _userdata: object,
        number: int,
        reason: "ReasonCode",
        _properties: object,
    ) -> None:
        refusal = str(reason) if reason.is_failure else None
        # On the loop's thread the number is known even where the answer overtook its noting.
        self._loop.call_soon_threadsafe(self._note_end, number, refusal)

    def _note_end(self, number: int, refusal: str | None) -> None:
        if number not in self._under_way:
            return
        reading, _ = self._under_way.pop(number)
        if refusal is None:
            self._post(ReadingAcknowledged(reading=reading))
        else:
            self._post(ReadingRefused(reading=reading, sentence=refusal))

    def _on_message(self, _client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        is_pairing = message.topic == self._pairing_topic
        if len(message.payload) > (MAX_PAIRING_BYTES if is_pairing else MAX_PAYLOAD_BYTES):
            log.warning("ignored %d bytes on %s", len(message.payload), message.topic)
            return
        parts = message.topic.split("/")
        try:
            if is_pairing:
                self._on_pairings(message.payload)
            elif parts[-2] == "command":
                self._on_command(parts[-1], message.payload.decode(), message.retain)
            elif message.payload:
                receipt = parse_receipt(message.payload)
                self._loop.call_soon_threadsafe(self._post, ReceiptReceived(receipt=receipt))
        except (Refused, ValueError) as error:
            log.warning("ignored a message on %s: %s", message.topic, error)

    def _on_pairings(self, payload: bytes | bytearray) -> None:
        account = self._settings.account
        if account is None or not payload:
            # Nothing is said where the utility has removed what it had retained.
            return
        for pairing in parse_pairings(payload, account):
            self._loop.call_soon_threadsafe(self._post, PairingHeard(pairing=pairing))

    def _on_command(self, name: str, payload: str, retained: bool) -> None:
        if retained:
            # A retained command would be obeyed again at every start, long after it was meant.
            raise ValueError("a retained command is not obeyed")
        if name != "own_source" or payload not in ("on", "off"):
            raise ValueError(f"{payload!r} is not a command (own_source takes on or off)")
        self._loop.call_soon_threadsafe(self._wish, payload == "on")
