"""What a check says of the broker: whether it lets us in, or why not, and who else has our name."""

from collections.abc import Iterator
from pathlib import Path

from node.core.errors import BrokerUnavailable, NodeError, Refused
from node.core.faults import FaultName
from node.core.wire.json_text import read_json
from node.links.broker.once import read_retained
from node.links.broker.session import MqttSettings
from node.links.status import ask
from node.parameters.scheme import Parameters
from node.settings import mqtt_settings
from node.system.report import Finding, line
from node.system.words import told

ANSWER_WITHIN_S = 3.0
_NOT_OURS = ("busy", "unavailable", "Quota", "rate exceeded", "Use another server", "Server moved")
"""Words of refusals that no user and no password changes."""


def broker(parameters: Parameters, account: str | None) -> Iterator[Finding]:
    """Log in as this home, or take the running node's word: `account` is this home's, if known.

    A broker may let each user in once alone.
    """
    if parameters.mqtt is None:
        yield line("broker", "none in the file; receipts go through the relay alone")
        return
    try:
        settings = mqtt_settings(parameters, parameters.node.name, account, birth=0)
    except OSError as error:
        yield refused(error)
        return
    assert settings is not None
    if is_logged_in(parameters.node.state_directory):
        yield line("broker", f"{settings.host}:{settings.port}: the running node is logged in")
        return
    yield from login(settings, account)


def login(settings: MqttSettings, account: str | None) -> Iterator[Finding]:
    """Log in as the program does, and read what is kept under its name.

    `account` is the one that speaks under this name, None if it does not open.
    """
    topic = f"{settings.root}/state"
    try:
        kept = read_retained(settings, [topic], ANSWER_WITHIN_S)
    except (NodeError, OSError) as error:
        yield refused(error)
        return
    yield line("broker", f"{settings.host}:{settings.port} lets {settings.user or 'anybody'} in")
    other = _account_in(kept.get(topic, b""))
    if account is not None and other is not None and other != account:
        yield line(
            "names",
            f"the account {other} speaks on the broker as {settings.node}, too",
            "give one of the two another name, or clear what an old account left:"
            f" publish an empty retained message on {topic}",
        )


def refused(error: Exception, what: str = "broker") -> Finding:
    """Say why the broker cannot be used, and what to do about it."""
    said = told(error)
    if not isinstance(error, BrokerUnavailable):
        return line(what, said, "check mqtt.password_file and mqtt.ca_file")
    if "refuses the connection" in said and not any(word in said for word in _NOT_OURS):
        remedy = "check mqtt.user and mqtt.password_file (peerwatt broker-user, on its host)"
    elif "refuses the connection" in said:
        remedy = "look into the broker's own log (journalctl -u mosquitto, on its host)"
    elif "certificate" in said or "ssl" in said.lower():
        remedy = "check mqtt.host, mqtt.port and mqtt.ca_file: the broker's certificate"
    elif "MQTT 5" in said:
        remedy = (
            "use a broker that speaks MQTT 5, or check mqtt.port: it may be its TLS port, or"
            " another program's"
        )
    else:
        remedy = "check mqtt.host and mqtt.port, and that mosquitto runs there"
    return line(what, said, remedy)


def is_logged_in(state_directory: Path) -> bool:
    """Say whether a running program says that the broker answers it."""
    try:
        picture = ask(state_directory, {"do": "status"})
    except (Refused, OSError):
        return False
    faults = picture.get("fault_names") if isinstance(picture, dict) else None
    return isinstance(faults, list) and FaultName.BROKER_LOST.value not in faults


def _account_in(state: bytes) -> str | None:
    try:
        account = read_json(state)["account"]
    except (ValueError, KeyError, TypeError):
        return None
    return account if isinstance(account, str) else None
