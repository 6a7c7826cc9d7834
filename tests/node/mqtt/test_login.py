"""What a program says to the broker: its own file's user and password before the host's."""

from pathlib import Path

import pytest

from node.mqtt.login import Login, broker_login
from node.parameters import parse
from node.settings import mqtt_settings
from node.utility.settings import utility_mqtt_settings

PROGRAMS = ("node", "relay", "utility")


def test_without_a_file_there_is_a_user_at_most() -> None:
    assert broker_login("node", None, None) == Login(user=None, password=None)
    assert broker_login("node", "home1", None) == Login(user="home1", password=None)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_without_a_file_of_its_own_uses_the_hosts(tmp_path: Path, program: str) -> None:
    file = tmp_path / "mqtt.password"
    file.write_text("secret \r\nnobody\n")
    (tmp_path / "mqtt.password.another").write_text("other\n")

    assert broker_login(program, "home1", file) == Login(user="home1", password="secret ")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_programs_own_file_is_its_alone(tmp_path: Path, program: str) -> None:
    """The host's need not even be there."""
    file = tmp_path / "mqtt.password"
    for each in PROGRAMS:
        (tmp_path / f"mqtt.password.{each}").write_text(f"secret of {each}\npeerwatt-{each}\n")

    assert broker_login(program, "peerwatt", file) == Login(
        user=f"peerwatt-{program}", password=f"secret of {program}"
    )


def test_a_programs_own_file_without_a_user_keeps_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "mqtt.password.node").write_text("secret\n\n")

    assert broker_login("node", "home1", tmp_path / "mqtt.password") == Login(
        user="home1", password="secret"
    )


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mqtt.password"
    with pytest.raises(OSError, match=r"mqtt\.password"):
        broker_login("node", "home1", file)
    file.write_bytes(b"\x80\x81")
    with pytest.raises(OSError, match="not text"):
        broker_login("node", "home1", file)


def test_node_and_utility_of_one_host_are_two_at_the_broker(tmp_path: Path) -> None:
    for program in PROGRAMS:
        (tmp_path / f"pw.{program}").write_text(f"{program}'s\nuser-{program}\n")
    mqtt = f"mqtt: {{host: broker, user: host, password_file: {tmp_path}/pw}}\n"
    parameters = parse(f"{mqtt}utility: {{name: grid}}\n", "parameters.yml")
    node = mqtt_settings(parameters, "home1", None, birth=1)
    utility = utility_mqtt_settings(parameters, None, birth=1)

    assert node is not None
    assert utility is not None
    assert (node.user, node.password) == ("user-node", "node's")
    assert (utility.user, utility.password) == ("user-utility", "utility's")
    assert "secret" not in repr(Login(user="home1", password="secret"))
