"""An ancestor's client at the real relay server: byte for byte, bounded, and interlocked."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.relay_keys import BUYER, SELLER, consent_line, hold_line
from tests.parts.relay_host import WIRED, RelayHost, read_all, running_relay

RECORDED = (
    (b"ReadDATA|1, 0", b"{1: False, 0: False}"),
    (b"ReadDATA|0, 2", b"{0: False, 2: False}"),
    (b"{2: True, 3: True, 0: True, 1: True}", b"True"),
    (b"ReadDATA|0,1,2,3", b"{0: True, 1: True, 2: True, 3: True}"),
    (b"{2: False, 3: False, 0: False, 1: False}", b"True"),
    (b"{0: True}", b"False"),
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with running_relay(tmp_path) as host:
        yield host


def test_recorded_exchanges_are_answered_byte_for_byte(host: RelayHost) -> None:
    for message, answer in RECORDED:
        assert host.ancestor(message) == answer
    assert host.ancestor(b"ReadDATA|0,1,2,3") == b"{0: False, 1: False, 2: False, 3: False}"


def test_message_in_pieces_is_put_together(host: RelayHost) -> None:
    with host.connect() as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"{", b"0: Tr", b"ue, 1", b": True}"):
            link.sendall(piece)
        assert read_all(link) == b"True"
    assert host.ancestor(b"ReadDATA|0,1") == b"{0: True, 1: True}"


def test_message_that_stops_short_is_answered_after_a_silence(host: RelayHost) -> None:
    for message in (b"{0: True, 1: Tr", b"ReadDATA|", b"Re", b"\x00", b"{"):
        with host.connect() as link:
            link.sendall(message)
            if message == b"{":
                link.shutdown(socket.SHUT_WR)
            assert read_all(link) == b"False"
    assert host.ancestor(b"ReadDATA|0,1") == b"{0: False, 1: False}"


def test_client_that_shuts_its_side_still_gets_its_answer(host: RelayHost) -> None:
    with host.connect() as link:
        link.sendall(b"{0: True, 1: True}")
        link.shutdown(socket.SHUT_WR)
        assert read_all(link) == b"True"


@pytest.mark.parametrize(
    "message",
    [
        b"ReadDATA|4",
        b"ReadDATA|x",
        b"{9: True, 8: True}",
        b"{0: maybe}",
        b"{0: True, 1: False}",
        b"{0: [True}",
        b"\xff\xfe\xfd",
        b"GET / HTTP/1.1\r\n\r\n",
        b"{0: True, " * 40,
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_what_killed_the_ancestor_is_answered_false(host: RelayHost, message: bytes) -> None:
    assert host.ancestor(message) == b"False"
    assert host.ancestor(b"ReadDATA|0,1,2,3") == b"{0: False, 1: False, 2: False, 3: False}"
    assert host.process.poll() is None


def test_untrusted_address_may_read_and_not_switch(tmp_path: Path) -> None:
    with running_relay(tmp_path, "  trusted_clients: [192.0.2.1]\n") as host:
        assert host.ancestor(b"{0: True, 1: True}") == b"False"
        assert host.ancestor(b"ReadDATA|0,1") == b"{0: False, 1: False}"


def test_ancestors_closing_ends_by_itself(tmp_path: Path) -> None:
    with running_relay(tmp_path, "  ancestor_lease_s: 5\n") as host:
        watcher = host.client()
        assert host.ancestor(b"{0: True, 1: True}") == b"True"
        watcher.until_closed([0, 1])
        watcher.until_closed([])


def test_span_of_zero_lasts_and_is_warned_of(tmp_path: Path) -> None:
    with running_relay(tmp_path, "  ancestor_lease_s: 0\n") as host:
        assert host.ancestor(b"{2: True, 3: True}") == b"True"
        state = host.client().states[0]
        assert state["connections"][1]["lease_left_ms"] == 2**32 - 1
        assert "until it is changed" in state["warnings"][0]


def test_interlock_holds_for_ancestors_too(tmp_path: Path) -> None:
    with running_relay(tmp_path, WIRED) as host:
        assert host.ancestor(b"{0: True, 1: True, 2: True, 3: True}") == b"False"
        client = host.client()
        client.ask(consent_line(SELLER, client.boot, 1, 0))
        client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=120))
        client.until_closed([0, 1])
        assert host.ancestor(b"{2: True, 3: True}") == b"False"
        assert host.ancestor(b"{0: False, 1: False}") == b"True"
        client.until_closed([])
        assert host.ancestor(b"{2: True, 3: True}") == b"True"
        client.until_closed([2, 3])
