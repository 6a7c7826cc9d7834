"""The relay at every kind of broker: what is said there is done, or refused, as over TCP."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from paho.mqtt.client import Client

from tests.factories.relay_keys import (
    BUYER,
    SELLER,
    STRANGER,
    consent_line,
    hold_line,
    receipt,
)
from tests.parts.other_brokers import BROKERS, StreetBroker, Way
from tests.parts.relay_host import WIRED, RelayHost, running_relay
from tests.parts.relay_listener import TOPIC, Listener
from tests.parts.waiting import until

SEQUENCES = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A relay at a broker, with two homes and a stranger there."""

    broker: StreetBroker
    host: RelayHost
    buyer: Listener
    seller: Listener
    stranger: Listener


@pytest.fixture(scope="module", params=BROKERS)
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    # Rules are written by a script that names its folder from where it stands.
    folder, relay = tmp_path_factory.mktemp("broker"), tmp_path_factory.mktemp("relay")
    with (
        BROKERS[request.param](folder) as broker,
        running_relay(relay, WIRED, parameters(broker.of_relay, relay)) as host,
    ):
        people = [Listener(broker.of_home(name)) for name in ("home1", "home2", "home9")]
        buyer, seller, stranger = people
        until(lambda: all(one.is_online() for one in people), "the relay is there")
        yield Street(broker=broker, host=host, buyer=buyer, seller=seller, stranger=stranger)
        for one in people:
            one.close()


def parameters(way: Way, folder: Path) -> str:
    """Write how the relay reaches its broker."""
    words = [f"host: 127.0.0.1, port: {way.port}"]
    if way.password is not None:
        secret = folder / "password"
        secret.touch(0o600)
        secret.write_text(way.password)
        words.append(f"user: {way.user}, password_file: {secret}, ca_file: {way.ca_file}")
    return f"mqtt: {{{', '.join(words)}}}"


def reply_to(listener: Listener, account: str, sequence: int) -> str:
    """Wait for the answer to a line of an account, and give its name."""
    topic = f"reply/{account}"
    until(lambda: listener.last(topic).get("sequence") == sequence, f"an answer to {sequence}")
    return str(listener.last(topic)["reply"])


def consents(street: Street, consent_s: float = 60) -> str:
    """Let the seller consent over its broker; give the answer."""
    sequence = next(SEQUENCES)
    line = consent_line(SELLER, street.seller.boot(), sequence, 0, consent_s=consent_s)
    street.seller.command(line)
    return reply_to(street.seller, SELLER.account, sequence)


def holds(street: Street, *channels: int, drawn_milliwh: int = 0) -> str:
    """Let the buyer hold contacts over its broker, or none; give the answer."""
    sequence = next(SEQUENCES)
    receipts = (receipt(drawn_milliwh),) if drawn_milliwh else ()
    boot = street.buyer.boot()
    street.buyer.command(hold_line(BUYER, boot, sequence, channels, 120, receipts))
    return reply_to(street.buyer, BUYER.account, sequence)


def test_contacts_move_receipts_arrive_and_the_other_wire_tells_the_same(street: Street) -> None:
    assert holds(street, 0, 1) == "NoConsent"
    assert consents(street) == "ok"
    assert holds(street, 0, 1, drawn_milliwh=700) == "ok"
    until(lambda: street.seller.closed() == [0, 1], "the seller hears of it")
    assert street.host.ancestor(b"ReadDATA|0,1") == b"{0: True, 1: True}"
    assert consents(street) == "ok"
    (newest,) = street.seller.last(f"reply/{SELLER.account}")["receipts"]
    assert newest["drawn_milliwh"] == 700

    assert holds(street) == "ok"
    until(lambda: street.buyer.closed() == [], "open again")
    assert consents(street, consent_s=0) == "ok"
    assert holds(street, 0, 1) == "NoConsent"


def test_a_strangers_command_is_refused_and_logged_by_name(street: Street) -> None:
    assert consents(street) == "ok"
    assert holds(street, 0, 1) == "ok"
    until(lambda: street.buyer.closed() == [0, 1], "closed")
    sequence = next(SEQUENCES)
    street.stranger.command(hold_line(STRANGER, street.stranger.boot(), sequence, ()))

    assert reply_to(street.stranger, STRANGER.account, sequence) == "NotHolder"
    assert street.host.ancestor(b"ReadDATA|0,1") == b"{0: True, 1: True}"
    told = f"hold of {STRANGER.account} is refused, NotHolder"
    until(lambda: told in street.host.log.read_text(), "it is in the relay's log")
    assert holds(street) == "ok"


def test_a_command_that_the_broker_keeps_is_refused_by_a_relay_that_starts(street: Street) -> None:
    sequence = next(SEQUENCES)
    line = consent_line(SELLER, street.seller.boot(), sequence, 0)
    street.seller.command(line, retain=True)
    assert reply_to(street.seller, SELLER.account, sequence) == "ok"
    before = street.seller.boot()
    street.host.process.terminate()
    street.host.process.wait()
    street.host.restart()
    until(lambda: street.seller.boot() != before, "the relay's next life is heard of")

    until(lambda: street.seller.last(f"reply/{SELLER.account}").get("reply") == "Retained")
    until(lambda: f"{SELLER.account} is refused, Retained" in street.host.log.read_text(), "logged")
    assert holds(street, 0, 1) == "NoConsent"
    street.seller.client.publish(f"{TOPIC}/command", b"", 1, True).wait_for_publish(5)


def test_a_broker_that_restarts_is_found_again(street: Street) -> None:
    birth = street.buyer.last("availability")["birth"]
    street.broker.restart()
    until(lambda: street.buyer.last("availability").get("birth", 0) > birth, "born again")
    until(street.buyer.is_online, "online again")

    assert consents(street) == "ok"
    assert holds(street, 0, 1) == "ok"
    late = Listener(street.broker.of_home("home4"))
    until(lambda: late.closed() == [0, 1], "who comes late hears of it")
    late.close()
    assert holds(street) == "ok"


def test_a_member_of_the_street_cannot_speak_for_the_relay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the broker has rules: its word for the refusal, and nobody hears of it."""
    monkeypatch.chdir(tmp_path)
    with BROKERS["with TLS and rules"](tmp_path / "broker") as broker:
        listener, stranger = Listener(broker.of_home("home1")), Listener(broker.of_home("home9"))
        answers: list[str] = []

        def answered(_c: Client, _u: object, _m: int, reason: object, _p: object) -> None:
            answers.append(str(reason))

        stranger.client.on_publish = answered
        stranger.client.publish(f"{TOPIC}/state", b'{"state": {}}', 1, True)
        until(lambda: answers, "the broker's answer")
        for one in (listener, stranger):
            one.close()

    assert answers == ["Not authorized"]
    assert listener.heard == []
