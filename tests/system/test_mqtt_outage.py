"""A node's conversation with a real broker that was away for long."""

import asyncio
import contextlib
import json
import time

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from node.links.mqtt import MqttLink, MqttSettings
from tests.factories import receipt
from tests.factories_settings import SELLER1, SELLER2
from village.broker import broker_command
from village.processes import Processes
from village.tcp import free_port, wait_for_port

WITHIN_S = 40.0
ROOT = "peerwatt/street/home"


@pytest.fixture
def broker(tmp_path):
    processes, port = Processes(tmp_path), free_port()
    processes.start("broker", broker_command(port, tmp_path))
    wait_for_port(port, 20.0)
    yield processes, port
    processes.stop_all()


@pytest.fixture
def heard(broker):
    """What a subscriber that is always back before the node hears, newest last."""
    texts = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(1, 1)
    client.on_connect = lambda client, *_: client.subscribe(f"{ROOT}/#", qos=1)
    client.on_subscribe = lambda *_: texts.append(("subscribed", ""))
    client.on_message = lambda _c, _u, message: texts.append(
        (message.topic.removeprefix(f"{ROOT}/"), message.payload.decode())
    )
    client.connect("127.0.0.1", broker[1])
    client.loop_start()
    yield texts
    client.disconnect()
    client.loop_stop()


def link_to(port):
    settings = MqttSettings(
        host="127.0.0.1",
        port=port,
        user="home",
        password="the broker's password",
        ca_file=None,
        client_id="home",
        keepalive_s=5,
        community="street",
        node="home",
        account=None,
        birth=1,
    )
    return MqttLink(settings, asyncio.get_running_loop(), lambda _: None, lambda _: None, None)


async def until(condition, what):
    ends_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < ends_s, what
        await asyncio.sleep(0.02)


@pytest.mark.failure(
    part="broker",
    failure="the broker is away while 996 receipts are signed",
    money="the newest receipt of each order is sent, once",
    lasts="when it is back",
)
async def test_broker_gone_for_long_gets_the_newest_receipt_of_each_order_once(broker, heard):
    processes, port = broker
    await until(lambda: heard, "the subscriber listens")
    with contextlib.closing(link_to(port)) as link:
        link.start()
        await until(lambda: link.problem is None, "the node is connected")
        link.send_receipt(receipt(7, drawn_milliwh=1))
        await until(lambda: len(heard) >= 3, "the first receipt arrives")

        processes.stop("broker")
        await until(lambda: link.problem is not None, "the node sees that the broker is gone")
        for drawn_milliwh in range(2, 500):
            link.send_receipt(receipt(7, drawn_milliwh=drawn_milliwh))
            link.send_receipt(receipt(8, seller=SELLER2, drawn_milliwh=drawn_milliwh))
        heard.clear()
        processes.restart("broker")
        await until(lambda: ("subscribed", "") in heard, "the subscriber is back")
        await until(lambda: link.problem is None, "the node is back")
        link.publish("state", "the last word")
        await until(lambda: ("state", "the last word") in heard, "all of it has arrived")

    told = [
        (topic, json.loads(text)["drawn_milliwh"])
        for topic, text in heard
        if topic.startswith("receipt/")
    ]
    assert sorted(told) == [
        (f"receipt/{SELLER1}/7", 499),
        (f"receipt/{SELLER2}/8", 499),
    ]
