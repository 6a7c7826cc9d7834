"""A client of the broker that goes on exactly where its connection broke."""

from paho.mqtt.client import Client
from paho.mqtt.enums import MessageState


class ResumingClient(Client):
    """Remember over any number of broken connections which messages the broker has already.

    A message with QoS 2 that was released must never be published again (MQTT 5.0, section 4.3.3).
    paho keeps to that at the first attempt to connect again, and forgets it at the second.
    """

    def _messages_reconnect_reset_out(self) -> None:
        released = [
            message
            for message in self._out_messages.values()
            if message.state == MessageState.MQTT_MS_RESEND_PUBREL
        ]
        super()._messages_reconnect_reset_out()
        for message in released:
            message.state = MessageState.MQTT_MS_RESEND_PUBREL
