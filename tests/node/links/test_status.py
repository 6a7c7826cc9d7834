"""The status socket: what is no request is told what to ask, and what is no reply is said."""

import asyncio
import json
from pathlib import Path

import pytest

from node.core.errors import Refused
from node.links.status import LONGEST_REQUEST, StatusServer, answer_in

DEEP = b"[" * 2000


@pytest.mark.parametrize(
    "line", [b"", b"5", b"[]", b"{}", b'{"do":[]}', b'{"do":"x"}', DEEP, b"[" * LONGEST_REQUEST]
)
def test_a_request_that_is_none_is_told_what_to_ask(line):
    server = StatusServer(Path("/"), {"status": lambda request: 5})

    assert answered(server, line) == {"refused": "ask for one of status"}
    assert answered(server, b'{"do":"status"}') == {"answer": 5}


def answered(server: StatusServer, line: bytes) -> object:
    """Give what root and the program's own user are answered."""
    return json.loads(asyncio.run(server._answer(line, tuple(server._answers))))


@pytest.mark.parametrize("line", [b"", b"5", b"[]", b'"answer"', DEEP, b'{"refused":"no"}'])
def test_a_reply_without_an_answer_is_a_refusal(line):
    with pytest.raises(Refused):
        answer_in(line)


def test_a_reply_gives_its_answer():
    assert answer_in(b'{"answer":[1]}') == [1]
