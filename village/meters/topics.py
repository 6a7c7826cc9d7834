"""Play a program that tells of energy over MQTT: retained or not, and gone again."""

import json
from collections.abc import Callable

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


class TopicTeller:
    """Say values under topics of one broker."""

    def __init__(self, port: int) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, topic: str, value: object, *, retain: bool = False) -> None:
        """Say a text as it is, anything else as JSON; returns once the broker has it."""
        payload = value if isinstance(value, str) else json.dumps(value)
        self._client.publish(topic, payload, 1, retain).wait_for_publish(timeout=30)

    def hear(self, topic: str, take: Callable[[bytes], None]) -> None:
        """Hand over what others say under a topic."""
        self._client.on_message = lambda _client, _userdata, heard: take(bytes(heard.payload))
        self._client.subscribe(topic, 1)

    def remove(self, topic: str) -> None:
        """Take a topic back, as evcc does with all of its own when it stops."""
        self.say(topic, "", retain=True)

    def close(self) -> None:
        """Stop; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()
