"""A relay server that is killed, stopped, or loses its power: what each contact does, and after.

While the process is stopped nothing can end a lease: the contacts stay. That time is the systemd
watchdog's to bound, which kills a process that has gone silent; the test holds that it goes silent.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, consent_line, hold_line
from tests.parts.relay_host import WIRED, JsonClient, NotifyListener, RelayHost
from tests.parts.relay_watched import closed_now, moves, started_at_s, watched_relay
from tests.parts.waiting import until

DEAD_S = 0.3
RELAY = WIRED + f"  dead_time_s: {DEAD_S}\n  min_change_s: 0\n"
LEASE_S = 1.0
START_DEAD_S = 4.0
"""A start and all that is asked after it take less: what closes then has waited for nothing."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with watched_relay(tmp_path, RELAY) as host:
        yield host


def deliver(host: RelayHost, lease_s: float = 60) -> JsonClient:
    """Bring home1 onto home2."""
    client = host.client()
    client.ask(consent_line(SELLER, client.boot, 1, 0, consent_s=3600))
    client.ask(consent_line(SELLER, client.boot, 2, 1, consent_s=3600))
    assert client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=lease_s))["reply"] == "ok"
    client.until_closed([0, 1])
    return client


def stop(host: RelayHost) -> None:
    """Stop the process, and wait until it stands still."""
    host.process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{host.process.pid}/stat")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")


def wait_past(instant_s: float) -> None:
    until(lambda: time.monotonic() > instant_s)


@pytest.mark.failure(
    part="relay",
    failure="the relay server's process stands still for longer than a lease",
    contacts=(
        "stay meanwhile; then open first, before what waited is heard; what closes next waits"
        " for the dead time"
    ),
    lasts="as long as it stands still",
)
def test_stopped_process_ends_no_lease_and_does_so_first_when_it_goes_on(host: RelayHost) -> None:
    client = deliver(host, LEASE_S)
    stop(host)
    # A renewal, a neighbour's wish and an ancestor's question wait for the process to go on.
    client.link.sendall(hold_line(BUYER, client.boot, 2, (0, 1), lease_s=60))
    neighbour = host.connect()
    neighbour.sendall(hold_line(OTHER_BUYER, client.boot, 1, (2, 3), lease_s=60))
    ancestor = host.connect()
    ancestor.sendall(b"ReadDATA|0,1,2,3")
    wait_past(time.monotonic() + LEASE_S)
    assert closed_now(host) == {0, 1}

    went_on_s = time.monotonic()
    host.process.send_signal(signal.SIGCONT)
    first = until(lambda: moves(host)[2:4])
    assert [(move.channel, move.closed) for move in first] == [(0, False), (1, False)]
    assert min(move.at_s for move in first) >= went_on_s
    assert ancestor.recv(100) == b"{0: False, 1: False, 2: False, 3: False}"
    # What was told before the reply to the late renewal is that all is open.
    client.reply()
    assert client.closed == []
    # Whichever came first may close now, as a new wish, and only after the dead time.
    closings = until(lambda: [move for move in moves(host)[4:] if move.closed][:2])
    assert closings[0].at_s - max(move.at_s for move in first) >= DEAD_S
    assert len(closed_now(host)) == 2


@pytest.mark.failure(
    part="relay",
    failure="the relay server's process stands still for less than a lease",
    contacts="stay",
    person="a renewal is answered `ok`",
)
def test_stop_within_the_lease_changes_nothing(host: RelayHost) -> None:
    client = deliver(host)
    stop(host)
    wait_past(time.monotonic() + LEASE_S)
    host.process.send_signal(signal.SIGCONT)
    assert client.ask(hold_line(BUYER, client.boot, 2, (0, 1)))["reply"] == "ok"
    assert closed_now(host) == {0, 1}
    assert len(moves(host)) == 2


@pytest.mark.failure(
    part="relay",
    failure="the relay server's process stands still",
    person="systemd hears no `WATCHDOG=1`",
    lasts="until it goes on",
)
def test_stopped_process_is_silent_for_the_watchdog(tmp_path: Path) -> None:
    """systemd kills it after its WatchdogSec, and starts it anew: at rest."""
    listener = NotifyListener(tmp_path / "notify")
    with watched_relay(tmp_path, RELAY, env={"NOTIFY_SOCKET": str(listener.path)}) as host:
        assert listener.heard() == b"READY=1"
        assert listener.heard() == b"WATCHDOG=1"
        stop(host)
        while listener.waiting():
            listener.heard()
        wait_past(time.monotonic() + 2.0)
        assert listener.waiting() == 0
        host.process.send_signal(signal.SIGCONT)
        assert listener.heard() == b"WATCHDOG=1"
    listener.close()


def test_killed_process_starts_at_rest_and_brings_no_lease_back(tmp_path: Path) -> None:
    """With the process its pins are gone: here they are played, and the board's pull opens them.

    What they did before nobody knows any more, so the new process waits for the dead time, too.
    """
    relay = WIRED + f"  dead_time_s: {START_DEAD_S}\n  min_change_s: 0\n"
    with watched_relay(tmp_path, relay) as host:
        client = deliver(host)
        line = hold_line(BUYER, client.boot, 2, (0, 1), lease_s=60)
        host.process.kill()
        host.process.wait()
        told = len(moves(host))
        host.restart()
        again = host.client()

        assert again.closed == []
        assert again.ask(line)["reply"] == "WrongBoot"
        refused = again.ask(hold_line(BUYER, again.boot, 1, (0, 1)))
        assert refused["reply"] == "NoConsent"
        again.ask(consent_line(SELLER, again.boot, 1, 0))
        again.ask(hold_line(BUYER, again.boot, 2, (0, 1)))
        again.until_closed([0, 1])
        after = moves(host)[told:]
    assert [(move.channel, move.closed) for move in after] == [(0, True), (1, True)]
    assert after[0].at_s - started_at_s(host) >= START_DEAD_S


@pytest.mark.failure(
    part="relay",
    failure="a power loss leaves the file of switch counts empty, cut short or zeros",
    contacts="open after the start; no lease is left",
    person="a warning: `switch counts cannot be read`",
)
@pytest.mark.parametrize(
    "counts", [b"", b'{"operations": [1,', b"\0" * 64], ids=["empty", "cut", "zeros"]
)
def test_power_loss_in_the_midst_of_a_write_leaves_a_relay_that_starts(
    host: RelayHost, counts: bytes
) -> None:
    deliver(host)
    host.process.kill()
    host.process.wait()
    kept = host.directory / "state" / "switch_counts.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(counts)
    kept.with_suffix(".new").write_bytes(counts)
    host.restart()

    state = host.client().states[0]
    assert [c["channel"] for c in state["contacts"] if c["closed"]] == []
    assert state["connections"][0]["lease_left_ms"] == 0
    assert state["warnings"][0].startswith("switch counts cannot be read")
