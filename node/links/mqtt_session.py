"""Keep one connection with the broker: sign of life, last will, and retained values.

paho's own thread only hands facts over. Of retained values what the broker cannot take now is kept
as the newest of its topic, so memory stays bounded however long the broker is away. What a node
says and hears besides is its talk's (`Talk`).
"""

import asyncio
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 60
SESSION_S = 300
"""How long the broker remembers half-told readings of a connection that broke, and keeps what it
could not deliver: no command reaches a node later than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Hold where the broker is, and under which names this node speaks there."""

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
    birth: int

    def __repr__(self) -> str:
        # The password must not reach a log by way of a traceback.
        return f"MqttSettings(host={self.host!r}, port={self.port}, node={self.node!r})"

    @property
    def root(self) -> str:
        """Give the topic under which this node speaks."""
        return f"peerwatt/{self.community}/{self.node}"


class Talk(Protocol):
    """Say and hear what is a node's own; `resumed` is called on the loop, the rest on paho's."""

    def opened(
        self, client: "Client", flags: "ConnectFlags", properties: "Properties | None"
    ) -> None:
        """Subscribe: the broker has taken the connection."""
        ...

    def resumed(self, goes_on: bool) -> None:
        """Send again what was under way; `goes_on` says that the broker remembers it."""
        ...

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message."""
        ...

    def answered(self, number: int, refusal: str | None) -> None:
        """Take the broker's word on what was published under a number."""
        ...


class MqttSession:
    """Hold one connection; every method may be called while the broker is away."""

    def __init__(self, settings: MqttSettings, loop: asyncio.AbstractEventLoop, talk: Talk) -> None:
        self.client: Client | None = None
        self._settings = settings
        self._loop = loop
        self._talk = talk
        self._newest: dict[str, str] = {}
        self._connected = False
        self._reason = "not connected yet"

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return None if self._connected else self._reason

    def start(self) -> None:
        """Begin to connect; returns at once."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        settings = self._settings
        client = open_client(settings)
        client.will_set(self._availability_topic, self._availability("offline"), 1, True)
        client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self.client = client
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

    def close(self) -> None:
        """Say offline, and end the conversation; may be called twice."""
        client, self.client = self.client, None
        if client is None:
            return
        if self._connected:
            offline = self._availability("offline")
            client.publish(self._availability_topic, offline, 1, True).wait_for_publish(timeout=1.0)
        client.disconnect()
        client.loop_stop()

    @property
    def _availability_topic(self) -> str:
        return f"{self._settings.root}/availability"

    def _availability(self, state: str) -> str:
        # The birth number lets a reader ignore the late death of an earlier life.
        return json.dumps({"availability": state, "birth": self._settings.birth})

    def _send(self, topic: str, payload: str) -> None:
        if self.client is None or not self._connected:
            return
        self.client.publish(f"{self._settings.root}/{topic}", payload, 1, True)
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
        self._talk.opened(client, flags, properties)
        client.publish(self._availability_topic, self._availability("online"), 1, True)
        self._loop.call_soon_threadsafe(self._catch_up, flags.session_present)

    def _catch_up(self, goes_on: bool) -> None:
        self._connected = True
        self._talk.resumed(goes_on)
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
        self._talk.answered(number, str(reason) if reason.is_failure else None)

    def _on_message(self, _client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        self._talk.heard(message.topic, bytes(message.payload), message.retain)


def open_client(settings: MqttSettings) -> "Client":
    """Make a client that knows its user and its certificate; it is not connected yet."""
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    from node.links.mqtt_client import ResumingClient

    client = ResumingClient(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
    )
    if settings.user is not None:
        client.username_pw_set(settings.user, settings.password)
    if settings.ca_file is not None:
        client.tls_set_context(ssl.create_default_context(cafile=str(settings.ca_file)))
    return client
