"""Log in at the broker once, for a command, and read retained values there."""

import queue
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from node.core.errors import BrokerUnavailable, Refused
from node.links.mqtt_session import MqttSettings, open_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

_POLL_S = 0.1


def read_retained(
    settings: MqttSettings, topics: Sequence[str], within_s: float
) -> Mapping[str, bytes]:
    """Give what the broker keeps under these topics, each by its name; none where it keeps none.

    Raises:
        BrokerUnavailable: it does not answer in time.
        Refused: it does not take this login.
    """
    where = f"{settings.host}:{settings.port}"
    heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
    answers: queue.Queue[str | None] = queue.Queue()

    def on_connect(client: "Client", _data: object, _flags: object, reason: "ReasonCode",
                   _properties: object) -> None:  # fmt: skip
        if reason.is_failure:
            answers.put(str(reason))
            return
        client.subscribe([(topic, 1) for topic in topics])
        answers.put(None)

    def on_message(_client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        heard.put((message.topic, bytes(message.payload)))

    # Another id than the running program's: the broker would end that one's connection.
    client = open_client(replace(settings, client_id=f"{settings.client_id}-look-{time.time_ns()}"))
    client.on_connect = on_connect
    client.on_message = on_message
    try:
        client.connect(settings.host, settings.port, settings.keepalive_s)
    except OSError as error:
        raise BrokerUnavailable(f"{where}: {error}") from error
    client.loop_start()
    try:
        return _found(heard, answers, len(topics), where, time.monotonic() + within_s)
    finally:
        client.disconnect()
        client.loop_stop()


def _found(
    heard: "queue.Queue[tuple[str, bytes]]",
    answers: "queue.Queue[str | None]",
    most: int,
    where: str,
    ends_s: float,
) -> Mapping[str, bytes]:
    """Wait for the broker's word, then for as many values as there are topics."""
    try:
        refusal = answers.get(timeout=max(0.0, ends_s - time.monotonic()))
    except queue.Empty:
        raise BrokerUnavailable(f"{where} takes the connection and answers no login") from None
    if refusal is not None:
        raise Refused("LoginRefused", f"{where} refuses this login: {refusal}")
    found: dict[str, bytes] = {}
    while len(found) < most and time.monotonic() < ends_s:
        try:
            topic, payload = heard.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        found[topic] = payload
    return found
