"""Run the real relay server as a process, and speak to it as its clients do."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, Boot
from tests.parts.waiting import until
from village.tcp import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0

WIRED = f"""
  loads:
    home1: {{nominal_v: 12, rated_current_a: 5}}
    home3: {{nominal_v: 12, rated_current_a: 5}}
  sources:
    home2: {{nominal_v: 12.8, rated_current_a: 8}}
  connections:
    - load: home1
      source: home2
      channels: [0, 1]
      holder: "{BUYER.account}"
      consents: ["{SELLER.account}"]
    - load: home3
      source: home2
      channels: [2, 3]
      holder: "{OTHER_BUYER.account}"
      consents: ["{SELLER.account}"]
"""


class RelayHost:
    """A relay server process on a free port, with the mock board."""

    def __init__(
        self,
        directory: Path,
        relay: str = "",
        rest: str = "",
        env: Mapping[str, str] = MappingProxyType({}),
        program: tuple[str, ...] = ("relay_server",),
    ) -> None:
        self.program = program
        self.env = {**os.environ, **env}
        self.port = free_port()
        self.directory = directory
        self.parameters = directory / "parameters.yml"
        trusted = "" if "trusted_clients" in relay else "  trusted_clients: [127.0.0.1]\n"
        self.parameters.write_text(
            f"relay:\n  name: relay1\n  board: mock\n  port: {self.port}\n"
            f"  listen: 127.0.0.1\n  state_directory: {directory / 'state'}\n"
            # A busy machine must not make a line stale, nor a test wear a contact out.
            f"  nonce_s: 60\n  closings_per_hour: 1000000\n{trusted}{relay}\n{rest}\n"
        )
        self.log = directory / "relay.log"
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *self.program, "--parameters", str(self.parameters)],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
            )

    def wait_open(self) -> "RelayHost":
        until(self._is_open)
        return self

    def restart(self) -> None:
        self.process = self._start()
        self.wait_open()

    def connect(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        link.settimeout(PATIENCE_S)
        return link

    def ancestor(self, message: bytes) -> bytes:
        """Exchange one message as the ancestor's client does."""
        with self.connect() as link:
            link.sendall(message)
            return read_all(link)

    def client(self) -> "JsonClient":
        return JsonClient(self.connect())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    def _is_open(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            self.connect().close()
        except OSError:
            return False
        return True


class JsonClient:
    """One open JSON connection; states and replies are kept apart."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self._file = link.makefile("rb")
        self.states: list[dict[str, Any]] = []
        link.sendall(b'{"hello":"test"}\n')
        self.nonce = ""
        hello = self.reply()
        assert (hello["reply"], hello["kind"]) == ("ok", "hello")

    @property
    def boot(self) -> Boot:
        return Boot.of({"boot": self.states[0]["boot"], "nonce": self.nonce})

    @property
    def closed(self) -> list[int]:
        return [c["channel"] for c in self.states[-1]["contacts"] if c["closed"]]

    def ask(self, line: bytes) -> dict[str, Any]:
        self.link.sendall(line)
        return self.reply()

    def reply(self) -> dict[str, Any]:
        while True:
            said = self.line()
            if "reply" in said:
                return said

    def until_closed(self, channels: list[int]) -> None:
        """Read states until exactly these channels are closed."""
        while self.closed != channels:
            self.line()

    def line(self) -> dict[str, Any]:
        read = self._file.readline()
        assert read.endswith(b"\n"), "the relay has ended the conversation"
        said: dict[str, Any] = json.loads(read)
        self.nonce = said.get("state", said).get("nonce", self.nonce)
        if "state" in said:
            self.states.append(said["state"])
        return said

    def close(self) -> None:
        self._file.close()
        self.link.close()


class NotifyListener:
    """Hear what a process tells systemd."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._link.bind(str(path))
        self._link.settimeout(PATIENCE_S)

    def heard(self) -> bytes:
        return self._link.recv(100)

    def waiting(self) -> int:
        """Say whether something is there to be heard, 0 or 1."""
        return len(select.select([self._link], [], [], 0)[0])

    def close(self) -> None:
        self._link.close()


def read_all(link: socket.socket) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := link.recv(4096):
            answer += chunk
    return answer


@contextlib.contextmanager
def running_relay(directory: Path, relay: str = "", rest: str = "") -> Iterator[RelayHost]:
    host = RelayHost(directory, relay, rest)
    try:
        yield host.wait_open()
    finally:
        host.close()
