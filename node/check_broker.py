"""What a check says of the broker: whether it takes this login, and who else has this name."""

import json
from collections.abc import Iterator

from node.check_finding import Finding, line
from node.core.errors import NodeError, Refused
from node.links.mqtt_glance import read_retained
from node.links.mqtt_session import MqttSettings
from node.words import told

ANSWER_WITHIN_S = 3.0
_LOGIN = (
    "check mqtt.user and what mqtt.password_file holds; on the broker's host"
    " sudo peerwatt broker-user NAME gives a user a new password"
)
_AWAY = "check that mosquitto runs there, and mqtt.host and mqtt.port"


def login(settings: MqttSettings, account: str | None) -> Iterator[Finding]:
    """Log in as the program does, and read what is kept under its name.

    `account` is the one that speaks under this name, None if it does not open.
    """
    topic = f"{settings.root}/state"
    try:
        kept = read_retained(settings, [topic], ANSWER_WITHIN_S)
    except (NodeError, OSError) as error:
        yield not_taken("broker", error)
        return
    as_whom = f"takes the user {settings.user}" if settings.user else "takes us without a user"
    yield line("broker", f"{settings.host}:{settings.port} {as_whom}")
    other = _account_in(kept.get(topic, b""))
    if account is not None and other is not None and other != account:
        yield line(
            "names",
            f"the account {other} speaks on the broker as {settings.node}, too",
            "give one of the two another name, or clear what an old account left:"
            f" publish an empty retained message on {topic}",
        )


def not_taken(what: str, error: Exception) -> Finding:
    """Say that the broker does not answer, or not to this login."""
    return line(what, told(error), _LOGIN if isinstance(error, Refused) else _AWAY)


def password_unread(error: OSError) -> Finding:
    """Say that the broker's password could not be read."""
    return line("broker", f"mqtt.password_file: {error}", "let this user read it, mode 0600")


def _account_in(state: bytes) -> str | None:
    try:
        account = json.loads(state)["account"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return account if isinstance(account, str) else None
