"""Listen on the broker to what the homes say, as any neighbour's page could."""

from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from node.core.wire.json_text import read_json
from village.households import COMMUNITY, UTILITY


class BrokerEar:
    """Tell each home's picture, each receipt, and each whole pairing, as it is published."""

    def __init__(
        self,
        port: int,
        on_picture: Callable[[str, dict[str, Any]], None],
        on_receipt: Callable[[str, dict[str, Any]], None],
        on_pairing: Callable[[dict[str, Any]], None],
    ) -> None:
        self._on_picture = on_picture
        self._on_receipt = on_receipt
        self._on_pairing = on_pairing
        self._port = port
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = self._subscribe
        self._client.on_message = self._hear

    def start(self) -> None:
        """Begin to listen."""
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(f"peerwatt/{COMMUNITY}/+/state", 0)])
        client.subscribe([(f"peerwatt/{COMMUNITY}/+/receipt/+", 0)])
        client.subscribe([(f"peerwatt/{COMMUNITY}/{UTILITY}/pairing", 1)])

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        parts = message.topic.split("/")
        if not message.payload:
            return
        said = read_json(bytes(message.payload))
        if parts[3] == "receipt":
            self._on_receipt(parts[2], said)
        elif parts[3] == "pairing":
            self._on_pairing(said)
        elif "supply" in said:
            self._on_picture(parts[2], said)
