"""A home's conversation with the broker: state, receipts, readings, pairings, and commands.

A reading goes with QoS 2, so that the broker has it once also where the connection breaks in the
middle of it. The connection itself is `mqtt_session`'s.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from node.core.auction.pairing import Pairing
from node.core.errors import Refused
from node.core.facts import (
    Fact,
    PairingHeard,
    ReadingAcknowledged,
    ReadingRefused,
    ReceiptReceived,
    WiringHeard,
)
from node.core.records import Reading, Receipt
from node.links.broker.pairings import MAX_PAIRINGS_BYTES, parse_pairings
from node.links.broker.payloads import (
    MAX_PAYLOAD_BYTES,
    parse_receipt,
    parse_wiring,
    reading_text,
    receipt_text,
    said,
)
from node.links.broker.session import MqttSession, MqttSettings
from node.links.newest import Newest
from node.parameters.spelling import switch
from node.ports import Take
from node.system.seldom import Seldom
from node.system.words import told

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags
    from paho.mqtt.properties import Properties

log = logging.getLogger(__name__)

EXACTLY_ONCE = 2
RECEIPT_PLACES = 8
"""Topics that a home's receipts take in turn, by their orders' numbers: more than it has open, and
so few that a broker's rules can name each."""


class MqttLink:
    """Speak with one broker; every method may be called while it is away.

    `utility` is the name under which pairings are published; None where none are listened for.
    `receive` takes each receipt, with the name that it was published under, on paho's thread;
    without it a receipt is posted as a fact.
    `relays` are those whose wiring is heard here, because they are not this home's own.
    `commands` take a word each, on the loop's thread, or raise Refused; they stand beside `wish`.
    """

    def __init__(
        self,
        settings: MqttSettings,
        loop: asyncio.AbstractEventLoop,
        post: Callable[[Fact], None],
        wish: Callable[[bool], None],
        utility: str | None,
        receive: Callable[[str, Receipt], None] | None = None,
        relays: Sequence[str] = (),
        commands: Mapping[str, Callable[[str], object]] = MappingProxyType({}),
    ) -> None:
        self._settings = settings
        self._loop = loop
        self._post = post
        self._wish = wish
        self._commands = commands
        self._pairing_topic: str | None = None
        if utility is not None and settings.account is not None:
            root = f"peerwatt/{settings.community}/{utility}"
            self._pairing_topic = f"{root}/pairing/{settings.account}"
        self._relays = {f"peerwatt/{settings.community}/{relay}/state": relay for relay in relays}
        self._session = MqttSession(settings, loop, self)
        self._under_way: dict[int, tuple[Reading, int]] = {}
        self._reading_qos = EXACTLY_ONCE
        self._ignored = Seldom(log, logging.WARNING)
        self._newest = Newest(loop)
        self._in_place: dict[int, int] = {}
        self._receive = receive or self._post_receipt
        self._listeners: dict[str, list[Take]] = {}

    @property
    def problem(self) -> str | None:
        """Say why the broker is away, or None while it answers."""
        return self._session.problem

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._session.start()

    def publish(self, topic: str, payload: str) -> None:
        """Publish the newest retained value under this node's root, now or when the broker is back.

        An unchanged value is not sent again.
        """
        self._session.publish(topic, payload)

    def announce(self, topic: str, payload: str) -> None:
        """Publish the newest retained value under a topic of others, as Home Assistant's."""
        self._session.announce(topic, payload)

    def tell(self, topic: str, payload: str) -> None:
        """Publish what has just happened under this node's root, if the broker answers."""
        self._session.tell(topic, payload)

    def send_reading(self, reading: Reading, instant_s: int) -> None:
        """Publish a reading; call it while the broker answers.

        Once the broker has it, or refuses it, a fact says so; a connection that breaks meanwhile
        only delays that.
        """
        client = self._session.client
        if client is None:
            return
        topic = f"{self._settings.root}/reading/{reading.meter.value}"
        text = reading_text(reading, instant_s)
        message = client.publish(topic, text, self._reading_qos, False)
        self._under_way[message.mid] = (reading, instant_s)

    def send_receipt(self, receipt: Receipt) -> None:
        """Publish a receipt, retained, so that both ends find the newest after a restart."""
        place = receipt.number % RECEIPT_PLACES
        self._in_place[place] = receipt.number
        self.publish(f"receipt/{place}", receipt_text(receipt))

    def clear_receipt(self, seller: str, number: int) -> None:
        """Remove the retained receipt of an order that is closed."""
        # Sent even if this life has not published it: an earlier one may have.
        place = number % RECEIPT_PLACES
        if self._in_place.get(place, number) == number:
            self.publish(f"receipt/{place}", "")
        # Where a node of before such places kept it.
        self.publish(f"receipt/{seller}/{number}", "")

    def listen(self, topic: str, take: Take) -> None:
        """Hear a topic that is none of the street's; call it before `start`."""
        self._listeners.setdefault(topic, []).append(take)

    def ask(self, topic: str) -> None:
        """Send an empty message, not retained; it is lost while the broker is away."""
        client = self._session.client
        if client is not None and self._session.problem is None:
            client.publish(topic, b"", 0, False)

    def close(self) -> None:
        """Say offline, and end the conversation; may be called twice."""
        self._session.close()

    def opened(
        self, client: "Client", flags: "ConnectFlags", properties: "Properties | None"
    ) -> None:
        """Subscribe to commands, receipts and pairings."""
        # Some brokers take no more than QoS 1: there a broken connection may repeat a reading.
        self._reading_qos = min(getattr(properties, "MaximumQoS", EXACTLY_ONCE), EXACTLY_ONCE)
        # A broker that has forgotten the session takes the end of what it half had for all of it.
        forgotten = () if flags.session_present else client.drop_out_messages()
        for message in forgotten:
            if not message.payload:
                # The end of a topic is kept nowhere else.
                client.publish(message.topic, message.payload, message.qos, message.retain)
        settings = self._settings
        topics = [(f"{settings.root}/command/+", 1)]
        if settings.account is not None:
            street = f"peerwatt/{settings.community}"
            topics.append((f"{street}/+/receipt/+", 1))
            # Of nodes of before receipts had places.
            topics.append((f"{street}/+/receipt/{settings.account}/+", 1))
            topics.append((f"{settings.root}/receipt/+/+", 1))
        if self._pairing_topic is not None:
            topics.append((self._pairing_topic, 1))
        topics += [(topic, 1) for topic in (*self._relays, *self._listeners)]
        client.subscribe(topics)

    def resumed(self, goes_on: bool) -> None:
        """Send readings again that a forgetful broker may have taken half of."""
        if goes_on:
            return
        again, self._under_way = self._under_way, {}
        for reading, instant_s in again.values():
            self.send_reading(reading, instant_s)

    def answered(self, number: int, refusal: str | None) -> None:
        """Take the broker's word on a reading."""
        # On the loop's thread the number is known even where the answer overtook its noting.
        self._loop.call_soon_threadsafe(self._note_end, number, refusal)

    def _note_end(self, number: int, refusal: str | None) -> None:
        if number not in self._under_way:
            return
        reading, _ = self._under_way.pop(number)
        if refusal is None:
            self._post(ReadingAcknowledged(reading=reading))
        else:
            self._post(ReadingRefused(reading=reading, sentence=refusal))

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a command, a receipt, pairings or wiring; what is none of them is told seldom."""
        for take in self._listeners.get(topic, ()):
            take(payload, retained)
        if topic in self._listeners:
            return
        is_pairing, relay = topic == self._pairing_topic, self._relays.get(topic)
        is_long = is_pairing or relay is not None
        if len(payload) > (MAX_PAIRINGS_BYTES if is_long else MAX_PAYLOAD_BYTES):
            self._ignored.say("ignored %d bytes on %s", len(payload), topic)
            return
        command = topic.removeprefix(f"{self._settings.root}/command/")
        try:
            if is_pairing:
                self._on_pairings(payload)
            elif relay is not None:
                self._on_wiring(relay, payload)
            elif command != topic:
                self._on_command(command, payload, retained)
            elif payload:
                self._receive(topic.split("/")[2], parse_receipt(payload))
        except (Refused, ValueError, IndexError) as error:
            self._ignored.say("ignored a message on %s: %s", topic, told(error))

    def _on_pairings(self, payload: bytes) -> None:
        account = self._settings.account
        if account is None or not payload:
            # Nothing is said where the utility has removed what it had retained.
            return
        pairings, relays = parse_pairings(payload, account)
        self._newest.hand_over("pairings", lambda: self._post_pairings(pairings, relays))

    def _on_wiring(self, relay: str, payload: bytes) -> None:
        if not payload:
            # The topic's end: what the relay said before stands until it says something else.
            return
        fact = WiringHeard(relay=relay, connections=parse_wiring(payload))
        self._newest.hand_over(f"wiring {relay}", lambda: self._post(fact))

    def _post_pairings(self, pairings: tuple[Pairing, ...], relays: tuple[str, ...]) -> None:
        for pairing in pairings:
            self._post(PairingHeard(pairing=pairing, relays=relays))

    def _post_receipt(self, _sender: str, receipt: Receipt) -> None:
        self._loop.call_soon_threadsafe(self._post, ReceiptReceived(receipt=receipt))

    def _on_command(self, name: str, payload: bytes, retained: bool) -> None:
        if retained:
            # A retained command would be obeyed again at every start, long after it was meant.
            raise ValueError("a retained command is not obeyed")
        word = said(payload)
        if name in self._commands:
            self._newest.hand_over(f"command {name}", lambda: self._obey(name, word))
            return
        if name != "own_source":
            known = ", ".join(("own_source", *self._commands))
            raise ValueError(f"not a command ({known} is)")
        try:
            wish = switch(word)
        except ValueError:
            raise ValueError(f"{word!r} is not a command (own_source takes on or off)") from None
        self._newest.hand_over("wish", lambda: self._wish(wish))

    def _obey(self, name: str, word: str) -> None:
        try:
            self._commands[name](word)
        except Refused as error:
            topic = f"{self._settings.root}/command/{name}"
            self._ignored.say("ignored a message on %s: %s", topic, told(error))
