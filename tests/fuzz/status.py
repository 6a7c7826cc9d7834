"""The status socket: requests of commands on the same machine, and the replies they read."""

import contextlib
import json
from pathlib import Path

from node.core.errors import Refused
from node.links.status import StatusServer, answer_in
from tests.fuzz.campaign import Target


def _refuse(_request: object) -> object:
    raise Refused("RecordUnwritten", "the disk is full")


_SERVER = StatusServer(
    Path("/"),
    {
        "status": lambda request: {"node": "home1", "soc_pct": 42.0},
        "record": _refuse,
        "own_source": lambda request: "own source" if request.get("on") is True else "automatic",
    },
)


def target(data: bytes) -> None:
    """Answer a request, and read the same bytes as a reply."""
    answer = json.loads(_answered(data))
    assert isinstance(answer, dict) and answer.keys() & {"answer", "refused"}
    with contextlib.suppress(Refused):
        answer_in(data)


def _answered(data: bytes) -> bytes:
    """Take the answer to root; none of these is waited for, so that no loop is needed."""
    answering = _SERVER._answer(data, ("status", "record", "own_source"))
    try:
        answering.send(None)
    except StopIteration as end:
        answer: bytes = end.value
        return answer
    raise AssertionError("an answer that is at hand was waited for")


TARGET = Target(
    name="status",
    run=target,
    examples=(
        b'{"do":"status"}\n',
        b'{"do":"record"}\n',
        b'{"do":"own_source","on":true}\n',
        b'{"answer":{"node":"home1","soc_pct":42.0}}\n',
        b'{"refused":"ask for one of status, record, own_source"}\n',
    ),
    tokens=(b'"do"', b'"on"', b'"status"', b'"answer"', b'"refused"'),
)
