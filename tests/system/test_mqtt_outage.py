"""A node's conversation with a real broker that was away for long."""

import asyncio
import contextlib
import json

import pytest

from node.links.broker.home import MqttLink
from tests.factories.home import receipt
from tests.factories.mqtt import mqtt_settings
from tests.factories.settings import SELLER2
from tests.parts.waiting import until_on_loop

WITHIN_S = 40.0


def link_to(port):
    settings = mqtt_settings("home", port=port, user="home", password="the broker's password")
    return MqttLink(settings, asyncio.get_running_loop(), lambda _: None, lambda _: None, None)


async def until(condition, what):
    await until_on_loop(condition, what, WITHIN_S)


@pytest.mark.failure(
    part="broker",
    failure="the broker is away while 996 receipts are signed",
    money="the newest receipt of each order is sent, once",
    lasts="when it is back",
)
async def test_broker_gone_for_long_gets_the_newest_receipt_of_each_order_once(broker, ear):
    with contextlib.closing(link_to(broker.port)) as link:
        link.start()
        await until(lambda: link.problem is None, "the node is connected")
        link.send_receipt(receipt(7, drawn_milliwh=1))
        await until(lambda: "home/receipt/7" in ear.newest, "the first receipt arrives")

        broker.stop()
        await until(lambda: link.problem is not None, "the node sees that the broker is gone")
        for drawn_milliwh in range(2, 500):
            link.send_receipt(receipt(7, drawn_milliwh=drawn_milliwh))
            link.send_receipt(receipt(8, seller=SELLER2, drawn_milliwh=drawn_milliwh))
        ear.heard.clear()
        broker.start()
        await until(ear.is_listening.is_set, "the subscriber is back")
        await until(lambda: link.problem is None, "the node is back")
        link.publish("state", "the last word")
        await until(
            lambda: ear.newest.get("home/state") == b"the last word", "all of it has arrived"
        )

    told = [(topic, said["drawn_milliwh"]) for topic, said in ear.heard if "/receipt/" in topic]
    assert sorted(told) == [
        ("home/receipt/0", 499),
        ("home/receipt/7", 499),
    ]


@pytest.mark.failure(
    part="broker",
    failure="the last will of a node's earlier life comes when the next one runs",
    person="`online`, with the birth of the life that runs",
    lasts="until the node has heard it",
)
async def test_late_death_of_an_earlier_life_does_not_kill_the_new_one(broker, ear):
    alive, dead = ({"availability": said, "birth": 1} for said in ("online", "offline"))
    with contextlib.closing(link_to(broker.port)) as link:
        link.start()
        await until(lambda: ear.newest.get("home/availability") == alive, "the node lives")
        ear.say("home/availability", json.dumps(dead | {"birth": 0}), retain=True)
        await until(lambda: ("home/availability", dead | {"birth": 0}) in ear.heard, "it is heard")
        await until(lambda: ear.newest["home/availability"] == alive, "the node lives on")
    await until(lambda: ear.newest["home/availability"] == dead, "its own death stands")
