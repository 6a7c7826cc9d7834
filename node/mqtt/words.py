"""Say in one sentence why the broker refuses or ends a connection, whatever code it gives.

paho knows the codes of each kind of packet and stumbles over others.
"""

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from node.mqtt.packets import UNSUPPORTED_VERSION

NEEDS_MQTT_5 = "the broker does not speak MQTT 5, which is needed (Mosquitto does since 1.6)"
SILENT = "the broker ends the connection before it answers"
NO_MQTT = "the broker sent what is no MQTT"
BROKE = "the connection broke"
TAKEN_OVER = 0x8E
_UNSPECIFIED = 0x80


def known(packet: int, code: int) -> int:
    """Give the code if paho knows it for this kind of packet, else the one that says no more."""
    try:
        ReasonCode(packet, identifier=code)
    except (KeyError, ValueError):
        return _UNSPECIFIED if code >= _UNSPECIFIED else 0
    return code


def refusal(code: int) -> str:
    """Say why a connection is refused."""
    if code == UNSUPPORTED_VERSION:
        return NEEDS_MQTT_5
    return f"the broker refuses the connection: {_word(PacketTypes.CONNACK, code)}"


def suspicion(client_id: str) -> str:
    """Say what it may be that ends one connection after the other."""
    return (
        "the connection breaks again and again soon after the broker has taken it: does another"
        f" client have the id {client_id}, or this program's broker user? (each needs its own)"
    )


def ending(code: int, client_id: str) -> str:
    """Say why a connection was ended."""
    if code == TAKEN_OVER:
        return (
            f"another client took the connection over: its id is {client_id} too, or its broker"
            " user is ours (each program needs its own)"
        )
    return f"the broker ended the connection: {_word(PacketTypes.DISCONNECT, code)}"


def _word(packet: int, code: int) -> str:
    return str(ReasonCode(packet, identifier=known(packet, code)))
