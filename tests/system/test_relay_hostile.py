"""Slow, silent, flooding and malformed clients harm nobody but themselves."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay_server.guests import MOST_PER_ADDRESS
from relay_server.session import MOST_STRIKES
from tests.factories.relay_keys import BUYER, SELLER, STRANGER, consent_line, hold_line
from tests.parts.relay_host import WIRED, JsonClient, RelayHost, read_all, running_relay
from tests.parts.waiting import until


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with running_relay(tmp_path, WIRED) as host:
        yield host


def ensure_well(host: RelayHost) -> None:
    """The relay still runs, and a newcomer can still bring home1 onto home2 and back."""
    client = host.client()
    assert client.closed == []
    sequence = time.time_ns()
    assert client.ask(consent_line(SELLER, client.boot, sequence, 0))["reply"] == "ok"
    assert client.ask(hold_line(BUYER, client.boot, sequence, (0, 1)))["reply"] == "ok"
    client.until_closed([0, 1])
    client.ask(hold_line(BUYER, client.boot, sequence + 1, ()))
    client.until_closed([])
    client.close()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'{"hold":', "NotJson"),
        (b'{"hold":{"a":NaN}}', "NotFinite"),
        (b'{"hold":1e999}', "NotFinite"),
        (b'{"hold":' + b"9" * 4000 + b"}", "NumberTooLarge"),
        (b'{"a":' + b"[" * 7000, "TooDeep"),
        (b'{"a":1,"a":2}', "DuplicateKey"),
        (b'{"\xff":1}', "NotUtf8"),
        (b'{"hello":"\\ud800"}', "BadField"),
        (b'{"hello":"' + b"x" * 9000 + b'"}', "LineTooLong"),
        (b"", "NotJson"),
        (b"ReadDATA|0", "NotJson"),
    ],
)
def test_malformed_line_is_refused_by_name(host: RelayHost, line: bytes, name: str) -> None:
    client = host.client()
    assert client.ask(line + b"\n")["reply"] == name
    ensure_well(host)


def test_endless_line_ends_the_connection(host: RelayHost) -> None:
    client = host.client()
    assert client.ask(b'{"hello":"' + b"x" * 20_000)["reply"] == "LineTooLong"
    assert until(lambda: is_ended(client))
    ensure_well(host)


def test_bad_lines_without_end_end_the_connection(host: RelayHost) -> None:
    client = host.client()
    bad = hold_line(STRANGER, client.boot, 1, (0, 1))
    for _ in range(MOST_STRIKES):
        assert client.ask(bad)["reply"] == "NotHolder"
    assert until(lambda: is_ended(client))


@pytest.mark.failure(
    part="relay",
    failure="silent and slow clients",
    contacts="move for others as ever",
    person="the slow are let go",
)
def test_silent_and_slow_clients_do_not_hold_up_others(host: RelayHost) -> None:
    silent = [host.connect() for _ in range(20)]
    slow = [host.connect() for _ in range(20)]
    for link in slow:
        link.sendall(b'{"hel')
    ensure_well(host)
    # Who never begins, and who never ends a line, is let go.
    assert [read_all(link) for link in silent] == [b""] * 20
    for link in slow:
        said = read_all(link)
        assert said.startswith(b'{"state"')
        assert b'"reply"' not in said
    ensure_well(host)


@pytest.mark.failure(
    part="relay",
    failure="a client reads nothing",
    contacts="move for others as ever",
    person="it is let go",
)
def test_client_that_reads_nothing_is_let_go(host: RelayHost) -> None:
    deaf = host.connect()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    flood = b'{"hello":"x"}\n' * 1000
    deaf.settimeout(1.0)
    with pytest.raises(OSError, match=r"."):
        for _ in range(10_000):
            deaf.sendall(flood)
    ensure_well(host)


@pytest.mark.failure(
    part="relay",
    failure="a client floods",
    contacts="move for others as ever",
)
def test_flooding_client_waits_for_its_turn(host: RelayHost) -> None:
    flooder = host.client()
    flooder.link.setblocking(False)
    bad = hold_line(BUYER, flooder.boot, 1, (0,))
    sent = 0
    while sent < 2_000_000:
        try:
            sent += flooder.link.send(bad * 100)
        except BlockingIOError:
            break
    ensure_well(host)


def test_full_address_makes_room_for_a_newcomer_of_its_own(host: RelayHost) -> None:
    """128 silent local connections shut the Pi's own node out."""
    guests = [host.client() for _ in range(MOST_PER_ADDRESS)]
    with host.connect() as late:
        late.sendall(b"ReadDATA|0")
        assert read_all(late) == b"{0: False}"
    for guest in guests:
        guest.close()


def test_hundred_clients_read_at_once(host: RelayHost) -> None:
    links = [host.connect() for _ in range(100)]
    for link in links:
        link.sendall(b"ReadDATA|0,1")
    assert [read_all(link) for link in links] == [b"{0: False, 1: False}"] * 100


def test_hundred_listeners_see_each_move(host: RelayHost) -> None:
    listeners = [host.client() for _ in range(100)]
    ensure_well(host)
    for listener in listeners:
        listener.until_closed([0, 1])
        listener.until_closed([])
        listener.close()


def test_lines_before_the_end_are_all_answered(host: RelayHost) -> None:
    with host.connect() as link:
        link.sendall(b'{"hello":"x"}\n' * 50 + b'{"hello"')
        link.shutdown(socket.SHUT_WR)
        lines = read_all(link).splitlines()
    replies = [json.loads(line) for line in lines if line.startswith(b'{"reply"')]
    assert [reply["reply"] for reply in replies] == ["ok"] * 50


def is_ended(client: JsonClient) -> bool:
    try:
        client.line()
    except (AssertionError, OSError):
        return True
    return False


@pytest.mark.failure(
    part="relay",
    failure="strangers send bad lines and switches again and again",
    contacts="stay",
    person="the log tells of each kind once a minute",
)
def test_what_strangers_send_again_and_again_does_not_fill_the_log(tmp_path: Path) -> None:
    with running_relay(tmp_path, f"{WIRED}\n  trusted_clients: []\n") as host:
        for _ in range(20):
            assert host.ancestor(b"{0: True, 1: True}") == b"False"
        for _ in range(5):
            with host.connect() as link:
                link.sendall(b'{"hello":\n' * MOST_STRIKES)
                read_all(link)
        told = host.log.read_text()

    assert told.count("may not switch") == 1
    assert told.count("bad lines in a row") == 1
