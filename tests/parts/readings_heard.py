"""Hear the readings that homes tell a broker, over outages of it: a reader that misses none.

Its session outlives its connection, so a broker that keeps sessions holds back for it what comes
before it is there again.
"""

import json
from collections.abc import Sequence

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from node.core.records import MeterName
from tests.parts.meter_events import Row, rises

SESSION_S = 3600


class ReadingsHeard:
    """Keep every reading by home and meter, in the order of arrival."""

    def __init__(self, port: int, community: str) -> None:
        self.is_listening = False
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._community = community
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="reader", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = self._begin
        self._client.on_message = self._hear
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = SESSION_S
        self._client.connect("127.0.0.1", port, properties=session)
        self._client.loop_start()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._client.disconnect()
        self._client.loop_stop()

    def rows(self, home: str, meter: MeterName) -> Sequence[Row]:
        """Give a meter's boundaries and registers as they were heard."""
        return tuple(self._rows.get((home, meter.value), ()))

    def wrong(self, home: str) -> list[str]:
        """Name the meters of which a boundary is missing, came twice or out of order."""
        return [meter.value for meter in MeterName if not _is_whole(self.rows(home, meter))]

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe(f"peerwatt/{self._community}/+/reading/+", qos=2)

    def _begin(self, *_: object) -> None:
        self.is_listening = True

    def _hear(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        _, _, home, _, meter = message.topic.split("/")
        assert not message.retain, "a reading is never retained"
        told = json.loads(message.payload)
        row = (told["boundary"], told["import_milliwh"], told["export_milliwh"])
        self._rows.setdefault((home, meter), []).append(row)


def _is_whole(rows: Sequence[Row]) -> bool:
    if not rows:
        return True
    boundaries = [boundary for boundary, _, _ in rows]
    return rises(rows) and boundaries == list(range(boundaries[0], boundaries[0] + len(rows)))
