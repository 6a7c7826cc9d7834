"""What `python -m node check` says of the broker: whether it lets this program in, or why not."""

from pathlib import Path

from node.check_finding import Finding, line
from node.core.errors import BrokerUnavailable, NodeError, Refused
from node.core.faults import FaultName
from node.links.mqtt_glance import read_retained
from node.links.mqtt_session import MqttSettings
from node.links.status import ask
from node.parameters import Parameters
from node.settings import mqtt_settings


def broker(parameters: Parameters) -> Finding:
    """Log in, or take the running node's word: a broker may let each user in once alone."""
    if parameters.mqtt is None:
        return line("broker", "none in the file; receipts go through the relay alone")
    try:
        settings = mqtt_settings(parameters, parameters.node.name, None, birth=0)
        assert settings is not None
        if is_logged_in(parameters.node.state_directory):
            return line("broker", f"{_place(settings)}: the running node is logged in")
        read_retained(settings, (), 0.0)
    except (NodeError, OSError) as error:
        return refused(error)
    return line("broker", f"{_place(settings)} lets {settings.user or 'anybody'} in")


def refused(error: Exception) -> Finding:
    """Say why the broker cannot be used, and what to do about it."""
    said = str(error)
    if not isinstance(error, BrokerUnavailable):
        return line("broker", said, "check mqtt.password_file and mqtt.ca_file")
    if "refuses the connection" in said:
        remedy = "check mqtt.user and mqtt.password_file (peerwatt broker-user, on its host)"
    elif "certificate" in said or "ssl" in said.lower():
        remedy = "check mqtt.host, mqtt.port and mqtt.ca_file: the broker's certificate"
    elif "MQTT 5" in said:
        remedy = "use a broker that speaks MQTT 5, or check that mqtt.port is not its TLS port"
    else:
        remedy = "check mqtt.host and mqtt.port, and that mosquitto runs there"
    return line("broker", said, remedy)


def is_logged_in(state_directory: Path) -> bool:
    """Say whether a running program says that the broker answers it."""
    try:
        picture = ask(state_directory, {"do": "status"})
    except (Refused, OSError):
        return False
    faults = picture.get("fault_names") if isinstance(picture, dict) else None
    return isinstance(faults, list) and FaultName.BROKER_LOST.value not in faults


def _place(settings: MqttSettings) -> str:
    return f"{settings.host}:{settings.port}"
