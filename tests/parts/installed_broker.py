"""A mosquitto with the very files that the installer writes, on ports of its own."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.install.test_functions import sourced
from tests.parts.waiting import until
from village.tcp import free_port

BROKER = shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto"


class InstalledBroker:
    """Run mosquitto with the files that the installer has written, on a free port."""

    def __init__(self, root: Path, parameters: str) -> None:
        (root / "etc/peerwatt").mkdir(parents=True)
        (root / "etc/peerwatt/parameters.yml").write_text(parameters)
        self.said = sourced(root, "write_broker_users node relay utility; write_broker_rules")
        self.again = sourced(root, "write_broker_users node relay utility; write_broker_rules")
        self.root, self.port, self.tls_port = root, free_port(), free_port()
        text = (root / "etc/mosquitto/conf.d/peerwatt.conf").read_text()
        assert re.findall(r"^listener .*$", text, re.MULTILINE) == [
            "listener 1883",
            "listener 8883",
        ]
        here = text.replace("listener 1883", f"listener {self.port} 127.0.0.1")
        here = here.replace("listener 8883", f"listener {self.tls_port} 127.0.0.1")
        # As root it would become another user, who may not read a test's files.
        here = f"user root\n{here.replace('/etc/', f'{root}/etc/')}"
        (root / "here.conf").write_text(here)
        self.process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([BROKER, "-c", str(self.root / "here.conf")])
        until(lambda: self.answer("nobody", "") is not None, "the broker answers")
        return process

    def restart(self) -> None:
        """End it, and start it again."""
        self.close()
        self.process = self._started()

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

    def command(self, words: str) -> str:
        return sourced(self.root, f'PEERWATT_ROOT=$ROOT "$SOURCE/install/peerwatt" {words}')

    def add(self, name: str, home: str = "", *, as_home_assistant: bool = False) -> str:
        """Add a user, who is let in from now on; give its password."""
        option = "--home-assistant" if as_home_assistant else "--for"
        password = self.command(f"broker-user {name} {f'{option} {home}' if home else ''}").split()[
            -1
        ]
        self.process.send_signal(1)
        until(lambda: self.answer(name, password) == "Success", "the new user is known")
        return password

    def may_write(self, user: str, password: str, topics: Iterable[str]) -> list[str]:
        refused = "Not authorized"
        return [one for one in topics if self.publishes(user, password, one) != refused]

    def hears(self, user: str, password: str, topics: Mapping[str, str]) -> list[str]:
        """Give which of these topics, each written by a role of this host, a user hears."""
        heard: list[str] = []
        answers: list[str] = []
        client = self.client(user, password, answers)
        until(lambda: answers == ["Success"], "let in")
        client.on_message = lambda _c, _u, message: heard.append(message.topic)
        subscribed: list[object] = []
        client.on_subscribe = lambda *_: subscribed.append(1)
        client.subscribe([("#", 1), (f"peerwatt/street/{user}/command/own_source", 1)])
        until(lambda: subscribed, "subscribed")
        for topic, role in topics.items():
            allowed = self.publishes(f"peerwatt-{role}", self.password(role), topic)
            assert allowed != "Not authorized"
        last = list(topics)[-1]
        until(lambda: last in heard, "the last is heard")
        client.disconnect()
        client.loop_stop()
        return heard

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
