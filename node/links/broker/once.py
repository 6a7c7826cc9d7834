"""Read retained values from the broker once, for a command."""

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from node.core.errors import BrokerUnavailable
from node.links.broker.session import MqttSettings, open_client

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

_POLL_S = 0.1
_LOG_IN_WITHIN_S = 15.0
_END_WITHIN_S = 1.0


def read_retained(
    settings: MqttSettings, topics: Sequence[str], within_s: float
) -> Mapping[str, bytes]:
    """Log in, and give what the broker keeps under these topics, each by its name, if anything.

    Raises:
        BrokerUnavailable: it does not let us in, and why; or it does not answer in time.
        OSError: the certificate cannot be read.
    """
    heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
    answered, let_in = threading.Event(), threading.Event()

    def on_connect(
        client: "Client", _userdata: object, _flags: object, reason: "ReasonCode", _: object
    ) -> None:
        if not reason.is_failure:
            let_in.set()
            if topics:
                client.subscribe([(topic, 1) for topic in topics])
        answered.set()

    def on_message(_client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        heard.put((message.topic, bytes(message.payload)))

    # Another id than the running program's: the broker would end that one's connection.
    name = f"{settings.client_id}-look-{time.time_ns()}"
    client = open_client(replace(settings, client_id=name), session_s=0)
    client.on_connect = on_connect
    client.on_connect_fail = client.on_disconnect = lambda *_: answered.set()
    client.on_message = on_message
    client.begin(settings.host, settings.port, settings.keepalive_s)
    answered.wait(_LOG_IN_WITHIN_S)
    trouble = client.trouble
    found: dict[str, bytes] = {}
    ends_s = time.monotonic() + within_s
    while let_in.is_set() and len(found) < len(topics) and time.monotonic() < ends_s:
        try:
            topic, payload = heard.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        found[topic] = payload
    client.end(_END_WITHIN_S)
    if not let_in.is_set():
        raise BrokerUnavailable(trouble)
    return found
