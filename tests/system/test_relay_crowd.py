"""Crowds, dripping senders and vanished peers: the holder keeps its lease, the relay its size.

`PEERWATT_SOAK` lets ten thousand connections come; else two thousand.
"""

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.core.facts import Fact, LeaseGranted, RelayLost
from node.core.wire.announcement import Announcement
from node.keys.keccak import keccak256
from node.links.relay.link import RelayLink
from relay_server.guests import MOST_PER_ACCOUNT, MOST_SESSIONS
from relay_server.server import BACKLOG
from relay_server.session import IDLE_S
from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, consent_line, hold_line
from tests.parts.relay_host import WIRED, JsonClient, RelayHost, read_all
from tests.parts.relay_watched import closed_now, moves, watched_relay
from tests.parts.waiting import until, until_on_loop
from village.contacts import ContactFollower

CONNECTIONS = 10_000 if "PEERWATT_SOAK" in os.environ else 2_000
HELD_OPEN = 600
ADDRESSES = 100
NEWCOMERS = 50
MOST_GROWTH_KIB = 16 * 1024
OTHER_FILES = 32
PLACES_OF_STRANGERS = MOST_SESSIONS - 3 * MOST_PER_ACCOUNT
REPLAYERS = 1000
REPLAYERS_ADDRESSES = 300
LEASE_S = 3.0
TCP_REPAIR = 19
KEEPALIVE_TIMER = "02"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with watched_relay(tmp_path, WIRED) as host:
        yield host


class Holder:
    """A home that draws, and renews its lease at a third, until it is told to end."""

    def __init__(self, host: RelayHost) -> None:
        self._client = host.client()
        self._ended = threading.Event()
        self.answers: list[str] = []
        consent = consent_line(SELLER, self._client.boot, 1, 0, consent_s=3600)
        assert self._client.ask(consent)["reply"] == "ok"
        self._renew()
        self._client.until_closed([0, 1])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._ended.wait(LEASE_S / 3):
            self._renew()

    def _renew(self) -> None:
        sequence = len(self.answers) + 1
        line = hold_line(BUYER, self._client.boot, sequence, (0, 1), lease_s=LEASE_S)
        self.answers.append(self._client.ask(line)["reply"])


@pytest.fixture
def holder(host: RelayHost) -> Iterator[Holder]:
    holder = Holder(host)
    yield holder
    holder.close()


def ensure_held(host: RelayHost, holder: Holder) -> None:
    """The holder was served all the time, and its contacts have not moved since they closed."""
    assert set(holder.answers) == {"ok"}
    assert [(move.channel, move.closed) for move in moves(host)] == [(0, True), (1, True)]


def connect_from(host: RelayHost, number: int) -> socket.socket:
    """Connect from one of a hundred addresses of this machine."""
    link = socket.socket()
    link.settimeout(20)
    link.bind((f"127.0.1.{number % ADDRESSES + 1}", 0))
    link.connect(("127.0.0.1", host.port))
    return link


def resident_kib(host: RelayHost) -> int:
    status = Path(f"/proc/{host.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def open_files(host: RelayHost) -> int:
    return len(list(Path(f"/proc/{host.process.pid}/fd").iterdir()))


@pytest.mark.failure(
    part="relay",
    failure="2,000 connections (10,000 in `make soak`) from 100 addresses, 600 at once",
    contacts="stay",
    person="the holder and a newcomer are served; the relay's memory grows by less than 16 MiB",
)
def test_crowd_of_connections_neither_loosens_the_holder_nor_grows_the_relay(
    host: RelayHost, holder: Holder
) -> None:
    before_kib = resident_kib(host)
    guests: deque[socket.socket] = deque()
    beginnings = (b"", b"{", b'{"hel', b'{"hello":"x"}\n', b"ReadDATA|", b"\xff" * 100)
    most_files = 0
    for number in range(CONNECTIONS):
        guest = connect_from(host, number)
        with contextlib.suppress(OSError):
            guest.sendall(beginnings[number % len(beginnings)])
        guests.append(guest)
        if len(guests) > HELD_OPEN:
            guests.popleft().close()
            most_files = max(most_files, open_files(host)) if number % 100 == 0 else most_files

    # While the crowd still stands there, a newcomer from elsewhere is served.
    with connect_from(host, ADDRESSES - 1) as late:
        late.sendall(b"ReadDATA|0,1")
        assert read_all(late) == b"{0: True, 1: True}"
    ensure_held(host, holder)
    assert most_files <= MOST_SESSIONS + 3 * BACKLOG + OTHER_FILES
    assert resident_kib(host) - before_kib < MOST_GROWTH_KIB
    for guest in guests:
        guest.close()
    until(lambda: open_files(host) < OTHER_FILES)
    ensure_held(host, holder)


@pytest.mark.failure(
    part="relay",
    failure="100 clients send a byte at a time and never a whole line or message",
    contacts="stay",
    person="the holder is served; they are let go",
    lasts="30 s at most",
)
def test_senders_that_drip_are_let_go_while_they_still_send(
    host: RelayHost, holder: Holder
) -> None:
    """Each byte comes in time, and the whole never: a line and a message end all the same."""
    drips = [(connect_from(host, number), b'{"hello":"' + b"x" * 8000) for number in range(50)]
    drips += [(connect_from(host, number), b"{0: True, " * 100) for number in range(50)]
    left = dict(drips)
    at = 0
    deadline = time.monotonic() + 30
    while left and time.monotonic() < deadline:
        for link, text in list(left.items()):
            try:
                link.sendall(text[at : at + 1])
            except OSError:
                del left[link]
        at += 1
        time.sleep(0.05)
    assert not left
    for link, _ in drips:
        link.close()
    ensure_held(host, holder)


@pytest.mark.failure(
    part="relay",
    failure="silent clients hold every place that the relay has",
    contacts="stay",
    person="the holder is served, and 50 newcomers at once",
)
def test_silent_half_of_a_full_house_moves_nothing_and_keeps_nobody_out(
    host: RelayHost, holder: Holder
) -> None:
    """Peers that said hello and are gone, without a word: their places are taken when needed."""
    gone = [connect_from(host, number // 100) for number in range(PLACES_OF_STRANGERS)]
    for link in gone:
        link.sendall(b'{"hello":"x"}\n')
    # The kernel asks each of them, and lets go those that do not answer.
    until(lambda: keepalive_timers(host) == [KEEPALIVE_TIMER] * (PLACES_OF_STRANGERS + 1))
    # All of them are there before the first of them speaks.
    newcomers = [connect_from(host, 50 + number) for number in range(NEWCOMERS)]
    for late in newcomers:
        late.sendall(b"ReadDATA|0,1")
    answers = [read_all(late) for late in newcomers]
    assert answers == [b"{0: True, 1: True}"] * NEWCOMERS
    for link in (*gone, *newcomers):
        link.close()
    ensure_held(host, holder)


def keepalive_timers(host: RelayHost) -> list[str]:
    """Say which timer the kernel runs for each open connection of the relay's port."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    port = f":{host.port:04X}"
    return [row[5].partition(":")[0] for row in rows if row[1].endswith(port) and row[3] == "01"]


@pytest.mark.failure(
    part="relay",
    failure="1,000 connections from 300 addresses repeat signed lines that they overheard",
    contacts="stay, and close for a home that was idle",
    person="nothing: homes keep their places",
)
async def test_an_idle_home_keeps_its_place_in_a_crowd_that_repeats_signed_lines(
    host: RelayHost,
) -> None:
    """One repeated line made a connection known; 255 from two addresses kept everybody out."""
    seller, overheard = host.client(), host.client()
    lines = [
        consent_line(SELLER, seller.boot, 1, 0, consent_s=3600),
        consent_line(SELLER, seller.boot, 2, 1, consent_s=3600),
        hold_line(OTHER_BUYER, overheard.boot, 1, ()),
    ]
    assert [seller.ask(line)["reply"] for line in lines] == ["ok"] * 3
    facts: list[Fact] = []
    home = RelayLink(
        "127.0.0.1", host.port, BUYER, keccak256, facts.append, time.monotonic, "relay1"
    )
    running = asyncio.create_task(home.run())
    await until_on_loop(lambda: facts, "the idle home is greeted")

    crowd = await asyncio.to_thread(_crowd_of_replayers, host, lines)
    assert not any(isinstance(fact, RelayLost) for fact in facts)
    home.hold((0, 1), LEASE_S, ())
    await until_on_loop(
        lambda: any(isinstance(fact, LeaseGranted) for fact in facts), "it buys", 60
    )
    assert closed_now(host) == {0, 1}
    late = await asyncio.to_thread(host.client)
    assert (await asyncio.to_thread(late.ask, hold_line(OTHER_BUYER, late.boot, 2, ())))[
        "reply"
    ] == "ok"

    assert not any(isinstance(fact, RelayLost) for fact in facts)
    home.close()
    await running
    for guest in crowd:
        guest.close()


def _crowd_of_replayers(host: RelayHost, lines: list[bytes]) -> list[socket.socket]:
    crowd = []
    for number in range(REPLAYERS):
        link = socket.socket()
        link.settimeout(20)
        link.bind((f"127.0.{2 + number % REPLAYERS_ADDRESSES // 200}.{1 + number % 200}", 0))
        link.connect(("127.0.0.1", host.port))
        with contextlib.suppress(OSError):
            link.sendall(lines[number % len(lines)])
        crowd.append(link)
    return crowd


@pytest.mark.failure(
    part="relay",
    failure="a client says nothing for a minute",
    contacts="stay",
    person="it is let go; homes and watchers say hello before",
)
async def test_who_says_nothing_for_long_is_let_go(tmp_path: Path) -> None:
    with watched_relay(tmp_path, WIRED) as host:
        talker = host.client()
        silent = host.client()
        seen: list[Announcement | None] = []
        watcher = ContactFollower(host.port, lambda _closed: None, seen.append)
        watcher.start()
        with contextlib.closing(watcher):
            begun_s = time.monotonic()
            silent.link.settimeout(3 * IDLE_S)
            while time.monotonic() < begun_s + IDLE_S + 5:
                assert talker.ask(b'{"hello":"x"}\n')["reply"] == "ok"
                await asyncio.sleep(1)
            assert await asyncio.to_thread(silent.link.recv, 100_000) == b""
            assert seen
            assert None not in seen


@pytest.mark.failure(
    part="relay",
    failure="a holder vanishes, and its connection is never closed",
    contacts="stay until the lease ends, then rest",
)
def test_contacts_of_a_holder_that_vanished_rest_when_its_lease_ends(host: RelayHost) -> None:
    """No FIN, no reset: to the relay its connection looks as well as ever."""
    watcher, holder = host.client(), host.client()
    watcher.ask(consent_line(SELLER, watcher.boot, 1, 0))
    asked_s = time.monotonic()
    holder.ask(hold_line(BUYER, holder.boot, 1, (0, 1), lease_s=1))
    watcher.until_closed([0, 1])
    vanish(holder)
    assert closed_now(host) == {0, 1}
    watcher.until_closed([])
    assert [move.at_s >= asked_s + 1 for move in moves(host) if not move.closed] == [True, True]


def vanish(client: JsonClient) -> None:
    """Take the socket from the kernel without a word to its peer."""
    try:
        client.link.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except PermissionError:
        pytest.skip("only root can let a connection vanish")
    client.close()
