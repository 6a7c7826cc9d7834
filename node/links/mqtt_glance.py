"""Read retained values from the broker once, for a command."""

import queue
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from node.core.errors import BrokerUnavailable
from node.links.mqtt_session import MqttSettings, open_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_POLL_S = 0.1


def read_retained(
    settings: MqttSettings, topics: Sequence[str], within_s: float
) -> Mapping[str, bytes]:
    """Give what the broker keeps under these topics, each by its name; none where it keeps none.

    Raises:
        BrokerUnavailable: it does not answer in time.
    """
    heard: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def on_connect(client: "Client", *_: object) -> None:
        client.subscribe([(topic, 1) for topic in topics])

    def on_message(_client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        heard.put((message.topic, bytes(message.payload)))

    # Another id than the running program's: the broker would end that one's connection.
    client = open_client(replace(settings, client_id=f"{settings.client_id}-look-{time.time_ns()}"))
    client.on_connect = on_connect
    client.on_message = on_message
    try:
        client.connect(settings.host, settings.port, settings.keepalive_s)
    except OSError as error:
        raise BrokerUnavailable(f"{settings.host}:{settings.port}: {error}") from error
    client.loop_start()
    found: dict[str, bytes] = {}
    ends_s = time.monotonic() + within_s
    while len(found) < len(topics) and time.monotonic() < ends_s:
        try:
            topic, payload = heard.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        found[topic] = payload
    is_connected = client.is_connected()
    client.disconnect()
    client.loop_stop()
    if not is_connected:
        raise BrokerUnavailable(f"{settings.host}:{settings.port} does not take the connection")
    return found
