"""Keep one connection with the broker: sign of life, last will, and retained values.

paho's own thread only hands facts over, and they count in the order in which they happened. Of
retained values what the broker cannot take now is kept as the newest of its topic, so memory stays
bounded however long the broker is away or silent. What a node says and hears besides is its talk's
(`Talk`).
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from node.system.words import told

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from node.mqtt.client import BrokerClient

log = logging.getLogger(__name__)

END_WITHIN_S = 2.0
WATCH_EVERY_S = 5.0
MOST_UNDER_WAY = 256
"""Values sent and not acknowledged; what is newer waits, as the newest of its topic."""
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
        self.client: BrokerClient | None = None
        self._settings = settings
        self._loop = loop
        self._talk = talk
        self._newest: dict[str, str] = {}
        self._under_way: set[int] = set()
        self._waiting: dict[str, None] = {}
        self._connected = False
        self._reason = "not connected yet"
        self._watch: asyncio.TimerHandle | None = None

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return None if self._connected else self._reason

    def start(self) -> None:
        """Begin to connect; returns at once."""
        from node.mqtt.client import guarded

        settings = self._settings
        try:
            client = open_client(settings, SESSION_S)
        except OSError as error:
            self._reason = told(error)
            log.error("no broker: %s", self._reason)
            return
        client.will_set(self._availability_topic, self._availability("offline"), 1, True)
        client.on_connect = guarded(self._on_connect)
        client.on_connect_fail = guarded(self._on_disconnect)
        client.on_disconnect = guarded(self._on_disconnect)
        client.on_message = guarded(self._on_message)
        client.on_publish = guarded(self._on_publish)
        self.client = client
        client.begin(settings.host, settings.port, settings.keepalive_s)
        self._look_after()

    def _look_after(self) -> None:
        if self.client is not None:
            self.client.look_after()
            self._watch = self._loop.call_later(WATCH_EVERY_S, self._look_after)

    def publish(self, topic: str, payload: str) -> None:
        """Publish the newest retained value under this node's root, now or when the broker is back.

        An unchanged value is not sent again.
        """
        self.announce(f"{self._settings.root}/{topic}", payload)

    def announce(self, topic: str, payload: str) -> None:
        """Publish likewise under any topic."""
        if self._newest.get(topic) == payload:
            return
        self._newest[topic] = payload
        self._send(topic, payload)

    def tell(self, topic: str, payload: str) -> None:
        """Publish what has just happened; while the broker is away nobody hears of it."""
        if self.client is not None and self._connected:
            self.client.publish(f"{self._settings.root}/{topic}", payload, 1, False)

    def close(self) -> None:
        """Say offline, and end the conversation, in bounded time; may be called twice."""
        client, self.client = self.client, None
        if self._watch is not None:
            self._watch.cancel()
        if client is None:
            return
        offline = self._availability("offline")
        try:
            if self._connected:
                said = client.publish(self._availability_topic, offline, 1, True)
                said.wait_for_publish(timeout=1.0)
        except (RuntimeError, ValueError) as error:
            # The connection broke meanwhile: the last will says it.
            log.info("the broker did not hear the goodbye: %s", error)
        finally:
            client.end(END_WITHIN_S)

    @property
    def _availability_topic(self) -> str:
        return f"{self._settings.root}/availability"

    def _availability(self, state: str) -> str:
        # The birth number lets a reader ignore the late death of an earlier life.
        return json.dumps({"availability": state, "birth": self._settings.birth})

    def _send(self, topic: str, payload: str) -> None:
        if self.client is None or not self._connected:
            return
        if len(self._under_way) >= MOST_UNDER_WAY:
            self._waiting[topic] = None
            return
        sent = self.client.publish(topic, payload, 1, True)
        self._under_way.add(sent.mid)
        if not payload:
            # An empty retained message removes the topic, so there is nothing to keep of it.
            self._newest.pop(topic, None)

    def _hand_over(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            log.debug("the broker said something after the end")

    def _on_connect(
        self,
        client: "Client",
        _userdata: object,
        flags: "ConnectFlags",
        reason: "ReasonCode",
        properties: "Properties | None",
    ) -> None:
        if reason.is_failure:
            self._on_disconnect()
            return
        self._talk.opened(client, flags, properties)
        client.publish(self._availability_topic, self._availability("online"), 1, True)
        client.subscribe(self._availability_topic, 1)
        self._hand_over(self._catch_up, flags.session_present)

    def _catch_up(self, goes_on: bool) -> None:
        self._connected = True
        self._waiting.clear()
        if not goes_on:
            self._under_way.clear()
        self._talk.resumed(goes_on)
        for topic, payload in tuple(self._newest.items()):
            self._send(topic, payload)

    def _live_on(self) -> None:
        # An earlier life's death came late: most readers do not compare births.
        if self.client is not None:
            self.client.publish(self._availability_topic, self._availability("online"), 1, True)

    def _on_disconnect(self, *_: object) -> None:
        client = self.client
        if client is not None:
            self._hand_over(self._lose, client.trouble)

    def _lose(self, reason: str) -> None:
        if self._connected or self._reason != reason:
            log.info("the broker is away: %s", reason)
        self._connected = False
        self._reason = reason

    def _on_publish(
        self,
        _client: "Client",
        _userdata: object,
        number: int,
        reason: "ReasonCode",
        _properties: object,
    ) -> None:
        self._hand_over(self._note_end, number)
        self._talk.answered(number, str(reason) if reason.is_failure else None)

    def _note_end(self, number: int) -> None:
        self._under_way.discard(number)
        while self._waiting and len(self._under_way) < MOST_UNDER_WAY and self._connected:
            topic = next(iter(self._waiting))
            del self._waiting[topic]
            if topic in self._newest:
                self._send(topic, self._newest[topic])

    def _on_message(self, _client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        if message.topic == self._availability_topic:
            if b"offline" in message.payload:
                self._hand_over(self._live_on)
            return
        self._talk.heard(message.topic, bytes(message.payload), message.retain)


def open_client(settings: MqttSettings, session_s: int) -> "BrokerClient":
    """Make a client that knows its user and its certificate; it is not connected yet.

    Raises:
        OSError: the certificate cannot be read.
    """
    from node.mqtt.client import BrokerClient

    client = BrokerClient(settings.client_id, may_be_older=False, session_s=session_s)
    client.secure(settings.user, settings.password, settings.ca_file)
    return client
