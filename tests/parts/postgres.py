"""Run a PostgreSQL server of our own for a while, with what it keeps in a directory of its own.

It refuses to run as root, so there it is another user's. Its default order of text is German: ours
asks for bytes, and must not notice.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.parts.waiting import until

_USER = "nobody"
_SETTINGS = (
    "listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=16MB",
    # What is deleted shall be gone from the log of changes, too, once it is closed.
    "wal_recycle=off",
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running server, its files and its socket's directory."""

    data: Path
    sockets: Path

    def url(self, name: str) -> str:
        """Give the URL of a database."""
        return f"postgresql://peerwatt@/{name}?host={self.sockets}"

    def ask(self, statement: str, name: str = "postgres") -> list[tuple]:
        """Carry out a statement as the server's administrator, and give its rows."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def files_of(self, name: str) -> Path:
        """Give the directory of a database's tables."""
        ((number,),) = self.ask(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
        return self.data / "base" / str(number)

    def new(self, name: str, like: str = "template1") -> str:
        """Make a database, a copy of another one, and give its URL."""
        self.ask(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)


@contextmanager
def running_postgres() -> Iterator[Server]:
    """Make a cluster, run its server for a while, and leave nothing of either."""
    # Not among pytest's files: no other user may look into those, and a socket's path is short.
    place = Path(tempfile.mkdtemp(prefix="peerwatt-pg-"))
    as_other = {"user": _USER, "extra_groups": []} if os.geteuid() == 0 else {}
    if as_other:
        shutil.chown(place, _USER)
    server = Server(data=place / "data", sockets=place)
    try:
        _make(server.data, as_other)
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        with (place / "log").open("wb") as log, subprocess.Popen(
            [_tool("postgres"), "-D", server.data, "-k", place, *settings],
            stdout=log, stderr=log, cwd=place, **as_other,
        ) as process:  # fmt: skip
            try:
                until(lambda: _answers(server), "the server answers")
                yield server
            finally:
                # At once, whoever is still connected.
                process.send_signal(signal.SIGINT)
    finally:
        shutil.rmtree(place)


def _make(data: Path, as_other: dict) -> None:
    subprocess.run(
        [
            _tool("initdb"), "--no-sync", "--auth=trust", "--username=peerwatt", "--encoding=UTF8",
            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=de", data,
        ],
        check=True, capture_output=True, cwd=data.parent, **as_other,
    )  # fmt: skip


def _answers(server: Server) -> bool:
    try:
        return bool(server.ask("SELECT 1"))
    except psycopg.OperationalError:
        return False


def _tool(name: str) -> str:
    """Give a program of the newest version that Debian has installed, which is on no path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, f"{name} is missing: tools/setup.sh installs it"
    return str(found[-1])
