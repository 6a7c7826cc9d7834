"""The parameters file, read in a process of its own."""

from pathlib import Path

import pytest

from node.core.errors import ConfigError
from node.parameters import parse
from relay_server.loading import EXIT_CONFIG, Loading, settings_from
from relay_server.settings import ensure_sound
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER
from tests.worlds.relay_world import settings

WIRED = f"""
community: street7
relay:
  name: relay1
  listen: 127.0.0.1
  port: 15556
  board: mock
  pins: [5, 6, 13, 19]
  active_high: false
  state_directory: /tmp/relay
  dead_time_s: 0.2
  feedback_pins: [null, 20]
  feedback_active_high: true
  settle_s: 0.4
  ancestor_lease_s: 0
  loads:
    home1: {{nominal_v: 12, rated_current_a: 5}}
  sources:
    home2: {{nominal_v: 12.8, rated_current_a: 8, max_loads: 2}}
  connections:
    - load: home1
      source: home2
      channels: [1, 0]
      holder: "{BUYER.account.lower()}"
      consents: ["{SELLER.account}", "{OTHER_BUYER.account}"]
mqtt: {{host: broker, user: relay, password_file: /run/pw}}
"""


def test_settings_are_what_the_file_says() -> None:
    settings = settings_from(parse(WIRED, "parameters.yml"))

    assert (settings.relay, settings.community) == ("relay1", "street7")
    assert (settings.host, settings.port) == ("127.0.0.1", 15556)
    assert settings.board.pins == (5, 6, 13, 19)
    assert not settings.board.active_high
    assert settings.board.feedback_pins == (None, 20)
    assert settings.board.feedback_active_high
    assert settings.settle_s == 0.4
    assert (settings.dead_time_s, settings.ancestor_lease_s) == (0.2, 0)
    assert settings.trusted_clients == ()
    assert (settings.closings_per_hour, settings.nonce_s) == (20, 10)
    (connection,) = settings.wiring.connections
    assert connection.holder == BUYER.account
    assert connection.consents == (SELLER.account, OTHER_BUYER.account)
    assert settings.wiring.sources[0].max_loads == 2
    assert settings.wiring.sources[0].max_current_a == 8
    assert settings.mqtt is not None
    assert settings.mqtt.client_id == "peerwatt-street7-relay1"


def test_empty_file_is_the_ancestors_board() -> None:
    settings = settings_from(parse("", "parameters.yml"))

    assert settings.board.pins == (17, 18, 27, 22)
    assert (settings.host, settings.port) == ("0.0.0.0", 15555)
    assert [c.channels for c in settings.wiring.connections] == [(0, 1), (2, 3)]
    assert [c.holder for c in settings.wiring.connections] == [None, None]
    assert settings.mqtt is None
    assert settings.board.feedback_pins == ()


def test_settings_come_from_the_other_process(tmp_path: Path) -> None:
    path = tmp_path / "parameters.yml"
    path.write_text(WIRED)
    assert Loading(path).wait() == settings_from(parse(WIRED, "parameters.yml"))


@pytest.mark.parametrize("pins", [(1, 1), (None, 17), (1, 2, 3, 4, 7)])
def test_feedback_pins_are_distinct_free_and_no_more_than_channels(
    tmp_path: Path, pins: tuple[int | None, ...]
) -> None:
    with pytest.raises(ConfigError, match=r"relay\.feedback_pins"):
        ensure_sound(settings(tmp_path, feedback_pins=pins))
    ensure_sound(settings(tmp_path, feedback_pins=(None, 1, None, 2)))


def test_wrong_parameters_end_with_their_status(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "parameters.yml"
    path.write_text("relay: {port: 0, dead_time_s: 9}\n")
    with pytest.raises(SystemExit) as ended:
        Loading(path).wait()

    assert ended.value.code == EXIT_CONFIG == 78
    said = capfd.readouterr().err
    assert "relay.port" in said
    assert "relay.dead_time_s" in said


@pytest.mark.failure(
    part="file",
    failure="a home's or the utility's parameters are wrong on the relay's own host",
    contacts="work: the relay reads its own sections",
    person="what is wrong, in its log; `check` names it, and node or utility exits with status 78",
)
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("node: {name: home2, lease_s: never}", "node.lease_s"),
        ("node: [1]", "node"),
        ("node: {name: a}\nnode: {name: b}", "node"),
        ("utility: {tariff: 7}", "utility"),
        ("sellers: {home3: {account: nobody}}", "sellers.home3.account"),
        ("clock: {speed: -1}", "clock.speed"),
    ],
)
def test_relay_is_not_kept_down_by_what_it_does_not_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], wrong: str, named: str
) -> None:
    path = tmp_path / "parameters.yml"
    path.write_text(f"{WIRED}{wrong}\n")

    assert Loading(path).wait() == settings_from(parse(WIRED, "parameters.yml"))
    assert f"\n{named}" in capfd.readouterr().err
    with pytest.raises(ConfigError, match=named):
        parse(path.read_text(), "parameters.yml")


@pytest.mark.parametrize(
    "wrong",
    [
        "mqtt: {host: broker, port: 0}",
        "community: ''",
        "relai: {port: 15556}",
        "node: {name: home1",
        "node: {sensorId: 1, limit: x}",
    ],
)
def test_relay_refuses_what_it_reads_or_cannot_tell_apart(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "parameters.yml"
    path.write_text(f"{wrong}\n")

    with pytest.raises(SystemExit) as ended:
        Loading(path).wait()
    assert ended.value.code == EXIT_CONFIG
