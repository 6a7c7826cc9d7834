"""Log in at the broker once, for `check`, as the relay does, and hear what the broker says."""

import threading
import time

from paho.mqtt.reasoncodes import ReasonCode

from node.mqtt.client import BrokerClient
from node.mqtt.login import broker_login
from node.mqtt.words import NEEDS_MQTT_5
from relay_server.settings import MqttSettings

ANSWER_WITHIN_S = 5.0
_END_WITHIN_S = 1.0


def refusal_of_login(settings: MqttSettings) -> str | None:
    """Say why the broker does not let the relay in, or None where it does.

    Raises:
        OSError: a file that the settings name cannot be read.
    """
    login = broker_login("relay", settings.user, settings.password_file)
    # Another id than the running relay's: the broker would end that one's connection.
    name = f"{settings.client_id}-look-{time.time_ns()}"
    client = BrokerClient(name, may_be_older=True, session_s=0)
    answered, let_in = threading.Event(), threading.Event()

    def settle(*_: object) -> None:
        # An older broker is asked again, in its own language.
        if NEEDS_MQTT_5 not in client.trouble:
            answered.set()

    def on_connect(_client: object, _data: object, _flags: object, reason: ReasonCode,
                   _properties: object) -> None:  # fmt: skip
        if not reason.is_failure:
            let_in.set()
        settle()

    client.on_connect = on_connect
    client.on_connect_fail = client.on_disconnect = settle
    client.secure(login.user, login.password, settings.ca_file)
    client.begin(settings.host, settings.port, settings.keepalive_s)
    answered.wait(ANSWER_WITHIN_S)
    trouble = client.trouble
    client.end(_END_WITHIN_S)
    return None if let_in.is_set() else trouble
