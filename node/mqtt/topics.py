"""Hear topics of a broker for as long as somebody wants to; nothing is kept of it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from node.mqtt.client import BrokerClient, guarded
from node.ports import Take

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 30
END_WITHIN_S = 1.0


class TopicClient:
    """Hold one connection; name what to hear, then `start`. `trouble` says why there is none."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self._where = (host, port)
        # It keeps nothing of ours, so the id need not be the same again.
        self._client = BrokerClient(f"{name}-{os.getpid()}", may_be_older=True, session_s=0)
        self._takers: dict[str, Take] = {}
        self._client.on_connect = guarded(self._on_connect)
        self._client.on_message = guarded(self._on_message)

    @property
    def trouble(self) -> str:
        """Say in one sentence why there is no connection, or why the last one ended."""
        return self._client.trouble

    def secure(self, user: str | None, password: str | None, ca_file: Path | None) -> None:
        """Name the user, and the certificate that the broker must show (None: no TLS).

        Raises:
            OSError: the certificate is not to be had.
        """
        self._client.secure(user, password, ca_file)

    def listen(self, topic: str, take: Take) -> None:
        """Hear a topic, once `start` was called."""
        self._takers[topic] = take

    def start(self) -> None:
        """Connect, and go on trying, if anything is to be heard; returns at once."""
        if self._takers:
            self._client.begin(*self._where, KEEPALIVE_S)

    def ask(self, topic: str) -> None:
        """Send an empty message; it is lost where the broker is away."""
        if self._client.is_connected():
            self._client.publish(topic, b"", 0, False)

    def close(self) -> None:
        """End the conversation; may be called twice."""
        self._client.end(END_WITHIN_S)

    def _on_connect(
        self,
        client: "Client",
        _userdata: object,
        _flags: "ConnectFlags",
        reason: "ReasonCode",
        _properties: "Properties | None",
    ) -> None:
        if not reason.is_failure:
            client.subscribe([(topic, 1) for topic in self._takers])

    def _on_message(self, _client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        take = self._takers.get(message.topic)
        if take is not None:
            take(bytes(message.payload), message.retain)
