"""Whoever else is at the relay's broker: hears all that the relay says, and sends it lines."""

import json
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.factories.relay_keys import Boot
from tests.parts.other_brokers import Way
from tests.parts.waiting import until

TOPIC = "peerwatt/street/relay1"


class Listener:
    """Everything under the relay's topic, newest last."""

    def __init__(self, way: Way) -> None:
        self.heard: list[tuple[str, dict[str, Any], bool]] = []
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=way.version)
        if way.user is not None:
            self.client.username_pw_set(way.user, way.password)
        if way.ca_file is not None:
            self.client.tls_set(str(way.ca_file))
        self.client.on_message = self._on_message
        self.client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC}/#", qos=1)
        self.client.connect("127.0.0.1", way.port)
        self.client.loop_start()

    def last(self, topic: str) -> dict[str, Any]:
        return next((said for at, said, _ in reversed(self.heard) if at == topic), {})

    def closed(self) -> list[int]:
        contacts = self.last("state").get("state", {}).get("contacts", [])
        return [contact["channel"] for contact in contacts if contact["closed"]]

    def is_online(self) -> bool:
        return self.last("availability").get("availability") == "online"

    def boot(self) -> Boot:
        """Wait for the relay's state; give its boot, with the newest nonce."""
        until(lambda: self.last("state"), "the relay's state")
        return Boot.of(self.last("state")["state"])

    def command(self, line: bytes, retain: bool = False) -> None:
        self.client.publish(f"{TOPIC}/command", line, qos=1, retain=retain).wait_for_publish(5)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        if message.topic != f"{TOPIC}/command":
            topic = message.topic.removeprefix(f"{TOPIC}/")
            self.heard.append((topic, json.loads(message.payload), message.retain))
