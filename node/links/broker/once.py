"""Hear topics of the broker for a while, or read what it keeps, for a command."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from node.core.errors import BrokerUnavailable
from node.links.broker.session import MqttSettings, open_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

MOST_WAITING = 10_000
"""Messages heard and not taken yet."""
_POLL_S = 0.1
_LOG_IN_WITHIN_S = 15.0
_END_WITHIN_S = 1.0


Enough = Callable[[str, bytes, bool], bool]
"""Take a message (topic, payload, whether it was retained), and say whether to hear no more."""


def read_retained(
    settings: MqttSettings, topics: Sequence[str], within_s: float
) -> Mapping[str, bytes]:
    """Log in, and give what the broker keeps under these topics, each by its name, if anything.

    Raises:
        BrokerUnavailable: it does not let us in, and why; or it does not answer in time.
        OSError: the certificate cannot be read.
    """
    found: dict[str, bytes] = {}

    def take(topic: str, payload: bytes, _retained: bool) -> bool:
        found[topic] = payload
        return len(found) >= len(topics)

    hear(settings, topics, within_s, take)
    return found


def hear(settings: MqttSettings, filters: Sequence[str], within_s: float, take: Enough) -> None:
    """Log in, and hand over what is said under these filters; without any, only log in.

    Raises:
        BrokerUnavailable: it does not let us in, and why; or it does not answer in time.
        OSError: the certificate cannot be read.
    """
    heard: queue.Queue[tuple[str, bytes, bool]] = queue.Queue(MOST_WAITING)
    answered, let_in = threading.Event(), threading.Event()

    def on_connect(
        client: "Client", _userdata: object, _flags: object, reason: "ReasonCode", _: object
    ) -> None:
        if not reason.is_failure:
            let_in.set()
            if filters:
                client.subscribe([(topic, 1) for topic in filters])
        answered.set()

    def on_message(_client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        # Where more comes than is taken, the newest is not worth a stop of the conversation.
        with suppress(queue.Full):
            heard.put_nowait((message.topic, bytes(message.payload), message.retain))

    # Another id than the running program's: the broker would end that one's connection.
    name = f"{settings.client_id}-look-{time.time_ns()}"
    client = open_client(replace(settings, client_id=name), session_s=0)
    client.on_connect = on_connect
    client.on_connect_fail = client.on_disconnect = lambda *_: answered.set()
    client.on_message = on_message
    client.begin(settings.host, settings.port, settings.keepalive_s)
    answered.wait(_LOG_IN_WITHIN_S)
    trouble = client.trouble
    ends_s = time.monotonic() + within_s
    while let_in.is_set() and filters and time.monotonic() < ends_s:
        try:
            if take(*heard.get(timeout=_POLL_S)):
                break
        except queue.Empty:
            continue
    client.end(_END_WITHIN_S)
    if not let_in.is_set():
        raise BrokerUnavailable(trouble)
