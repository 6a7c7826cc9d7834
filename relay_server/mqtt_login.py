"""Log in at the broker once, for `check`, as the relay does, and hear what the broker says."""

import queue
import time

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from node.login import broker_login
from relay_server.settings import MqttSettings

ANSWER_WITHIN_S = 3.0


def refusal_of_login(settings: MqttSettings) -> str | None:
    """Say why the broker does not take this login, or None where it does.

    Raises:
        OSError: it cannot be reached, or a file that the settings name cannot be read.
    """
    # Another id than the running relay's: the broker would end that one's connection.
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=f"{settings.client_id}-look-{time.time_ns()}"
    )
    login = broker_login("relay", settings.user, settings.password_file)
    if login.user is not None:
        client.username_pw_set(login.user, login.password)
    if settings.ca_file is not None:
        client.tls_set(ca_certs=str(settings.ca_file))
    answers: queue.Queue[str | None] = queue.Queue()

    def on_connect(
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        answers.put(str(reason) if reason.is_failure else None)

    client.on_connect = on_connect
    client.connect(settings.host, settings.port, settings.keepalive_s)
    client.loop_start()
    try:
        return answers.get(timeout=ANSWER_WITHIN_S)
    except queue.Empty:
        return "it takes the connection and answers no login"
    finally:
        client.disconnect()
        client.loop_stop()
