"""Run the real page as a process, beside a status socket that says what a test wants."""

import asyncio
import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.links.status import StatusServer
from tests.parts.waiting import until
from village.tcp import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "a password for the tests"
OTHER_ADDRESS = "127.0.0.2"
"""An address that only who listens on all of them answers at, and that a client may have."""


class Speaking:
    """Be a program's status socket: it answers what `picture` and `answers` hold at the time."""

    def __init__(self, directory: Path, picture: Mapping[str, object]) -> None:
        self.picture = dict(picture)
        self.answers: dict[str, Callable[[Mapping[str, object]], object]] = {}
        self.asked: list[Mapping[str, object]] = []
        self._loop = asyncio.new_event_loop()
        self._server = StatusServer(directory, self)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result()

    def __getitem__(self, name: str) -> Callable[[Mapping[str, object]], object]:
        def answer(request: Mapping[str, object]) -> object:
            self.asked.append(request)
            return self.picture if name == "status" else self.answers[name](request)

        return answer

    def __iter__(self):
        return iter(("status", *self.answers))

    def close(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def cookie(self) -> str:
        """The session that was begun: what a browser sends from now on."""
        return str(self.headers.get("Set-Cookie", "")).partition(";")[0]


class PageHost:
    """A page process on a free port, of the programs in the folders below `directory`."""

    def __init__(
        self, directory: Path, parameters: str = "", programs: tuple[str, ...] = ("home",)
    ) -> None:
        self.directory, self.port = directory, free_port()
        self.state = directory / "state"
        self.state.mkdir()
        for name in programs:
            (directory / name).mkdir(exist_ok=True)
        self.parameters = directory / "page.yml"
        listed = ", ".join(f"{name}: {directory / name}" for name in programs)
        self.parameters.write_text(
            f"state_directory: {self.state}\nprograms: {{{listed}}}\nport: {self.port}\n"
            f"ask_every_s: 0.2\n{parameters}\n"
        )
        self.log = directory / "page.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "run", "--parameters", str(self.parameters)],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(lambda: self.said(f":{self.port}"), "the page listens")

    def said(self, text: str) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return text in self.log.read_text()

    def code(self) -> str:
        """The code for the first password, as a person finds it in the log."""
        return re.findall(r"setting one in the page: (\w+)", self.log.read_text())[-1]

    def password(self, *words: str, typed: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
        """Carry out `page password`, as root does on a Pi."""
        return subprocess.run(
            [*PROGRAM, "password", "--parameters", str(self.parameters), *words],
            cwd=ROOT, input=f"{typed}\n", capture_output=True, text=True, check=True,
        )  # fmt: skip

    def open(self) -> None:
        """Set the password, and wait until the page listens everywhere."""
        self.password()
        until(lambda: self.said("the page is at http://0.0.0.0"), "it listens everywhere")

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: str | None = None,
        address: str = "127.0.0.1",
        come_from: str = "127.0.0.1",
        **headers: str,
    ) -> Reply:
        """Ask as a page of this host would; a header's name is written with _ for -.

        An empty one is left out.
        """
        link = http.client.HTTPConnection(
            address, self.port, timeout=120, source_address=(come_from, 0)
        )
        sent = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if form is not None:
            sent["Origin"] = f"http://127.0.0.1:{self.port}"
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            link.request(method, path, form, {name: v for name, v in sent.items() if v})
            reply = link.getresponse()
            return Reply(reply.status, reply.headers, reply.read().decode())
        finally:
            link.close()

    def log_in(self, **headers: Any) -> str:
        """Log in, and give the session's cookie."""
        reply = self.ask("POST", "/login", form=f"password={PASSWORD}", **headers)
        assert reply.status == 303, reply.text
        return reply.cookie

    def link(self, come_from: str = "127.0.0.1") -> socket.socket:
        """Open a bare connection."""
        link = socket.create_connection(("127.0.0.1", self.port), 120, (come_from, 0))
        link.settimeout(120)
        return link

    def files(self) -> int:
        """Count what the process holds open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def close(self) -> None:
        """Stop it in order; it must not have failed in between."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0, self.log.read_text()
        assert "Traceback" not in self.log.read_text(), self.log.read_text()


PROGRAM = (sys.executable, "-m", "page")
