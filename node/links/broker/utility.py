"""The utility's conversation with the broker: it hears wiring and tariffs, and tells the rest.

Only the relays that the parameters name are heard: who else may write on their topics is for the
broker's access list to say.
"""

import asyncio
import codecs
import json
import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from node.core.auction.pairing import Pairing, Wires
from node.core.auction.tariff import NO_NEGATIVE_FEED_IN, Tariff, ladder, rounding
from node.core.errors import Refused
from node.core.records import ConnectionView
from node.core.units import TOKEN_DECIMALS, format_tokens, tokens_from_decimal
from node.core.wire.strict_json import Members, read_object
from node.links.broker.pairings import pairing_object, pairings_text
from node.links.broker.payloads import MAX_PAYLOAD_BYTES, parse_wiring, said
from node.links.broker.session import MqttSession, MqttSettings
from node.links.newest import Newest
from node.parameters.spelling import decimal, visible
from node.system.seldom import Seldom
from node.system.words import told

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags
    from paho.mqtt.properties import Properties

log = logging.getLogger(__name__)

BANDS = "bands"
"""The command that ends a tariff set over MQTT: the parameters' bands hold again."""
_HIGHEST_PRICE = 1_000_000

OnWiring = Callable[[str, Sequence[ConnectionView]], None]
OnTariff = Callable[[Tariff | None], None]


class UtilityLink:
    """Speak with one broker; every method may be called while it is away."""

    def __init__(
        self,
        settings: MqttSettings,
        loop: asyncio.AbstractEventLoop,
        relays: Sequence[str],
        on_wiring: OnWiring,
        on_tariff: OnTariff | None,
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._relays = {f"peerwatt/{settings.community}/{relay}/state": relay for relay in relays}
        self._on_wiring = on_wiring
        self._on_tariff = on_tariff
        self._session = MqttSession(settings, loop, self)
        self._ignored = Seldom(log, logging.WARNING)
        self._newest = Newest(loop)

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return self._session.problem

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._session.start()

    def publish(self, topic: str, payload: str) -> None:
        """Publish the newest retained value under this utility's root; unchanged ones only once."""
        self._session.publish(topic, payload)

    def publish_pairing(self, pairing: Pairing, wires: Wires) -> None:
        """Publish a whole pairing and the wires that it came from, for anybody to check."""
        self.publish("pairing", json.dumps(pairing_object(pairing, wires)))

    def publish_pairings(
        self, account: str, pairings: Sequence[Pairing], relays: Sequence[str]
    ) -> None:
        """Publish one account's parts of the pairings in force, and over which relays they are."""
        self.publish(f"pairing/{account}", pairings_text(pairings, account, relays))

    def close(self) -> None:
        """Say offline, and end the conversation; may be called twice."""
        self._session.close()

    def opened(
        self, client: "Client", _flags: "ConnectFlags", _properties: "Properties | None"
    ) -> None:
        """Subscribe to the relays, and to commands if they are obeyed."""
        topics = [(topic, 1) for topic in self._relays]
        if self._on_tariff is not None:
            topics.append((f"{self._settings.root}/command/tariff", 1))
        if topics:
            client.subscribe(topics)

    def resumed(self, _goes_on: bool) -> None:
        """Do nothing: all that this link sends is retained."""

    def answered(self, _number: int, _refusal: str | None) -> None:
        """Do nothing: a retained value that was refused is replaced by the next."""

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a relay's state or a tariff; what is neither is logged and left."""
        try:
            if topic in self._relays:
                self._hear_relay(self._relays[topic], payload)
            elif self._on_tariff is not None:
                self._hear_tariff(self._on_tariff, payload, retained)
        except (Refused, ValueError) as error:
            self._ignored.say("ignored a message on %s: %s", topic, told(error))

    def _hear_relay(self, relay: str, payload: bytes) -> None:
        if not payload:
            # The topic's end: what the relay said before stands until it says something else.
            return
        connections = parse_wiring(payload)
        self._newest.hand_over(relay, lambda: self._on_wiring(relay, connections))

    def _hear_tariff(self, on_tariff: OnTariff, payload: bytes, retained: bool) -> None:
        if retained:
            # A retained command would be obeyed again at every start, long after it was meant.
            raise ValueError("a retained command is not obeyed")
        tariff = None if said(payload) == BANDS else read_tariff(payload)
        self._newest.hand_over("command/tariff", lambda: on_tariff(tariff))


def read_tariff(payload: bytes) -> Tariff:
    """Read the grid's two prices, in decimal tokens per kilowatt-hour; what is rounded is logged.

    Raises:
        Refused: the text does not tell them.
        ValueError: they are no ladder.
    """
    members = read_object(payload.removeprefix(codecs.BOM_UTF8), MAX_PAYLOAD_BYTES)
    feed_in, retail = _price(members, "feed_in"), _price(members, "retail")
    members.done()
    if feed_in < 0:
        raise ValueError(f"feed_in {format_tokens(feed_in)}: {NO_NEGATIVE_FEED_IN}")
    try:
        tariff = ladder(feed_in, retail)
    except ValueError as error:
        raise ValueError(f"retail {format_tokens(retail)}: {error}") from error
    sentence = rounding(tariff, retail)
    if sentence is not None:
        log.info("retail over MQTT: %s", sentence)
    return tariff


def _price(members: Members, name: str) -> int:
    """Take a price, which may be a text of a number, to the nearest base unit."""
    if members.is_text(name):
        price = _written_price(name, members.text(name).strip())
        if abs(price) > _HIGHEST_PRICE:
            raise ValueError(f"{name} is beyond {_HIGHEST_PRICE}")
    else:
        # Written out, a sum of two prices is 0.30000000000000004.
        price = Decimal(str(members.number(name, -_HIGHEST_PRICE, _HIGHEST_PRICE)))
    return tokens_from_decimal(round(price, TOKEN_DECIMALS))


def _written_price(name: str, text: str) -> Decimal:
    try:
        return decimal(text)
    except ValueError as error:
        why = str(error) or "a decimal number, as 0.269"
        raise ValueError(f"{name} {visible(text)}: {why}") from None
