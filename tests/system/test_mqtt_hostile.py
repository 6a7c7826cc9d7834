"""A node's link to brokers and neighbours that send what MQTT allows, and what it does not."""

import asyncio
import contextlib
import socket
import threading

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from node.core.errors import BrokerUnavailable
from node.links.broker.home import MqttLink
from node.links.broker.once import read_retained
from node.mqtt import client as mqtt_client
from node.mqtt import reader as mqtt_reader
from node.mqtt.reader import MOST_PACKET_BYTES, MOST_UNRELEASED
from tests.factories.mqtt import mqtt_settings
from tests.parts.rogue_broker import OLDER_REFUSAL, packet, publish, rogue_broker, text
from tests.parts.waiting import until_on_loop
from village.tcp import free_port

WITHIN_S = 100.0
QUIET_S = 1.0
"""Ten commands a second are heard of a flood, so after such a silence it is over."""
COMMAND = "peerwatt/street/home1/command/own_source"
STRANGE = b"\x26" + text("\ufeff") + text("\ufeff")


@contextlib.asynccontextmanager
async def linked(port, wishes=None):
    """A link of home1, connected."""
    wishes = [] if wishes is None else wishes
    settings = mqtt_settings("home1", port=port, account="0x" + "11" * 20)
    loop = asyncio.get_running_loop()
    with contextlib.closing(
        MqttLink(settings, loop, lambda _: None, wishes.append, "utility")
    ) as link:
        link.start()
        await until_on_loop(lambda: link.problem is None, "connected", WITHIN_S)
        yield link


@pytest.mark.failure(
    part="broker",
    failure="a neighbour's message has a property that many clients choke on",
    person="nothing: it is read like any other",
)
@pytest.mark.parametrize("is_retained", [True, False])
async def test_a_message_with_a_byte_order_mark_in_a_property_cuts_nobody_off(broker, is_retained):
    wishes = []
    neighbour = Client(CallbackAPIVersion.VERSION2, protocol=5)
    neighbour.connect("127.0.0.1", broker.port)
    neighbour.loop_start()
    strange = Properties(PacketTypes.PUBLISH)
    strange.UserProperty = ("\ufeff", "\ufeff")
    topic = "peerwatt/street/home2/receipt/0x" + "11" * 20 + "/7"
    if is_retained:
        neighbour.publish(topic, "x", 1, True, strange).wait_for_publish(WITHIN_S)
    async with linked(broker.port, wishes) as link:
        for _ in range(3):
            neighbour.publish(topic, "x", 1, False, strange).wait_for_publish(WITHIN_S)
        neighbour.publish(COMMAND, "on", 1, False, strange).wait_for_publish(WITHIN_S)
        await until_on_loop(lambda: wishes == [True], "the command is heard", WITHIN_S)
        assert link.problem is None
    neighbour.disconnect()
    neighbour.loop_stop()


@pytest.mark.parametrize(
    "message",
    [
        publish(b"slashless", b"x", 9),
        publish(b"", b"x", 9),
        publish(b"\xff\xfe/command/x", b"x", 9),
        publish(b"/", b"x", 9),
        publish(b"/" * 300, b"x", 9),
        publish(COMMAND.encode(), b"\xff\xff", 9),
        publish(COMMAND.encode(), b"on", 9, STRANGE * 2000),
        publish(COMMAND.encode(), b"", 9),
        publish(b"peerwatt/street/utility/pairing/0x" + b"11" * 20, b"[" * 60_000, 9),
        publish(b"a/receipt/b/c", b'{"buyer":' * 9, 9),
        publish(COMMAND.encode(), b"x" * 4_000_000, 9),
        packet(0x32, (9).to_bytes(2) + b"a/command" + b"\x00\x09" + b"\xff\xff\xff\xff"),
    ],
)
async def test_no_message_ends_the_conversation_and_each_is_acknowledged(message):
    """A topic without a slash, an empty one, one that is no text, and what is too long."""
    wishes = []
    with rogue_broker() as broker:
        async with linked(broker.port, wishes) as link:
            broker.heard.clear()
            broker.say(message)
            broker.say(publish(COMMAND.encode(), b"off", 10))
            await until_on_loop(lambda: False in wishes, "the next is heard", WITHIN_S)
            await until_on_loop(lambda: b"\x40\x02\x00\x09" in broker.heard, "the puback", WITHIN_S)
            assert link.problem is None
            assert broker.connects == 1


async def test_a_long_message_is_read_in_bounded_memory():
    """60 MB made the relay grow by 184 MB, and a node alike."""
    wishes = []
    with rogue_broker() as broker:
        async with linked(broker.port, wishes) as link:
            long = publish(COMMAND.encode(), bytes(60_000_000), 9)
            threading.Thread(target=broker.say, args=(long,), daemon=True).start()
            while b"\x40\x02\x00\x09" not in broker.heard:
                held = len(link._session.client._in_packet["packet"])
                assert held <= MOST_PACKET_BYTES
                await asyncio.sleep(0.01)
            assert link.problem is None


async def test_messages_that_the_broker_never_releases_are_held_in_bounded_memory():
    """With QoS 2 a message waits for its release: 65,535 of them would take eight gigabytes."""
    topic, wishes = COMMAND.encode(), []
    with rogue_broker() as broker:
        async with linked(broker.port, wishes) as link:
            broker.heard.clear()
            for number in range(1, 101):
                body = len(topic).to_bytes(2) + topic + number.to_bytes(2) + b"\0on"
                broker.say(packet(0x34, body))
            await until_on_loop(lambda: b"\x50\x02\x00\x64" in broker.heard, "taken", WITHIN_S)
            assert len(link._session.client._in_messages) == MOST_UNRELEASED
            broker.say(packet(0x62, b"\x00\x01"))
            await until_on_loop(lambda: wishes == [True], "one is released", WITHIN_S)
            broker.say(packet(0x34, len(topic).to_bytes(2) + topic + b"\x00\xc8\0off"))
            broker.say(packet(0x62, b"\x00\xc8"))
            await until_on_loop(lambda: wishes == [True, False], "and the next", WITHIN_S)
            assert link.problem is None


async def test_a_broker_that_reads_nothing_and_goes_on_sending_is_left(monkeypatch):
    """Else its acknowledgements would pile up."""
    with rogue_broker() as broker:
        async with linked(broker.port) as link:
            monkeypatch.setattr(mqtt_reader, "MOST_UNSENT", -1)
            broker.say(publish(COMMAND.encode(), b"on", 9))
            await until_on_loop(lambda: link.problem is not None, "left", WITHIN_S)
            assert link.problem == "the broker sent what is no MQTT"
            monkeypatch.undo()
            await until_on_loop(lambda: link.problem is None, "connected again", WITHIN_S)
            assert broker.connects == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OLDER_REFUSAL, "does not speak MQTT 5"),
        (packet(0x20, b"\x00\x84\x00"), "does not speak MQTT 5"),
        (packet(0x20, b"\x00\x87\x00"), "Not authorized"),
        (packet(0x20, b"\x00\x86" + packet(0, b"\x1f" + text("\ufeff"))[1:]), "password"),
        (packet(0x20, b"\x00\x05"), "Not authorized"),
        (packet(0x20, b"\x00\xee\x00"), "Unspecified error"),
    ],
)
async def test_the_reason_of_a_refusal_is_what_is_told(answer, said):
    with rogue_broker(answer) as broker:
        settings = mqtt_settings("home1", port=broker.port)
        loop = asyncio.get_running_loop()
        link = MqttLink(settings, loop, lambda _: None, lambda _: None, None)
        with contextlib.closing(link):
            link.start()
            await until_on_loop(lambda: said in str(link.problem), "told", WITHIN_S)
            # It stays told, also while the connection that was refused ends.
            broker.cut()
            connects = broker.connects
            await until_on_loop(lambda: broker.connects > connects, "tried again", WITHIN_S)
            assert said in str(link.problem)
        with pytest.raises(BrokerUnavailable, match=said):
            await asyncio.to_thread(read_retained, settings, [], 1.0)


async def test_a_broker_that_ends_the_connection_without_an_answer_may_need_mqtt_5():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        settings = mqtt_settings("home1", port=server.getsockname()[1])
        with pytest.raises(BrokerUnavailable, match="MQTT 5"):
            await asyncio.to_thread(read_retained, settings, [], 1.0)


@pytest.mark.failure(
    part="broker",
    failure="it takes the connection and is gone while the node is busy",
    person="the fault says that it is away",
)
async def test_a_connection_that_was_lost_while_the_loop_was_busy_is_told_as_lost():
    with rogue_broker() as broker:
        settings = mqtt_settings("home1", port=broker.port)
        loop = asyncio.get_running_loop()
        link = MqttLink(settings, loop, lambda _: None, lambda _: None, None)
        link.start()
        while not broker.heard:  # busy: the loop does not run meanwhile
            pass
        broker.close()
        link._session.client._thread.join(1.0)
        await until_on_loop(lambda: link.problem is not None, "told as away", WITHIN_S)
        await asyncio.sleep(0.2)
        assert link.problem is not None
        link.close()


async def test_a_goodbye_to_a_broker_that_has_just_gone_raises_nothing(monkeypatch):
    with rogue_broker() as broker:
        async with linked(broker.port) as link:
            monkeypatch.setattr(
                "paho.mqtt.client.MQTTMessageInfo.wait_for_publish",
                lambda *_, **__: (_ for _ in ()).throw(RuntimeError("no connection")),
            )
            link.close()
            link.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_thread_that_has_ended_is_told_and_replaced(broker, monkeypatch):
    monkeypatch.setattr("node.links.broker.session.WATCH_EVERY_S", 0.1)
    wishes = []
    async with linked(broker.port, wishes) as link:
        client = link._session.client
        first = client._thread

        def end(*_):
            raise SystemExit

        client.on_message = end
        neighbour = Client(CallbackAPIVersion.VERSION2, protocol=5)
        neighbour.connect("127.0.0.1", broker.port)
        neighbour.publish(COMMAND, "on", 1)
        neighbour.loop_start()
        await until_on_loop(lambda: link.problem is not None, "told", WITHIN_S)
        client.on_message = link._session._on_message
        await until_on_loop(lambda: link.problem is None, "it is back", WITHIN_S)
        assert client._thread is not first
        neighbour.disconnect()
        neighbour.loop_stop()


async def test_a_fault_in_the_client_itself_ends_no_conversation(broker, monkeypatch):
    async with linked(broker.port) as link:
        client = link._session.client
        once = iter([1])
        inner = client._packet_handle

        def stumble():
            if next(once, None):
                raise AttributeError("a fault of paho's")
            return inner()

        monkeypatch.setattr(client, "_packet_handle", stumble)
        client.subscribe("a", 1)
        await until_on_loop(lambda: "stumbled" in str(link.problem), "told", WITHIN_S)
        await until_on_loop(lambda: link.problem is None, "it is back", WITHIN_S)


async def test_after_protocol_errors_in_a_row_the_session_is_begun_anew():
    with rogue_broker() as broker:
        async with linked(broker.port) as link:
            client = link._session.client
            for turn in range(mqtt_client.MOST_PROTOCOL_ERRORS):
                await until_on_loop(
                    lambda turn=turn: broker.connects > turn and link.problem is None,
                    "connected",
                    WITHIN_S,
                )
                assert not client._mqttv5_first_connect
                broker.say(b"\xf7\x00")
                await until_on_loop(lambda: link.problem is not None, "an error", WITHIN_S)
            begun = []
            send = client._send_connect
            client._send_connect = lambda keepalive: (
                begun.append(client._mqttv5_first_connect),
                send(keepalive),
            )[1]
            await until_on_loop(lambda: True in begun, "a clean session", WITHIN_S)


async def test_two_clients_of_one_id_are_told_so_and_pause_ever_longer(broker):
    settings = mqtt_settings("home1", port=broker.port, client_id="same")
    loop = asyncio.get_running_loop()
    links = [MqttLink(settings, loop, lambda _: None, lambda _: None, None) for _ in range(2)]
    for link in links:
        link.start()
    said = set()

    def is_named():
        said.update(str(link.problem) for link in links)
        return any("another client have the id same" in word for word in said)

    await until_on_loop(is_named, "named", WITHIN_S)
    await until_on_loop(
        lambda: max(link._session.client._pause_s for link in links) >= 4, "pauses", WITHIN_S
    )
    for link in links:
        link.close()


async def test_a_broker_that_acknowledges_nothing_makes_no_memory_grow():
    with rogue_broker() as broker:
        async with linked(broker.port) as link:
            for number in range(5000):
                link.publish(f"value{number % 300}", str(number))
            await asyncio.sleep(0)
            assert len(link._session.client._out_messages) <= 300
            root = link._session._settings.root
            assert link._session._newest[f"{root}/value299"] == "4799"


async def test_a_flood_of_commands_is_heard_ten_times_a_second_and_ends_with_the_last(broker):
    wishes = []
    async with linked(broker.port, wishes):
        neighbour = Client(CallbackAPIVersion.VERSION2, protocol=5)
        neighbour.connect("127.0.0.1", broker.port)
        neighbour.loop_start()
        for number in range(2000):
            neighbour.publish(COMMAND, "on" if number % 2 else "off", 0)
        neighbour.publish(COMMAND, "off", 1).wait_for_publish(WITHIN_S)
        neighbour.publish(COMMAND, "on", 1).wait_for_publish(WITHIN_S)
        await until_on_loop(lambda: wishes and wishes[-1], "the last", WITHIN_S)
        heard = 0
        while heard != len(wishes):
            heard = len(wishes)
            await asyncio.sleep(QUIET_S)
        assert wishes[-1] is True
        assert len(wishes) < 1000
        neighbour.disconnect()
        neighbour.loop_stop()


def test_the_client_names_a_host_that_cannot_be_looked_up():
    settings = mqtt_settings("home1", host="a" * 70 + ".b", port=free_port())
    with pytest.raises(BrokerUnavailable, match="aaa"):
        read_retained(settings, [], 1.0)


def test_nobody_there_is_told_with_the_place():
    settings = mqtt_settings("home1", port=free_port())
    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:\d+: .*refused"):
        read_retained(settings, [], 1.0)
