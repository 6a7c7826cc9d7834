"""Hear what registers the homes tell the broker, over an outage of the broker."""

import itertools
import json
from contextlib import suppress

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from village.households import COMMUNITY

TOPICS = f"peerwatt/{COMMUNITY}/+/measurement/+"
REGISTERS = ("import_milliwh", "export_milliwh")


class RegistersHeard:
    """Keep every value of each home's registers, in the order of arrival.

    What is retained from before the subscription is left out: it is no news.
    """

    def __init__(self, port: int) -> None:
        self._values: dict[str, dict[str, list[int]]] = {}
        self._connections = 0
        self._back: set[str] = set()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._subscribe
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()

    def since_return(self, home: str) -> bool:
        """Say whether a home was heard after the broker had come back."""
        return home in self._back

    def fell(self, home: str) -> bool:
        """Say whether any register was told to have fallen."""
        return any(one > two for one, two in self._pairs(home))

    def repeated(self, home: str) -> bool:
        """Say whether a value was told again that had been heard already."""
        return any(one == two for one, two in self._pairs(home))

    def _pairs(self, home: str) -> list[tuple[int, int]]:
        heard = self._values.get(home, {}).values()
        return [pair for values in heard for pair in itertools.pairwise(values)]

    def _subscribe(self, client: Client, *_: object) -> None:
        self._connections += 1
        client.subscribe(TOPICS, qos=1)

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        _, _, home, _, name = message.topic.split("/")
        if message.retain or not name.endswith(REGISTERS):
            return
        with suppress(ValueError, KeyError):
            value = json.loads(message.payload)["value"]
            self._values.setdefault(home, {}).setdefault(name, []).append(value)
        if self._connections > 1:
            self._back.add(home)
