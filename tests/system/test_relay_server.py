"""The real relay server process: from signed lines to pins, and rest whatever happens."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, STRANGER, consent_line, hold_line
from tests.parts.relay_host import (
    PATIENCE_S,
    ROOT,
    WIRED,
    NotifyListener,
    RelayHost,
    read_all,
    running_relay,
)
from tests.parts.waiting import until

QUICK = WIRED + "  dead_time_s: 0.05\n  min_change_s: 0\n"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with running_relay(tmp_path, QUICK) as host:
        yield host


def test_state_greets_before_the_first_reply(host: RelayHost) -> None:
    with host.connect() as link:
        link.sendall(b'{"hello":"x"}\n')
        first = link.makefile("rb").readline()
    assert first.startswith(b'{"state":{"relay":"relay1","boot":"0x')


@pytest.mark.failure(
    part="relay",
    failure="a lease is not renewed",
    contacts="rest when it ends",
)
def test_contacts_close_with_consent_and_lease_and_rest_without_renewal(host: RelayHost) -> None:
    buyer, seller = host.client(), host.client()
    assert buyer.ask(hold_line(BUYER, buyer.boot, 1, (0, 1)))["reply"] == "NoConsent"
    assert buyer.closed == []
    assert seller.ask(consent_line(SELLER, seller.boot, 1, 0))["reply"] == "ok"
    assert buyer.ask(hold_line(BUYER, buyer.boot, 2, (0, 1), lease_s=0.5))["reply"] == "ok"

    seller.until_closed([0, 1])
    assert host.ancestor(b"ReadDATA|0,1,2") == b"{0: True, 1: True, 2: False}"
    seller.until_closed([])
    assert host.ancestor(b"ReadDATA|0,1,2") == b"{0: False, 1: False, 2: False}"


@pytest.mark.failure(
    part="relay",
    failure="the buyer's connection to the relay breaks",
    contacts="stay until the lease ends, then rest",
)
def test_lease_outlives_its_connection_but_not_its_span(host: RelayHost) -> None:
    watcher, buyer = host.client(), host.client()
    watcher.ask(consent_line(SELLER, buyer.boot, 1, 0))
    buyer.ask(hold_line(BUYER, buyer.boot, 1, (0, 1), lease_s=1))
    buyer.close()
    watcher.until_closed([0, 1])
    watcher.until_closed([])


@pytest.mark.failure(
    part="neighbour",
    failure="the seller withdraws while the buyer holds a lease of 120 s",
    contacts="open",
)
def test_withdrawn_consent_opens_while_the_lease_lasts(host: RelayHost) -> None:
    buyer, seller = host.client(), host.client()
    seller.ask(consent_line(SELLER, seller.boot, 1, 0))
    buyer.ask(hold_line(BUYER, buyer.boot, 1, (0, 1), lease_s=120))
    seller.until_closed([0, 1])
    seller.ask(consent_line(SELLER, seller.boot, 2, 0, consent_s=0))
    buyer.until_closed([])


@pytest.mark.failure(
    part="relay",
    failure="two holders want one source",
    contacts="the second stays open until the first has opened",
    person="refused: `SourceBusy`",
)
def test_opening_is_told_before_the_other_contact_closes(host: RelayHost) -> None:
    client = host.client()
    for sequence, connection in ((1, 0), (2, 1)):
        client.ask(consent_line(SELLER, client.boot, sequence, connection))
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1)))
    client.until_closed([0, 1])
    refused = client.ask(hold_line(OTHER_BUYER, client.boot, 1, (2, 3)))
    assert refused["reply"] == "SourceBusy"
    client.ask(hold_line(BUYER, client.boot, 2, ()))
    client.ask(hold_line(OTHER_BUYER, client.boot, 2, (2, 3)))
    client.until_closed([2, 3])

    closed = [[c["channel"] for c in s["contacts"] if c["closed"]] for s in client.states]
    moves = [now for before, now in pairwise(closed) if before != now]
    assert moves == [[0, 1], [], [2, 3]]


@pytest.mark.failure(
    part="relay",
    failure="a stranger, a forgery, a replay",
    contacts="do not move",
    person="refused, each by name",
)
def test_strangers_and_forgeries_move_nothing(host: RelayHost) -> None:
    client = host.client()
    boot = client.boot
    client.ask(consent_line(SELLER, boot, 1, 0))
    good = hold_line(BUYER, boot, 1, (0, 1))
    for line, name in (
        (hold_line(STRANGER, boot, 1, (0, 1)), "NotHolder"),
        (hold_line(STRANGER, boot, 1, (0, 1), account=BUYER.account), "WrongSigner"),
        (hold_line(BUYER, bytes(16), 1, (0, 1)), "WrongBoot"),
        (hold_line(BUYER, boot, 1, (0, 1), relay="relay2"), "WrongRelay"),
        (good[:-5] + b'1d"}\n', "BadSignature"),
    ):
        assert client.ask(line)["reply"] == name
    assert client.closed == []
    assert client.ask(good)["reply"] == "ok"
    replayed = client.ask(good)
    assert (replayed["reply"], replayed["last"]) == ("StaleSequence", 1)


@pytest.mark.failure(
    part="relay",
    failure="the relay server is killed and started again",
    contacts="open after the start; no earlier lease, consent or line counts",
    person="`WrongBoot` for a line of before",
)
def test_each_start_is_another_boot_and_forgets_every_right(host: RelayHost) -> None:
    client = host.client()
    client.ask(consent_line(SELLER, client.boot, 1, 0))
    line = hold_line(BUYER, client.boot, 1, (0, 1), lease_s=120)
    client.ask(line)
    client.until_closed([0, 1])
    host.process.kill()
    host.process.wait()
    host.restart()
    again = host.client()

    assert again.boot != client.boot
    assert again.closed == []
    assert not again.states[0]["connections"][0]["consents_stand"]
    assert again.ask(line)["reply"] == "WrongBoot"


@pytest.mark.failure(
    part="relay",
    failure="the relay server is stopped in order",
    contacts="open, and it is told",
    person="the switch counts go on after the start",
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_orderly_stop_tells_that_all_is_open_and_keeps_the_counts(
    host: RelayHost, number: signal.Signals
) -> None:
    client = host.client()
    client.ask(consent_line(SELLER, client.boot, 1, 0))
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=120))
    client.until_closed([0, 1])
    host.process.send_signal(number)
    client.until_closed([])

    assert host.process.wait() == 0
    host.restart()
    operations = [c["operations"] for c in host.client().states[0]["contacts"]]
    assert operations == [1, 1, 0, 0]


@pytest.mark.failure(
    part="relay",
    failure="contacts near the end of their life",
    person="a warning for each channel",
)
def test_worn_contacts_are_warned_of(tmp_path: Path) -> None:
    with running_relay(tmp_path, "  rated_operations: 1\n  min_change_s: 0\n") as host:
        assert host.ancestor(b"{0: True, 1: True}") == b"True"
        warnings = host.client().states[0]["warnings"]
    assert [w[:20] for w in warnings] == ["channel 0 has closed", "channel 1 has closed"]


@pytest.mark.failure(
    part="relay",
    failure="a second relay server is started",
    contacts="rest",
    person="it ends with status 1",
)
def test_taken_port_is_an_exit_with_contacts_at_rest(host: RelayHost) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "relay_server", "--parameters", str(host.parameters)],
        cwd=ROOT,
        capture_output=True,
    )
    assert second.returncode == 1
    assert host.ancestor(b"ReadDATA|0") == b"{0: False}"


@pytest.mark.failure(
    part="file",
    failure="wrong parameters of the relay",
    person="status 78, and the key's full path",
)
def test_wrong_parameters_are_exit_78(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.yml"
    parameters.write_text("relay: {dead_time_s: never, pins: [17, 17]}\n")
    ended = subprocess.run(
        [sys.executable, "-m", "relay_server", "--parameters", str(parameters)],
        cwd=ROOT,
        capture_output=True,
    )
    assert ended.returncode == 78
    assert b"relay.dead_time_s" in ended.stderr


def test_rest_sets_everything_at_rest_and_ends(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.yml"
    parameters.write_text(f"relay: {{board: mock, state_directory: {tmp_path}}}\n")
    ended = subprocess.run(
        [sys.executable, "-m", "relay_server", "rest", "--parameters", str(parameters)],
        cwd=ROOT,
        capture_output=True,
    )
    assert ended.returncode == 0
    assert b"Every contact is at rest" in ended.stderr


def test_systemd_is_told_when_the_port_is_open_and_at_the_end(tmp_path: Path) -> None:
    listener = NotifyListener(tmp_path / "notify")
    host = RelayHost(tmp_path, QUICK, env={"NOTIFY_SOCKET": str(listener.path)})
    assert listener.heard() == b"READY=1"
    host.client()
    assert listener.heard() == b"WATCHDOG=1"
    host.close()
    until(lambda: listener.heard() == b"STOPPING=1")
    listener.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_listening_on_every_address_takes_both_versions_and_trusts_each(tmp_path: Path) -> None:
    """A socket of version 6 alone would keep every older client out."""
    with running_relay(tmp_path, QUICK + "  trusted_clients: [127.0.0.1, '::1']\n") as host:
        host.close()
        text = host.parameters.read_text()
        host.parameters.write_text(text.replace("listen: 127.0.0.1", "listen: '::'"))
        host.restart()
        for address in ("127.0.0.1", "::1"):
            with socket.create_connection((address, host.port), PATIENCE_S) as link:
                link.settimeout(PATIENCE_S)
                link.sendall(b"ReadDATA|0,1")
                assert read_all(link) == b"{0: False, 1: False}", address
        log = host.log.read_text()
    assert "trusted" not in log
