"""Hand a node's link a message as paho does, from whoever reaches the broker."""

from types import SimpleNamespace

from node.links.broker.home import MqttLink
from node.links.broker.utility import UtilityLink
from tests.fuzz.loop import PlayedLoop


def hear(
    link: MqttLink | UtilityLink, loop: PlayedLoop, topic: str, payload: bytes, *, is_retained: bool
) -> None:
    """Let the link take a message, and its loop do what follows."""
    message = SimpleNamespace(topic=topic, payload=payload, retain=is_retained)
    link._session._on_message(None, None, message)  # type: ignore[arg-type]
    loop.pass_time(0.1)
