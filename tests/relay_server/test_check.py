"""`python -m relay_server check`: the board, accounts with two names, the broker's login."""

import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from node.parameters import parse
from relay_server.check import check, findings
from relay_server.loading import settings_from
from relay_server.settings import ServerSettings
from tests.factories.relay_keys import BUYER, SELLER
from tests.parts.brokers import running_broker
from tests.parts.rogue_broker import OLDER_REFUSAL, RogueBroker


def relay(more: str = "", second_load: str = "home1") -> ServerSettings:
    text = f"""
relay:
  name: board
  board: mock
  pins: [5, 6, 13, 19]
  connections:
    - {{load: home1, source: home2, channels: [0, 1], holder: '{BUYER.account}',
       consents: ['{SELLER.account}']}}
    - {{load: {second_load}, source: home2, channels: [2, 3], holder: '{BUYER.account}',
       consents: ['{SELLER.account}']}}
{more}
"""
    return settings_from(parse(text, "parameters.yml"))


def test_a_board_without_a_broker_is_well(capsys):
    status = check(relay())

    assert status == 0
    assert capsys.readouterr().out.splitlines() == [
        "well  relay: board, 4 channels, 2 connection(s)",
        "well  broker: none in the file; homes speak with the relay directly",
        "everything answers",
    ]


def test_an_account_that_holds_for_two_homes_is_noted():
    told = [str(finding) for finding in findings(relay(second_load="home3"))]

    assert f"note  relay.connections, holder: {BUYER.account} stands for home1 and home3" in told[1]


@pytest.mark.parametrize(("password", "fails"), [("right", False), ("wrong", True)])
def test_the_broker_takes_the_login_or_says_why_not(tmp_path: Path, password: str, fails: bool):
    passwords, own = tmp_path / "passwords", tmp_path / "own"
    command = ["mosquitto_passwd", "-c", "-b", str(passwords), "relay", "right"]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    own.write_text(f"{password}\n")
    options = ("allow_anonymous false", f"password_file {passwords}")
    with running_broker(tmp_path, *options) as broker:
        mqtt = f"mqtt: {{host: 127.0.0.1, port: {broker.port}, user: relay, password_file: {own}}}"
        *_, finding = findings(relay(mqtt))

    assert finding.fails == fails
    assert ("refuses the connection: " in finding.sentence) == fails
    assert ("mqtt.user" in finding.remedy) == fails


def test_a_broker_that_is_away_has_its_sentence():
    *_, finding = findings(relay("mqtt: {host: 127.0.0.1, port: 1}"))

    assert finding.fails
    assert finding.sentence.startswith("127.0.0.1:1: ")


class OlderBroker(RogueBroker):
    """Speak MQTT 3.1.1 alone: byte 8 of a CONNECT is the language's number."""

    def _serve(self, link: socket.socket) -> None:
        with suppress(OSError):
            link.sendall(b"\x20\x02\x00\x00" if link.recv(4096)[8] == 4 else OLDER_REFUSAL)
            link.recv(4096)
            link.close()


def test_an_older_broker_lets_the_relay_in_in_its_own_language():
    older = OlderBroker(b"")
    try:
        *_, finding = findings(relay(f"mqtt: {{host: 127.0.0.1, port: {older.port}}}"))
    finally:
        older.close()

    assert str(finding) == f"well  broker: 127.0.0.1:{older.port} lets anybody in"
