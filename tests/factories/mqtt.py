"""Say how a node of the tests speaks with a broker of this machine."""

from dataclasses import replace
from typing import Any

from node.links.broker.session import MqttSettings


def mqtt_settings(node: str, **changes: Any) -> MqttSettings:
    """Let a node of the community `street` speak without a password; nothing listens on port 1."""
    plain = MqttSettings(
        host="127.0.0.1",
        port=1,
        user=None,
        password=None,
        ca_file=None,
        client_id=node,
        keepalive_s=5,
        community="street",
        node=node,
        account=None,
        birth=1,
    )
    return replace(plain, **changes)
