"""Speak MQTT: keep the state on its topic, take commands, answer on the account's topic.

paho's thread only hands things over, and is replaced when it is gone. The birth number in the will
and in the availability lets a late death be told from the death of the life that now is.
"""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from node.core.wire.format import LONGEST_LINE
from node.mqtt.client import BrokerClient, guarded
from node.mqtt.login import broker_login
from relay_server.settings import MqttSettings

MOST_WAITING = 256
MOST_QUEUED = 64
STOP_WITHIN_S = 1.0

_log = logging.getLogger(__name__)


class RelayMqtt:
    """Hold the relay's conversation with the broker; the broker may come and go."""

    def __init__(
        self,
        settings: MqttSettings,
        community: str,
        relay: str,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[bytes, bool], None],
    ) -> None:
        self._topic = f"peerwatt/{community}/{relay}"
        self._loop = loop
        self._take = take
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._birth = 0
        self._state: bytes | None = None
        self._settings = settings
        self._told_trouble = ""
        self._client = BrokerClient(settings.client_id, may_be_older=True, session_s=0)
        self._client.on_connect = guarded(self._on_connect)
        self._client.on_connect_fail = guarded(self._on_connect_fail)
        self._client.on_disconnect = guarded(self._on_disconnect)
        self._client.on_message = guarded(self._on_message)
        self._client.max_queued_messages_set(MOST_QUEUED)
        login = broker_login("relay", settings.user, settings.password_file)
        self._client.secure(login.user, login.password, settings.ca_file)
        self._prepare_birth()

    def start(self) -> None:
        """Connect, and go on trying."""
        settings = self._settings
        self._client.begin(settings.host, settings.port, settings.keepalive_s)

    def look_after(self) -> None:
        """Replace the thread if it is gone."""
        self._client.look_after()

    def publish_state(self, line: bytes) -> None:
        """Keep the newest state on its topic; the retained one is replaced."""
        self._state = line.rstrip(b"\n")
        if self._client.is_connected():
            self._client.publish(f"{self._topic}/state", self._state, qos=1, retain=True)

    def publish_reply(self, account: str, line: bytes) -> None:
        """Answer a command on its account's topic; not retained."""
        self._client.publish(f"{self._topic}/reply/{account}", line.rstrip(b"\n"), qos=1)

    def stop(self) -> None:
        """Say goodbye, and end the thread."""
        if self._client.is_connected():
            farewell = self._client.publish(
                f"{self._topic}/availability", self._life("offline"), qos=1, retain=True
            )
            try:
                farewell.wait_for_publish(STOP_WITHIN_S)
            except (RuntimeError, ValueError) as error:
                _log.info("The broker did not hear the goodbye: %s", error)
        self._client.end(STOP_WITHIN_S)

    def _life(self, word: str) -> str:
        return json.dumps({"availability": word, "birth": self._birth})

    def _prepare_birth(self) -> None:
        # Rising even where the wall clock stands still between two births.
        self._birth = max(self._birth + 1, time.time_ns() // 1_000_000)
        self._client.will_set(
            f"{self._topic}/availability", self._life("offline"), qos=1, retain=True
        )

    def _on_connect(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._tell_trouble()
            return
        self._told_trouble = ""
        client.subscribe(f"{self._topic}/command", qos=1)
        client.publish(f"{self._topic}/availability", self._life("online"), qos=1, retain=True)
        if self._state is not None:
            client.publish(f"{self._topic}/state", self._state, qos=1, retain=True)
        _log.info("Connected to the broker")

    def _on_disconnect(self, *_: object) -> None:
        self._tell_trouble()
        self._prepare_birth()

    def _on_connect_fail(self, *_: object) -> None:
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        # The same trouble at each attempt is no news.
        if self._client.trouble != self._told_trouble:
            self._told_trouble = self._client.trouble
            _log.warning("No broker: %s", self._told_trouble)

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        if not self._room.acquire(blocking=False):
            return
        line = bytes(message.payload[: LONGEST_LINE + 1])
        try:
            self._loop.call_soon_threadsafe(self._hand_over, line, message.retain)
        except RuntimeError:  # the loop has just closed: nobody is there to obey
            self._room.release()

    def _hand_over(self, line: bytes, retained: bool) -> None:
        self._room.release()
        self._take(line, retained)
