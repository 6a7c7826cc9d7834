"""What `check` says of the broker: it logs in, and tells the broker's own reason."""

import pytest

from node.check_broker import broker as check_broker
from node.parameters import load
from tests.parts.rogue_broker import CONNACK, OLDER_REFUSAL, packet, rogue_broker
from village.tcp import free_port


def finding(tmp_path, port):
    path = tmp_path / "parameters.yml"
    path.write_text(
        f"node:\n  name: home1\n  state_directory: {tmp_path}\n"
        f"mqtt:\n  host: 127.0.0.1\n  port: {port}\n  user: home1\n"
    )
    return check_broker(load(path))


def test_a_broker_that_lets_the_user_in_is_well(tmp_path):
    with rogue_broker(CONNACK) as rogue:
        found = finding(tmp_path, rogue.port)

    assert not found.fails
    assert found.sentence == f"127.0.0.1:{rogue.port} lets home1 in"


@pytest.mark.parametrize(
    ("answer", "said", "remedy"),
    [
        (packet(0x20, b"\x00\x87\x00"), "Not authorized", "mqtt.password_file"),
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
