"""`check` logs in at the broker, tells the broker's own reason, and who else has our name."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from node.checks.broker import broker as check_broker
from node.checks.broker import login
from node.parameters import load
from tests.factories.mqtt import mqtt_settings
from tests.factories.relay_keys import BUYER, STRANGER
from tests.parts.brokers import running_broker
from tests.parts.rogue_broker import CONNACK, OLDER_REFUSAL, packet, rogue_broker
from village.tcp import free_port


def finding(tmp_path, port):
    path = tmp_path / "parameters.yml"
    path.write_text(
        f"node:\n  name: home1\n  state_directory: {tmp_path}\n"
        f"mqtt:\n  host: 127.0.0.1\n  port: {port}\n  user: home1\n"
    )
    return next(iter(check_broker(load(path), None)))


def test_a_broker_that_lets_the_user_in_is_well(tmp_path):
    with rogue_broker(CONNACK) as rogue:
        found = finding(tmp_path, rogue.port)

    assert not found.fails
    assert found.sentence == f"127.0.0.1:{rogue.port} lets home1 in"


@pytest.mark.parametrize(
    ("answer", "said", "remedy"),
    [
        (packet(0x20, b"\x00\x87\x00"), "Not authorized", "mqtt.password_file"),
        (packet(0x20, b"\x00\x89\x00"), "Server busy", "journalctl -u mosquitto"),
        (OLDER_REFUSAL, "does not speak MQTT 5", "speaks MQTT 5"),
    ],
)
def test_a_broker_that_refuses_the_user_fails_with_its_reason(tmp_path, answer, said, remedy):
    """An open port alone was told as well."""
    with rogue_broker(answer) as rogue:
        found = finding(tmp_path, rogue.port)

    assert found.fails
    assert said in found.sentence
    assert remedy in found.remedy


def test_nobody_there_fails_with_the_place(tmp_path):
    port = free_port()
    found = finding(tmp_path, port)

    assert found.fails
    assert f"127.0.0.1:{port}" in found.sentence


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    path = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(path), "home1", "right"]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return path


def test_a_wrong_password_at_the_broker_is_told_though_its_port_is_open(tmp_path, passwords):
    # A second line of the same option wins over the factory's.
    options = ("allow_anonymous false", f"password_file {passwords}")
    with running_broker(tmp_path, *options) as broker:
        home1 = mqtt_settings("home1", port=broker.port, user="home1")
        (wrong,) = login(replace(home1, password="wrong"), None)
        (none,) = login(replace(home1, user=None), None)
        (right,) = login(replace(home1, password="right"), None)

    for refused in (wrong, none):
        assert refused.fails
        assert "refuses the connection: " in refused.sentence
        assert "mqtt.user" in refused.remedy
    assert str(right) == f"well  broker: 127.0.0.1:{broker.port} lets home1 in"


@pytest.mark.parametrize("account", [BUYER.account, STRANGER.account])
def test_a_name_that_another_account_speaks_by_fails(tmp_path, account):
    with running_broker(tmp_path) as broker:
        neighbour = Client(CallbackAPIVersion.VERSION2)
        neighbour.connect("127.0.0.1", broker.port)
        neighbour.loop_start()
        state = json.dumps({"account": account})
        neighbour.publish("peerwatt/street/home1/state", state, 1, True).wait_for_publish(30.0)
        neighbour.disconnect()
        neighbour.loop_stop()

        found = list(login(mqtt_settings("home1", port=broker.port), BUYER.account))

    failing = [finding.what for finding in found if finding.fails]
    assert failing == ([] if account == BUYER.account else ["names"])
    if failing:
        assert STRANGER.account in found[1].sentence


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "No such file or directory"),
        (b"", "no certificate in PEM (text)"),
        (b"-----BEGIN nothing", "no certificate in PEM (text)"),
        (bytes(200), "no certificate in PEM (text)"),
    ],
    ids=["none", "empty", "half", "binary"],
)
def test_a_certificates_file_that_is_none_is_named(tmp_path, written, said):
    file = tmp_path / "broker.crt"
    if written is not None:
        file.write_bytes(written)
    path = tmp_path / "parameters.yml"
    path.write_text(f"mqtt: {{host: 127.0.0.1, port: 9, ca_file: {file}}}\n")

    (found,) = check_broker(load(path), None)
    assert found.sentence == f"{file}: {said}"
    assert "mqtt.ca_file" in found.remedy


def test_what_the_system_says_is_told_without_its_number(tmp_path):
    found = finding(tmp_path, port := free_port())

    assert found.sentence == f"127.0.0.1:{port}: Connection refused"
