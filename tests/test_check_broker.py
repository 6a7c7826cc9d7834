"""`check` logs in at the broker as the program does, and says who else speaks by its name."""

import json
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from node.check_broker import login
from tests.factories.mqtt import mqtt_settings
from tests.factories.relay_keys import BUYER, STRANGER
from tests.parts.brokers import running_broker


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    path = tmp_path / "passwords"
    command = ["mosquitto_passwd", "-c", "-b", str(path), "home1", "right"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
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
        assert f"127.0.0.1:{broker.port} refuses this login: " in refused.sentence
        assert "mqtt.user" in refused.remedy
    assert str(right) == f"well  broker: 127.0.0.1:{broker.port} takes the user home1"


def test_a_port_that_answers_no_login_has_its_sentence():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        (finding,) = login(mqtt_settings("home1", port=port), None)

    assert finding.fails
    assert finding.sentence == f"127.0.0.1:{port} takes the connection and answers no login"


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
