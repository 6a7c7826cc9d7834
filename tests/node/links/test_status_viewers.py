"""Who may ask at the status socket: read from the kernel, of real processes of other users."""

import asyncio
import errno
import grp
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.errors import Refused
from node.links.status import MOST_LINKS, RUNTIME_DIRECTORY, SOCKET_NAME, StatusServer, ask
from tests.fuzz.sockets import LoopThread

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
EXAMPLES = {"status": lambda _: "well", "record": lambda _: "written", "say": lambda _: "said"}
MAY = ("status", "say")
VIEWERS = grp.getgrnam("games").gr_gid
PAGE, STRANGER = 65_000, 65_001
"""Users that no account of this machine has."""


@pytest.fixture
def loop() -> LoopThread:
    return LoopThread()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir(mode=0o700)
    return tmp_path / "state"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that systemd makes for a unit, and that its first command gives to the group."""
    folder = tmp_path / "run"
    folder.mkdir()
    os.chown(folder, os.getuid(), VIEWERS)
    folder.chmod(0o2750)
    monkeypatch.setenv(RUNTIME_DIRECTORY, str(folder))
    return folder


@pytest.fixture
def server(state: Path, loop: LoopThread) -> Iterator[StatusServer]:
    server = StatusServer(state, EXAMPLES, MAY)
    loop.do(server.start())
    yield server
    loop.do(server.close())


def asked_by(folder: Path, what: str, *, user: int, groups: list[int]) -> str:
    """Ask as another user, who is in the folder's parent already; give the answer's line."""
    read_end, write_end = os.pipe()
    folder.parent.chmod(0o711)
    child = os.fork()
    if child == 0:
        said = b""
        try:
            os.chdir(folder.parent)
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(f"{folder.name}/{SOCKET_NAME}")
                link.sendall(json.dumps({"do": what}).encode() + b"\n")
                said = link.makefile("rb").readline()
        except OSError as error:
            said = json.dumps({"error": errno.errorcode[error.errno or 0]}).encode()
        finally:
            os.write(write_end, said)
            os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as answers:
        return answers.read().decode()


@AS_ROOT
def test_the_group_may_ask_and_say_a_short_list(given, server) -> None:
    place = given / SOCKET_NAME
    assert place.stat().st_gid == VIEWERS
    assert place.stat().st_mode & 0o777 == 0o660

    def viewer(what: str) -> object:
        return json.loads(asked_by(given, what, user=PAGE, groups=[VIEWERS]))

    assert viewer("status") == {"answer": "well"}
    assert viewer("say") == {"answer": "said"}
    assert viewer("record") == {"refused": "your user may not ask this program to do record"}
    assert viewer("nothing") == {"refused": "ask for one of status, say"}


@AS_ROOT
def test_a_stranger_is_kept_out_by_the_folder_and_by_the_program(given, server) -> None:
    assert json.loads(asked_by(given, "status", user=STRANGER, groups=[])) == {"error": "EACCES"}
    given.chmod(0o2755)
    (given / SOCKET_NAME).chmod(0o666)

    said = asked_by(given, "status", user=STRANGER, groups=[])
    assert json.loads(said) == {"refused": "your user may not ask this program to do status"}


@AS_ROOT
def test_without_a_folder_in_run_the_group_is_nobody(state, server) -> None:
    """A checkout's socket; were its folder open to all, the program still knows who asks."""
    place = state / SOCKET_NAME
    assert place.stat().st_mode & 0o777 == 0o600
    state.chmod(0o755)
    place.chmod(0o666)

    said = asked_by(state, "status", user=PAGE, groups=[VIEWERS])
    assert json.loads(said) == {"refused": "your user may not ask this program to do status"}


def test_root_and_the_own_user_say_everything_in_either_place(state, given, server) -> None:
    for place in (given, state):
        assert ask(place, {"do": "record"}) == "written"


def test_the_link_in_the_state_directory_goes_with_the_program(state, given, loop) -> None:
    server = StatusServer(state, EXAMPLES, MAY)
    (state / SOCKET_NAME).write_text("left over")
    loop.do(server.start())
    assert (state / SOCKET_NAME).is_symlink()
    loop.do(server.close())

    assert not (state / SOCKET_NAME).is_symlink()
    assert not (given / SOCKET_NAME).exists()
    with pytest.raises(Refused):
        ask(state, {"do": "status"})


def test_a_crowd_is_left_without_an_answer_and_the_program_goes_on(state, server, loop) -> None:
    async def crowd() -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        place = str(state / SOCKET_NAME)
        return [await asyncio.open_unix_connection(place) for _ in range(MOST_LINKS + 4)]

    links = loop.do(crowd())
    with pytest.raises(Refused):
        ask(state, {"do": "status"})
    for _reader, writer in links:
        loop.do(_closed(writer))

    assert ask(state, {"do": "status"}) == "well"


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await asyncio.sleep(0)


def test_an_answer_may_be_waited_for_and_be_json_already(state, loop) -> None:
    async def slowly(_request: object) -> bytes:
        await asyncio.sleep(0)
        return b'{"rows": []}'

    server = StatusServer(state, {"history": slowly})
    loop.do(server.start())
    assert ask(state, {"do": "history"}) == {"rows": []}
    loop.do(server.close())
