"""Telling systemd is a courtesy: whatever is wrong with it, the work goes on and says so once."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.system import service

LONGEST_NAME = 107
"""Of a socket in a folder; a longer one is a ValueError in some, an OSError in other versions."""


@pytest.fixture(autouse=True)
def no_trouble_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_trouble", service._Trouble())


@contextlib.contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(path))
        link.settimeout(30)
        yield link


def tell_all() -> None:
    service.ready()
    service.watchdog()
    service.watchdog()
    service.stopping()


@pytest.mark.failure(
    part="node",
    failure="systemd cannot be told that the program lives",
    person="one warning in the log",
)
@pytest.mark.parametrize(
    "place", ["absent", "a folder", "a stream", "a name that is too long", "nobody listens"]
)
def test_a_systemd_that_cannot_be_told_ends_nothing_and_is_logged_once(
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "notify"
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    match place:
        case "a folder":
            path.mkdir()
        case "a stream":
            stream.bind(str(path))
            stream.listen()
        case "a name that is too long":
            path = tmp_path / ("n" * (LONGEST_NAME + 1))
        case "nobody listens":
            with listening(path):
                pass
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    with stream:
        tell_all()

    assert [record.message.split(":")[0] for record in caplog.records] == [
        "systemd cannot be told how this program is doing"
    ]


def test_a_systemd_that_hangs_does_not_hang_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with listening(tmp_path / "notify") as link:
        while not caplog.records:
            service.watchdog()
        with contextlib.suppress(BlockingIOError):
            link.setblocking(False)
            while link.recv(64):
                pass
        with caplog.at_level("INFO"):
            service.watchdog()

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_systemd_hears_each_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with listening(tmp_path / "notify") as link:
        tell_all()

        heard = [link.recv(64) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]
