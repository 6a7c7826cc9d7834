"""The broker that the installer sets up: nobody without a password, and each below its own name."""

import re
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from install import broker_rules
from node.core.records import MeterName
from node.home.numbers import NUMBERS
from node.home.outward.homeassistant import ENTITIES
from node.home.snapshot import VALUES
from node.links.broker.home import RECEIPT_PLACES
from node.links.broker.once import read_retained
from node.parameters import load
from tests.factories.mqtt import mqtt_settings
from tests.install.test_functions import sourced
from tests.parts.installed_broker import InstalledBroker as Broker
from tests.parts.waiting import until


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.chdir(tmp_path)
    broker = Broker(tmp_path / "root", "community: street\nrelay:\n  # its own\n  name: board\n")
    yield broker
    broker.close()


def test_nobody_comes_in_without_a_password(broker: Broker) -> None:
    assert broker.answer(None, "") == "Not authorized"
    assert broker.answer("peerwatt-relay", "guessed") == "Not authorized"
    for role in ("node", "relay", "utility"):
        assert broker.answer(f"peerwatt-{role}", broker.password(role)) == "Success"
    assert broker.answer("peerwatt-node", broker.password("relay")) == "Not authorized"


def test_users_and_rules_are_written_once(broker: Broker) -> None:
    assert {line.split()[0] for line in broker.said.splitlines()} == {"done"}
    assert {line.split()[0] for line in broker.again.splitlines()} == {"already"}
    sealed = (broker.root / "etc/mosquitto/peerwatt.passwd").read_text()
    assert [line.split(":")[0] for line in sealed.splitlines()] == [
        "peerwatt-utility",
        "peerwatt-relay",
        "peerwatt-node",
    ]
    for role in ("node", "relay", "utility"):
        file = broker.root / f"etc/peerwatt/mqtt.password.{role}"
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text() == f"{broker.password(role)}\npeerwatt-{role}\n"
        assert broker.password(role) not in sealed


def test_a_home_writes_below_its_own_name_and_commands_relays_alone(broker: Broker) -> None:
    password = broker.add("home1")
    mine = [f"peerwatt/street/home1/{topic}" for topic in broker_rules.HOME_WRITES]
    allowed = [*mine, "peerwatt/street/board/command"]
    foreign = [
        "peerwatt/street/home2/state",
        "peerwatt/street/home2/command/own_source",
        "peerwatt/street/home1/command/own_source",
        "peerwatt/street/board/state",
        "peerwatt/street/utility/pairing/0x11",
        "elsewhere",
    ]
    # Of such there would be no end, and the broker keeps what is retained.
    endless = [
        "peerwatt/street2/home1/state",
        "peerwatt/street/other/command",
        "peerwatt/street/home1/anything",
        "peerwatt/street/home1/state/more",
        "peerwatt/street/home1/receipt/8",
        "peerwatt/street/home1/receipt/0x11/7",
        "peerwatt/street/home1/measurement/soc",
    ]

    assert broker.may_write("home1", password, [*allowed, *foreign, *endless]) == allowed


def test_a_home_hears_what_it_needs_and_no_neighbours_measurements(broker: Broker) -> None:
    password = broker.add("home1")
    said = {
        "peerwatt/street/home2/state": "node",
        "peerwatt/street/home2/measurement/soc_pct": "node",
        "peerwatt/street/home2/reading/load": "node",
        "peerwatt/street/utility/state": "utility",
        "peerwatt/street/home2/receipt/7": "node",
        "peerwatt/street/utility/pairing/0x11": "utility",
        "peerwatt/street/utility/pairing": "utility",
        "peerwatt/street/utility/availability": "utility",
        "peerwatt/street/board/state": "relay",
    }

    assert broker.hears("home1", password, said) == list(said)[4:]


def test_a_persons_program_reads_and_commands_its_home_alone(broker: Broker) -> None:
    password = broker.add("hass", "home1")
    said = {
        "peerwatt/street/home2/state": "node",
        "peerwatt/street/home1/measurement/soc_pct": "node",
        "peerwatt/street/home1/state": "node",
    }

    assert broker.hears("hass", password, said) == list(said)[1:]
    command = "peerwatt/street/home1/command/own_source"
    numbers = [f"peerwatt/street/home1/command/{number.name}" for number in NUMBERS]
    foreign = [topic.replace("home1", "home2") for topic in (command, *numbers)]
    unknown = ["peerwatt/street/home1/state", "peerwatt/street/home1/command/any"]
    topics = [command, *numbers, *foreign, *unknown]
    assert broker.may_write("hass", password, topics) == [command, *numbers]


def test_home_assistant_reads_its_home_and_the_communitys_totals_and_commands_it(
    broker: Broker,
) -> None:
    password = broker.add("hass", "home1", as_home_assistant=True)
    said = {
        "peerwatt/street/home2/state": "node",
        "homeassistant/device/home2/street/config": "node",
        "peerwatt/street/home2/measurement/soc_pct": "node",
        "homeassistant/device/home1/street/config": "node",
        "peerwatt/street/home1/measurement/soc_pct": "node",
        "peerwatt/street/utility/state": "utility",
        "peerwatt/street/utility/tariff": "utility",
        "peerwatt/street/home1/state": "node",
    }
    topics = [
        "peerwatt/street/home1/command/own_source",
        "homeassistant/status",
        "peerwatt/street/home1/state",
        "peerwatt/street/home2/command/own_source",
        "homeassistant/device/home1/street/config",
    ]

    assert broker.hears("hass", password, said) == list(said)[3:]
    assert broker.may_write("hass", password, topics) == topics[:2]


def test_a_home_tells_home_assistant_of_itself_alone(broker: Broker) -> None:
    password = broker.add("home1")
    topics = [
        "homeassistant/device/home1/street/config",
        "homeassistant/device/home1/other/config",
        "homeassistant/device/home2/street/config",
        "homeassistant/sensor/home1/street/config",
        "homeassistant/status",
    ]

    assert broker.may_write("home1", password, topics) == topics[:1]


def test_nobody_takes_over_anothers_connection_by_its_client_id(broker: Broker) -> None:
    """Any user ended any other's connection, and had its session."""
    first, second = broker.add("home1"), broker.add("home2")
    ended: list[object] = []
    clients = []
    for user, password in (("home1", first), ("home2", second)):
        client = Client(CallbackAPIVersion.VERSION2, client_id="peerwatt-street-home1", protocol=5)
        client.username_pw_set(user, password)
        client.on_disconnect = lambda *_: ended.append(1)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        until(client.is_connected, "connected")
        clients.append(client)
    broker.publishes("home2", second, "peerwatt/street/home2/state")
    assert clients[0].is_connected()
    for client in clients:
        client.disconnect()
        client.loop_stop()


def test_a_message_beyond_the_bound_is_not_taken(broker: Broker) -> None:
    password = broker.add("home1")
    answers: list[str] = []
    heard: list[int] = []
    reader = broker.client("peerwatt-node", broker.password("node"), answers)
    until(lambda: answers == ["Success"], "let in")
    reader.on_message = lambda _c, _u, message: heard.append(len(message.payload))
    reader.subscribe("peerwatt/street/home1/state", 1)
    writer = broker.client("home1", password, answers)
    until(lambda: len(answers) == 2, "let in")
    writer.publish("peerwatt/street/home1/state", bytes(200_000), 0, True)
    until(lambda: len(answers) == 3, "it was put out, and is back")
    writer.publish("peerwatt/street/home1/state", b"x" * 100_000, 1, True)
    until(lambda: heard, "heard")
    for client in (reader, writer):
        client.disconnect()
        client.loop_stop()

    assert heard == [100_000]


def test_tls_is_there_and_the_printed_certificate_is_all_that_a_home_needs(broker: Broker) -> None:
    said = broker.command("broker-user home1")
    broker.process.send_signal(1)
    certificate = re.search(r"-----BEGIN CERT.*END CERTIFICATE-----\n", said, re.DOTALL)
    assert certificate is not None
    assert re.search(r"^mqtt.user: home1$", said, re.MULTILINE)
    assert re.search(r"^mqtt.port: 8883$", said, re.MULTILINE)
    file = broker.root / "ca.crt"
    file.write_text(certificate[0])
    context = ssl.create_default_context(cafile=str(file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("localhost", "127.0.0.1"):
        with (
            socket.create_connection(("127.0.0.1", broker.tls_port), 10) as link,
            context.wrap_socket(link, server_hostname=name) as sealed,
        ):
            assert sealed.version() in ("TLSv1.2", "TLSv1.3")
    settings = mqtt_settings(
        "home1", port=broker.tls_port, user="home1", password=said.split()[-1], ca_file=file
    )
    assert read_retained(settings, (), 0.0) == {}


def test_plain_port_stays_until_the_person_says_so_and_check_tells(broker: Broker) -> None:
    conf = broker.root / "etc/mosquitto/conf.d/peerwatt.conf"
    assert "port 1883 takes passwords and readings in the open" in broker.command("check")

    broker.command("broker --tls-only")
    broker.command("broker-user home1")
    assert "\nlistener 1883 127.0.0.1\n" in conf.read_text()
    assert "in the open" not in broker.command("check")
    broker.command("broker --with-plain")
    assert "\nlistener 1883\n" in conf.read_text()


def test_rules_follow_the_names_of_the_parameters(broker: Broker) -> None:
    parameters = broker.root / "etc/peerwatt/parameters.yml"
    parameters.write_text(
        "# name: not this\ncommunity: 'lane'\nnode:\n  name: home1\nrelay:\n"
        "  board: mock\n  name: hub # ours\nutility:\n  name: office\n  relays: [hub, barn]\n"
    )
    assert "its rules are for other names" in broker.command("check")
    broker.command("broker")
    rules = (broker.root / "etc/mosquitto/peerwatt.acl").read_text()

    assert "pattern write peerwatt/lane/%u/state\n" in rules
    written = re.findall(r"^pattern write peerwatt/lane/(\w+)/command$", rules, re.MULTILINE)
    assert written == ["hub", "barn"]
    assert "street" not in rules
    assert "other names" not in broker.command("check")


@pytest.mark.parametrize(
    "text",
    [
        "community: lane\nrelay:\n  name: hub\nutility:\n  relays:\n  - hub\n  - barn\n",
        "{community: lane, relay: {name: hub}, utility: {relays: [hub, barn]}}\n",
        "'community' : lane\n\"relay\":\n  'name' : hub\nutility: {relays: [barn]}\n",
        "community: &c lane\nrelay: {name: &r hub}\nutility: {relays: [*r, barn]}\n",
        "community:\n  lane\nrelay:\n          name: hub\nutility:\n  relays: ['barn']\n",
    ],
    ids=["a list in lines", "in braces", "keys in quotes", "anchors", "values below"],
)
def test_names_are_those_that_the_programs_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text(text)

    assert broker_rules.names(file) == ("lane", ["hub", "barn"])


@pytest.mark.parametrize("utility", ["", "utility: {}\n", "utility: {relays: null}\n"])
def test_without_other_relays_the_names_are_those_of_the_own_one(
    tmp_path: Path, utility: str
) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text(f"community: lane\nrelay: {{name: hub}}\n{utility}")
    assert load(file).community == "lane", "it is a file that loads"

    assert broker_rules.names(file) == ("lane", ["hub"])


def test_names_of_a_file_that_is_refused_are_those_of_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "parameters.yml"
    file.write_text("community: lane\nrelay:\n  name: hub\n  nam: odd\n")

    assert broker_rules.names(file) == ("lane", ["hub"])
    assert broker_rules.names(tmp_path / "none") == ("street", ["relay"])


def test_the_program_of_the_installation_reads_the_names(tmp_path: Path) -> None:
    own = tmp_path / "opt/peerwatt/current/bin/python"
    assert sourced(tmp_path, "python_of_program") == "python3\n"
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)

    assert sourced(tmp_path, "python_of_program") == f"{own}\n"


@pytest.mark.parametrize("name", ["home.", "home1:x", "a b", "#", "+", "", "x" * 65])
def test_a_name_that_is_none_is_refused_and_nobody_is_touched(broker: Broker, name: str) -> None:
    """`broker-user home.` deleted home1 and home2, as a pattern."""
    broker.add("home1")
    before = (broker.root / "etc/mosquitto/peerwatt.passwd").read_text()
    refused = sourced(
        broker.root,
        f"PEERWATT_ROOT=$ROOT \"$SOURCE/install/peerwatt\" broker-user '{name}' 2>&1 || echo no",
    )

    assert "is no name" in refused
    assert refused.endswith("no\n")
    assert (broker.root / "etc/mosquitto/peerwatt.passwd").read_text() == before


def test_every_topic_that_a_home_publishes_has_its_rule() -> None:
    names = {f"measurement/{value.name}" for value in VALUES}
    written = {topic for topic in broker_rules.HOME_WRITES if topic.startswith("measurement/")}
    assert names == written
    names |= {entity.config["state_topic"] for entity in ENTITIES}
    names |= {f"reading/{name.value}" for name in MeterName}
    names |= {f"receipt/{place}" for place in range(RECEIPT_PLACES)}

    assert names <= set(broker_rules.HOME_WRITES)


def test_a_broker_of_somebodys_is_left_as_it_is(tmp_path: Path) -> None:
    theirs = tmp_path / "etc/mosquitto/conf.d/mine.conf"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("listener 1883 0.0.0.0\n")
    said = sourced(tmp_path, "configure_broker; tell_what_is_left")

    assert said.startswith("note")
    assert "Give Peerwatt a user at your broker" in said
    assert list(theirs.parent.iterdir()) == [theirs]


def test_a_utility_of_another_host_may_tell_pairings_and_nobody_elses_state(broker: Broker) -> None:
    sourced(
        broker.root,
        'PEERWATT_ROOT=$ROOT "$SOURCE/install/peerwatt" broker-user office --as utility > said',
    )
    password = Path("said").read_text().split()[-1]
    broker.process.send_signal(1)
    until(lambda: broker.answer("office", password) == "Success", "the new user is known")
    topics = [
        "peerwatt/street/office/pairing/0x11",
        "peerwatt/street/office/pairing",
        "peerwatt/street/board/command",
        "peerwatt/street/home1/reading/load",
        "peerwatt/street/home1/command/own_source",
    ]

    assert broker.may_write("office", password, topics) == topics[:3]
