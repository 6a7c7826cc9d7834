"""The relay at a real broker: retained state, commands never retained, births and deaths."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.relay_keys import BUYER, SELLER, STRANGER, consent_line, hold_line
from tests.parts.brokers import Broker
from tests.parts.other_brokers import Way
from tests.parts.relay_host import WIRED, RelayHost, running_relay
from tests.parts.relay_listener import Listener
from tests.parts.waiting import until
from village.tcp import free_port


@pytest.fixture
def host(tmp_path: Path, broker: Broker) -> Iterator[RelayHost]:
    rest = f"mqtt: {{host: 127.0.0.1, port: {broker.port}}}"
    with running_relay(tmp_path, WIRED, rest) as host:
        yield host


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    listener = Listener(Way(port=broker.port))
    yield listener
    listener.close()


def test_commands_over_the_broker_move_contacts_and_are_answered(
    host: RelayHost, listener: Listener
) -> None:
    boot = listener.boot()
    until(lambda: listener.is_online())
    listener.command(consent_line(SELLER, boot, 1, 0))
    until(lambda: listener.last(f"reply/{SELLER.account}").get("reply") == "ok")
    listener.command(hold_line(BUYER, boot, 1, (0, 1), lease_s=120))
    until(lambda: listener.closed() == [0, 1])
    assert listener.last(f"reply/{BUYER.account}")["reply"] == "ok"

    listener.command(hold_line(STRANGER, boot, 1, ()))
    until(lambda: listener.last(f"reply/{STRANGER.account}").get("reply") == "NotHolder")
    assert listener.closed() == [0, 1]
    assert host.ancestor(b"ReadDATA|0,1") == b"{0: True, 1: True}"


def test_both_wires_have_one_state(host: RelayHost, listener: Listener) -> None:
    client = host.client()
    until(lambda: listener.is_online())
    client.ask(consent_line(SELLER, client.boot, 1, 0))
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1)))
    until(lambda: listener.closed() == [0, 1])
    listener.command(hold_line(BUYER, client.boot, 1, (0, 1)))
    until(lambda: listener.last(f"reply/{BUYER.account}").get("reply") == "StaleSequence")


def test_state_is_retained_and_replies_are_not(
    host: RelayHost, listener: Listener, broker: Broker
) -> None:
    listener.command(consent_line(SELLER, listener.boot(), 1, 0))
    until(lambda: listener.last(f"reply/{SELLER.account}"))
    late = Listener(Way(port=broker.port))
    until(lambda: late.last("state") and late.last("availability"))
    assert {topic for topic, _, retained in late.heard if retained} == {"state", "availability"}
    assert not late.last(f"reply/{SELLER.account}")
    late.close()


@pytest.mark.failure(
    part="broker",
    failure="a command is retained at the broker",
    person="refused when it is heard again: `Retained`",
)
def test_retained_command_is_refused(host: RelayHost, listener: Listener, broker: Broker) -> None:
    boot = listener.boot()
    until(lambda: listener.is_online())
    listener.command(consent_line(SELLER, boot, 1, 0), retain=True)
    until(lambda: listener.last(f"reply/{SELLER.account}").get("reply") == "ok")
    broker_again(broker, listener)
    listener.command(consent_line(SELLER, boot, 2, 0, consent_s=0), retain=True)
    until(lambda: listener.last(f"reply/{SELLER.account}").get("last") is None)
    host.process.kill()
    host.process.wait()
    listener.heard.clear()
    host.restart()
    until(lambda: listener.last(f"reply/{SELLER.account}").get("reply") == "Retained")


def broker_again(broker: Broker, listener: Listener) -> None:
    """The broker goes and comes back: both find it again."""
    broker.stop()
    listener.heard.clear()
    broker.start()
    until(lambda: listener.is_online() and listener.last("state"))


@pytest.mark.failure(
    part="broker",
    failure="the relay server is killed",
    person="its availability is `offline`, with its birth number",
    lasts="until it is started again",
)
def test_killed_relay_is_announced_by_its_will(host: RelayHost, listener: Listener) -> None:
    until(lambda: listener.is_online())
    birth = listener.last("availability")["birth"]
    host.process.kill()
    host.process.wait()
    until(lambda: not listener.is_online())
    assert listener.last("availability") == {"availability": "offline", "birth": birth}

    host.restart()
    until(lambda: listener.is_online())
    assert listener.last("availability")["birth"] > birth


def test_late_death_has_an_earlier_birth_number(
    host: RelayHost, listener: Listener, broker: Broker
) -> None:
    until(lambda: listener.is_online())
    birth = listener.last("availability")["birth"]
    broker_again(broker, listener)
    assert listener.last("availability")["birth"] > birth


def test_orderly_stop_says_goodbye_at_rest(host: RelayHost, listener: Listener) -> None:
    boot = listener.boot()
    until(lambda: listener.is_online())
    listener.command(consent_line(SELLER, boot, 1, 0))
    listener.command(hold_line(BUYER, boot, 1, (0, 1), lease_s=120))
    until(lambda: listener.closed() == [0, 1])
    host.process.send_signal(signal.SIGTERM)
    assert host.process.wait() == 0
    until(lambda: not listener.is_online() and listener.closed() == [])


@pytest.mark.failure(
    part="broker",
    failure="the broker hangs while a lease runs",
    contacts="rest when it ends",
)
def test_lease_ends_while_the_broker_hangs(
    host: RelayHost, listener: Listener, broker: Broker
) -> None:
    client = host.client()
    client.ask(consent_line(SELLER, client.boot, 1, 0))
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=1))
    client.until_closed([0, 1])
    os.kill(broker.pid, signal.SIGSTOP)
    begun_s = time.monotonic()
    client.until_closed([])
    os.kill(broker.pid, signal.SIGCONT)
    assert time.monotonic() - begun_s < 60


@pytest.mark.failure(
    part="broker",
    failure="the relay has no broker",
    contacts="move for TCP as ever",
)
def test_relay_serves_without_a_broker(tmp_path: Path) -> None:
    rest = f"mqtt: {{host: 127.0.0.1, port: {free_port()}}}"
    with running_relay(tmp_path, "", rest) as host:
        assert host.ancestor(b"{0: True, 1: True}") == b"True"


@pytest.mark.failure(
    part="file",
    failure="the relay's broker password cannot be read",
    contacts="move for TCP as ever",
    person="`MQTT stays off` in the log",
)
def test_unreadable_password_turns_mqtt_off_only(tmp_path: Path) -> None:
    rest = "mqtt: {host: 127.0.0.1, user: relay, password_file: /nowhere/at/all}"
    with running_relay(tmp_path, "", rest) as host:
        assert host.ancestor(b"{0: True, 1: True}") == b"True"
        until(lambda: "MQTT stays off" in host.log.read_text())


@pytest.mark.failure(
    part="broker",
    failure="a contact does not close, at a relay with a broker",
    contacts="asked open",
    person="on the state topic: `channel 0 is stuck open: told to close, it did not conduct`",
)
def test_stuck_contact_is_told_on_the_state_topic(tmp_path: Path, broker: Broker) -> None:
    """Nothing is wired to the feedback pins of the mock board: no contact is seen to close."""
    relay = "  feedback_pins: [5, 6]\n  min_change_s: 0\n"
    mqtt = f"mqtt: {{host: 127.0.0.1, port: {broker.port}}}"
    with running_relay(tmp_path, relay, mqtt) as host:
        host.ancestor(b"{0: True, 1: True}")
        late = Listener(Way(port=broker.port))
        told = until(lambda: stuck(late))
        assert told[0] == "channel 0 is stuck open: told to close, it did not conduct"
        until(lambda: late.closed() == [])
        late.close()


def stuck(listener: Listener) -> list[str]:
    contacts = listener.last("state").get("state", {}).get("contacts", [])
    return [contact["stuck"] for contact in contacts if contact["stuck"]]
