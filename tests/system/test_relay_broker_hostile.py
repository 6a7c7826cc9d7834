"""The relay at a broker that sends too much, ends its thread, or speaks the older version."""

import asyncio
import contextlib

import pytest

from relay_server.mqtt import RelayMqtt
from relay_server.settings import MqttSettings
from tests.parts.rogue_broker import CONNACK, OLDER_REFUSAL, packet, publish, rogue_broker, text
from tests.parts.waiting import until_on_loop

WITHIN_S = 100.0
COMMAND = b"peerwatt/street/relay1/command"


@contextlib.asynccontextmanager
async def speaking(port, taken):
    settings = MqttSettings(
        host="127.0.0.1",
        port=port,
        user=None,
        password_file=None,
        ca_file=None,
        client_id="relay1",
        keepalive_s=60,
    )
    loop = asyncio.get_running_loop()
    mqtt = RelayMqtt(settings, "street", "relay1", loop, lambda *said: taken.append(said))
    mqtt.start()
    try:
        yield mqtt
    finally:
        mqtt.stop()


async def test_what_is_too_long_or_strange_is_dropped_and_the_next_is_heard():
    taken = []
    with rogue_broker(CONNACK) as broker:
        async with speaking(broker.port, taken):
            await until_on_loop(lambda: COMMAND in broker.heard, "subscribed", WITHIN_S)
            broker.say(publish(COMMAND, bytes(4_000_000), 7))
            broker.say(publish(COMMAND, b"strange", 8, b"\x26" + text("\ufeff") * 2))
            broker.say(publish(b"\xff", b"x", 9))
            broker.say(publish(COMMAND, b"next", 10))
            await until_on_loop(lambda: len(taken) == 2, "heard", WITHIN_S)
            acknowledged = [b"\x40\x02" + number.to_bytes(2) for number in (7, 8, 9, 10)]
            await until_on_loop(
                lambda: all(one in broker.heard for one in acknowledged), "pubacks", WITHIN_S
            )

    assert taken == [(b"strange", False), (b"next", False)]


async def test_a_broker_of_the_older_version_is_spoken_to_in_it():
    taken = []
    with rogue_broker(OLDER_REFUSAL) as broker:
        async with speaking(broker.port, taken):
            await until_on_loop(lambda: broker.connects, "asked", WITHIN_S)
            broker.answer = packet(0x20, b"\x00\x00")
            broker.cut()
            await until_on_loop(lambda: COMMAND in broker.heard, "subscribed", WITHIN_S)
            # No properties: it would take their length for a payload.
            body = len(COMMAND).to_bytes(2) + COMMAND + b"\x00\x07" + b"next"
            broker.say(packet(0x32, body))
            await until_on_loop(lambda: taken, "heard", WITHIN_S)

    assert taken == [(b"next", False)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_thread_that_is_gone_is_replaced():
    with rogue_broker(CONNACK) as broker:
        async with speaking(broker.port, []) as mqtt:
            await until_on_loop(lambda: broker.connects == 1, "connected", WITHIN_S)
            first = mqtt._client._thread

            def end(*_):
                raise SystemExit

            mqtt._client.on_message = end
            broker.say(publish(COMMAND, b"x", 7))
            await until_on_loop(lambda: mqtt._client._thread is None, "gone", WITHIN_S)

            def is_replaced():
                mqtt.look_after()
                return broker.connects > 1 and mqtt._client._thread not in (None, first)

            await until_on_loop(is_replaced, "replaced", WITHIN_S)
