"""Pairings from a real broker: those of this home, kept by the broker, and nobody else's word."""

import asyncio
import contextlib
import json
import logging

import pytest

from node.core.auction.pairing import Pairing, Part
from node.core.facts import ChainObserved, PairingHeard
from node.home.inward.outside import Outside
from node.links.broker.home import MqttLink
from node.links.broker.pairings import MAX_PAIRINGS_BYTES, pairings_text
from tests.factories.home import chain_view
from tests.factories.market import NOW_INTERVAL, market
from tests.factories.mqtt import mqtt_settings
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1
from tests.factories.street import street
from tests.parts.waiting import until_on_loop
from tests.worlds.recording_ports import Stamps

WITHIN_S = 40.0
TOPIC = f"utility/pairing/{HOME}"
OWN = Part(kind="solar", buyer=HOME, seller=SELLER1, energy_milliwh=120_000)
OTHER = Part(kind="solar", buyer=NEIGHBOUR, seller=SELLER1, energy_milliwh=120_000)


async def until(condition, what):
    await until_on_loop(condition, what, WITHIN_S)


def pairing(interval, *parts):
    return Pairing(interval=interval, wires_hash=bytes(32), parts=parts or (OWN,))


NOW, NEXT = pairing(NOW_INTERVAL), pairing(NOW_INTERVAL + 1)


@pytest.fixture
def say(ear):
    """Publish retained, as the utility does, or a stranger."""
    return lambda payload, topic=TOPIC: ear.say(topic, payload, retain=True)


class Home:
    """A link and a picture, without the rest of the node."""

    def __init__(self, port):
        settings = mqtt_settings("home", port=port, account=HOME)
        self.picture, self.heard = Outside(HOME, Stamps(), 0.0, street()), 0
        self.picture.absorb(ChainObserved(view=chain_view(), market=market()), 0.0)
        loop = asyncio.get_running_loop()
        self.link = MqttLink(settings, loop, self.absorb, lambda _: None, "utility")

    def absorb(self, fact):
        assert isinstance(fact, PairingHeard)
        self.heard += 1
        self.picture.absorb(fact, 1.0)


@pytest.mark.failure(
    part="broker",
    failure="it restarts and has forgotten the pairings",
    contacts="go on: the home has kept the newest two",
)
async def test_pairings_that_the_broker_keeps_are_heard_and_outlast_its_end(broker, ear, say):
    say(pairings_text([NOW, NEXT], HOME, ["relay"]))
    home = Home(broker.port)
    with contextlib.closing(home.link):
        home.link.start()
        await until(lambda: home.picture.pairings == (NOW, NEXT), "both are heard")
        broker.stop()
        await until(lambda: home.link.problem is not None, "the broker is gone")
        assert home.picture.pairings == (NOW, NEXT)
        broker.start()
        await until(lambda: home.link.problem is None, "the broker is back")
        assert home.picture.pairings == (NOW, NEXT)
        await until(ear.is_listening.is_set, "the utility is back")
        say(pairings_text([NEXT], HOME, ["relay"]))
        await until(lambda: home.heard > 2, "and is heard again")

    assert home.picture.pairings == (NOW, NEXT)


@pytest.mark.failure(
    part="broker",
    failure="a stranger writes on the pairings' topic",
    contacts="those of now stay as they were",
    person="a warning that names the topic",
)
@pytest.mark.parametrize(
    "nonsense",
    [
        "{",
        "[" * 1_000,
        json.dumps({"pairings": []})[:-1],
        pairings_text([pairing(NOW_INTERVAL, OTHER)], NEIGHBOUR, ["relay"]),
        pairings_text([NOW], HOME, ["relay"]).replace("120000", "-1"),
        " " * (MAX_PAIRINGS_BYTES + 1),
    ],
)
async def test_what_is_no_pairing_of_this_home_is_warned_of_and_left(broker, say, caplog, nonsense):
    home = Home(broker.port)
    with contextlib.closing(home.link), caplog.at_level(logging.WARNING):
        home.link.start()
        say(pairings_text([NOW], HOME, ["relay"]))
        await until(lambda: home.picture.pairings == (NOW,), "the utility is heard")
        say(nonsense)
        await until(lambda: f"peerwatt/street/{TOPIC}" in caplog.text, "it is warned of")
        assert home.picture.pairings == (NOW,)
        say(pairings_text([NOW, NEXT], HOME, ["relay"]))
        await until(lambda: home.picture.pairings == (NOW, NEXT), "the utility is heard again")


async def test_what_another_home_or_another_utility_is_told_is_not_heard(broker, say):
    home = Home(broker.port)
    with contextlib.closing(home.link):
        home.link.start()
        say(pairings_text([NOW], HOME, ["relay"]), f"utility/pairing/{NEIGHBOUR}")
        say(pairings_text([NOW], HOME, ["relay"]), f"another/pairing/{HOME}")
        say("", TOPIC)
        say(pairings_text([NEXT], HOME, ["relay"]))
        await until(lambda: home.heard, "its own is heard")

    assert (home.heard, home.picture.pairings) == (1, (NEXT,))
