"""Hear and say on a community's broker what any neighbour, or a stranger, may."""

import threading
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from node.core.wire.json_text import read_json


class CommunityEar:
    """Hold all that is said in a community: each topic's newest, and everything in its order."""

    def __init__(self, port: int, community: str) -> None:
        self.newest: dict[str, Any] = {}
        self.heard: list[tuple[str, Any]] = []
        self.is_listening = threading.Event()
        self._root = f"peerwatt/{community}/"
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{self._root}#", 1)
        self._client.on_subscribe = lambda *_: self.is_listening.set()
        self._client.on_disconnect = lambda *_: self.is_listening.clear()
        self._client.on_message = self._hear
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish as a stranger could."""
        sent = self._client.publish(f"{self._root}{topic}", payload, 1, retain)
        sent.wait_for_publish(5)

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = message.topic.removeprefix(self._root)
        try:
            said = read_json(bytes(message.payload)) if message.payload else None
        except ValueError:
            said = bytes(message.payload)
        self.newest[topic] = said
        self.heard.append((topic, said))
