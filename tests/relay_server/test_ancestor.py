"""The ancestor's exchanges byte for byte, and everything that used to kill its server."""

import pytest

from node.core.errors import Refused
from relay_server.ancestor import (
    ReadContacts,
    SwitchContacts,
    contacts_text,
    is_complete,
    read_message,
    switched_text,
)


@pytest.mark.parametrize(
    ("message", "channels", "answer"),
    [
        (b"ReadDATA|1, 0", (1, 0), b"{1: False, 0: False}"),
        (b"ReadDATA|0, 2", (0, 2), b"{0: False, 2: True}"),
        (b"ReadDATA|0,1,2,3", (0, 1, 2, 3), b"{0: False, 1: False, 2: True, 3: True}"),
        (b"ReadDATA|3", (3,), b"{3: True}"),
        (b"ReadDATA|2, 2", (2,), b"{2: True}"),
        (b"ReadDATA| 2 \n", (2,), b"{2: True}"),
    ],
)
def test_reading_is_answered_in_its_order(
    message: bytes, channels: tuple[int, ...], answer: bytes
) -> None:
    assert is_complete(message)
    assert read_message(message) == ReadContacts(channels=channels)
    assert contacts_text(channels, frozenset({2, 3})) == answer


@pytest.mark.parametrize(
    ("message", "switches"),
    [
        (b"{2: True, 3: True, 0: True, 1: True}", ((2, 1), (3, 1), (0, 1), (1, 1))),
        (b"{2: False}", ((2, 0),)),
        (b"{ 0:true , 1:false }", ((0, 1), (1, 0))),
        (b"{}", ()),
    ],
)
def test_switches_are_read(message: bytes, switches: tuple[tuple[int, int], ...]) -> None:
    assert is_complete(message)
    pairs = tuple((channel, bool(closed)) for channel, closed in switches)
    assert read_message(message) == SwitchContacts(switches=pairs)


def test_answers_are_pythons_own_words() -> None:
    assert (switched_text(True), switched_text(False)) == (b"True", b"False")


@pytest.mark.parametrize(
    "message", [b"R", b"ReadDATA", b"ReadDATA|", b"ReadDATA|0,", b"{", b"{0: Tr", b"{{}"]
)
def test_message_may_still_grow(message: bytes) -> None:
    assert not is_complete(message)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"ReadDATA",
        b"ReadDATA|",
        b"ReadDATA|x",
        b"ReadDATA|-1",
        b"ReadDATA|0;1",
        b"ReadDATA|0,",
        b"ReadDATA|[0, 1]",
        b"ReadDATA|100",
        b"readdata|0",
        b"hello",
        b"\xff\xfe{0: True}",
        b"{0: True",
        b"0: True",
        b"{0: 1}",
        b"{0: yes}",
        b"{'0': True}",
        b"{0 True}",
        b"{0: True 1: True}",
        b"{0: True,}",
        b"{, 0: True}",
        b"{0: True, 0: False}",
        b"{-1: True}",
        b"{100: True}",
        b"{0: [True]}",
        b"{0: {1: True}}",
        b"[0, 1]",
        b"!!python/object/apply:os.system ['true']",
        b"ReadDATA|" + b"0," * 200 + b"0",
        b"{" + b"0: True, " * 40 + b"1: True}",
    ],
)
def test_malformed_message_is_refused(message: bytes) -> None:
    with pytest.raises(Refused, match="AncestorMalformed"):
        read_message(message)
