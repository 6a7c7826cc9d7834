"""The broker that the installer sets up: nobody without a password, and each below its own name."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.install.test_functions import sourced
from tests.parts.waiting import until
from village.tcp import free_port

BROKER = shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto"


class Broker:
    """Run mosquitto with the files that the installer has written, on a free port."""

    def __init__(self, root: Path) -> None:
        (root / "etc/peerwatt").mkdir(parents=True)
        self.said = sourced(root, "write_broker_users node relay utility; write_broker_rules")
        self.again = sourced(root, "write_broker_users node relay utility; write_broker_rules")
        self.root, self.port = root, free_port()
        text = (root / "etc/mosquitto/conf.d/peerwatt.conf").read_text()
        assert re.search(r"^listener 1883$", text, re.MULTILINE)
        here = text.replace("listener 1883", f"listener {self.port} 127.0.0.1")
        # As root it would become another user, who may not read a test's files.
        here = f"user root\n{here.replace('/etc/', f'{root}/etc/')}"
        (root / "here.conf").write_text(here)
        self.process = subprocess.Popen([BROKER, "-c", str(root / "here.conf")])
        until(lambda: self.answer("nobody", "") is not None, "the broker answers")

    def password(self, role: str = "relay") -> str:
        return (self.root / f"etc/peerwatt/mqtt.password.{role}").read_text().splitlines()[0]

    def client(self, user: str | None, password: str, answers: list[str]) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, protocol=5)
        if user is not None:
            client.username_pw_set(user, password)
        client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(str(reason))
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        return client

    def answer(self, user: str | None, password: str) -> str | None:
        answers: list[str] = []
        try:
            client = self.client(user, password, answers)
        except OSError:
            return None
        until(lambda: answers, "an answer")
        client.disconnect()
        client.loop_stop()
        return answers[0]

    def publishes(self, user: str, password: str, topic: str) -> str:
        """Give the reason code with which the broker takes or refuses a message."""
        answers: list[str] = []
        codes: list[str] = []
        client = self.client(user, password, answers)
        client.on_publish = lambda _c, _u, _m, reason, _p: codes.append(str(reason))
        until(lambda: answers == ["Success"], "let in")
        client.publish(topic, "x", 1)
        until(lambda: codes, "an answer")
        client.disconnect()
        client.loop_stop()
        return codes[0]

    def add(self, name: str) -> str:
        sourced(
            self.root, f'PEERWATT_ROOT=$ROOT "$SOURCE/install/peerwatt" broker-user {name} > said'
        )
        words = Path("said").read_text().split()
        return words[-1]


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.chdir(tmp_path)
    broker = Broker(tmp_path / "root")
    yield broker
    broker.process.terminate()
    broker.process.wait(10)


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
    broker.process.send_signal(1)
    until(lambda: broker.answer("home1", password) == "Success", "the new user is known")
    may = {
        topic: broker.publishes("home1", password, topic) != "Not authorized"
        for topic in (
            "peerwatt/street/home1/state",
            "peerwatt/street/home1/reading/load",
            "peerwatt/street/board/command",
            "peerwatt/street/home2/state",
            "peerwatt/street/home2/command/own_source",
            "elsewhere",
        )
    }

    assert [topic for topic, allowed in may.items() if allowed] == list(may)[:3]


def test_a_home_reads_the_street(broker: Broker) -> None:
    password = broker.add("home1")
    broker.process.send_signal(1)
    until(lambda: broker.answer("home1", password) == "Success", "the new user is known")
    heard: list[MQTTMessage] = []
    answers: list[str] = []
    client = broker.client("home1", password, answers)
    until(lambda: answers == ["Success"], "let in")
    client.on_message = lambda _c, _u, message: heard.append(message)
    subscribed: list[object] = []
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.subscribe("peerwatt/#", 1)
    until(lambda: subscribed, "subscribed")
    broker.publishes("peerwatt-relay", broker.password(), "peerwatt/street/board/state")
    until(lambda: heard, "the relay's state")
    client.disconnect()
    client.loop_stop()

    assert [message.topic for message in heard] == ["peerwatt/street/board/state"]


def test_a_broker_of_somebodys_is_left_as_it_is(tmp_path: Path) -> None:
    theirs = tmp_path / "etc/mosquitto/conf.d/mine.conf"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("listener 1883 0.0.0.0\n")
    said = sourced(tmp_path, "configure_broker; tell_what_is_left")

    assert said.startswith("note")
    assert "Give Peerwatt a user at your broker" in said
    assert list(theirs.parent.iterdir()) == [theirs]
