"""The status socket as it is: what a node or a utility is asked there, and what is answered there.

Half of the inputs are requests to a real server, half the replies to a real command.
"""

import atexit
import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from node.core.errors import Refused
from node.links.status import SOCKET_NAME, StatusServer, ask
from node.utility.withdrawing import withdrawal_of
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.sockets import ANSWER_WITHIN_S, Answering, LoopThread, ensure_few_files, listen_at
from tests.fuzz.status import TARGET as TEXTS

_SERVED_EACH = 256
_WELL = {"node": "home1", "soc_pct": 42.0}


@dataclass(frozen=True, slots=True)
class _Places:
    """Hold the server's directory, and one in which somebody else answers."""

    loop: LoopThread
    served: Path
    hostile: Answering
    answered: Path


def _refuse(_request: object) -> object:
    raise Refused("RecordUnwritten", "the disk is full")


_ANSWERS: Mapping[str, Callable[[Mapping[str, object]], object]] = {
    "status": lambda _request: _WELL,
    "record": _refuse,
    "own_source": lambda request: "own source" if request.get("on") is True else "automatic",
    "withdraw": lambda request: str(withdrawal_of(request)),
}


@cache
def _places() -> _Places:
    root = Path(tempfile.mkdtemp(prefix="peerwatt-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    served, answered = root / "served", root / "answered"
    served.mkdir()
    answered.mkdir()
    loop = LoopThread()
    loop.do(StatusServer(served, _ANSWERS).start())
    hostile = Answering(listen_at(answered / SOCKET_NAME), ends_with=b"\n")
    return _Places(loop, served, hostile, answered)


def target(data: bytes) -> None:
    """Ask a server with these bytes, or be answered with them."""
    places, choice = _places(), fingerprint(data)
    if choice % 2:
        _ask_with(places.served, data)
    else:
        places.hostile.answer = data
        with contextlib.suppress(Refused):
            ask(places.answered, {"do": "status"})
    assert not places.loop.failures, places.loop.failures
    if choice % _SERVED_EACH == 1:
        ensure_few_files()
        assert ask(places.served, {"do": "status"}) == _WELL


def _ask_with(directory: Path, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(ANSWER_WITHIN_S)
        link.connect(str(directory / SOCKET_NAME))
        with contextlib.suppress(ConnectionError):
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while piece := link.recv(65_536):
                answer += piece
    # What is longer than a request may be is not answered.
    if answer:
        assert answer.endswith(b"\n")
        assert json.loads(answer).keys() & {"answer", "refused"}


TARGET = Target(
    name="status_socket",
    run=target,
    examples=(
        *TEXTS.examples,
        b'{"do":"withdraw","step":"announce","amount":5}\n',
        b'{"do":"withdraw","step":"execute"}\n',
    ),
    tokens=(*TEXTS.tokens, b'"withdraw"', b'"step"', b'"amount"'),
    soak=100_000,
)
