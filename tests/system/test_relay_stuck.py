"""The real relay server with contacts that weld or break: what each does, and who is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.relay_keys import BUYER, OTHER_BUYER, SELLER, consent_line, hold_line
from tests.parts.relay_host import WIRED, JsonClient, RelayHost
from tests.parts.relay_watched import (
    FEEDBACK,
    closed_now,
    ensure_apart,
    moves,
    stick,
    watched_relay,
)
from tests.parts.waiting import until

QUICK = WIRED + FEEDBACK + "  dead_time_s: 0.05\n  min_change_s: 0\n  settle_s: 0.1\n"
RIVALS = (frozenset({0, 1}), frozenset({2, 3}))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with watched_relay(tmp_path, QUICK) as host:
        yield host


@pytest.fixture
def client(host: RelayHost) -> Iterator[JsonClient]:
    client = host.client()
    client.ask(consent_line(SELLER, client.boot, 1, 0, consent_s=3600))
    client.ask(consent_line(SELLER, client.boot, 2, 1, consent_s=3600))
    yield client
    client.close()


def stuck(client: JsonClient) -> dict[int, str]:
    contacts: list[dict[str, Any]] = client.states[-1]["contacts"]
    return {contact["channel"]: contact["stuck"] for contact in contacts if contact["stuck"]}


def until_stuck(client: JsonClient, channels: set[int]) -> None:
    while stuck(client).keys() != channels:
        client.line()


@pytest.mark.failure(
    part="relay",
    failure="a contact is welded: told to open, it conducts",
    contacts="no connection of its source closes",
    person="`channel 1 is stuck closed: told to open, it conducts`; refused: `ContactStuck`",
    lasts="until it opens",
)
def test_welded_contact_is_told_and_no_other_closes_near_it_until_it_opens(
    host: RelayHost, client: JsonClient
) -> None:
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=60))
    client.until_closed([0, 1])
    stick(host, {1: True})
    client.ask(hold_line(BUYER, client.boot, 2, ()))
    # Asked for before it is known to be stuck, the other waits: it is not closed meanwhile.
    assert client.ask(hold_line(OTHER_BUYER, client.boot, 1, (2, 3), lease_s=60))["reply"] == "ok"
    until_stuck(client, {1})
    assert stuck(client) == {1: "channel 1 is stuck closed: told to open, it conducts"}
    assert client.states[-1]["contacts"][1]["conducts"]
    assert [c["barred_by"] for c in client.states[-1]["connections"]] == [[1], [1]]
    refused = client.ask(hold_line(OTHER_BUYER, client.boot, 2, (2, 3)))
    assert refused["reply"] == "ContactStuck"
    assert refused["sentence"] == "connection 1 may not close: channel 1 is stuck"
    assert client.ask(hold_line(BUYER, client.boot, 3, (0, 1)))["reply"] == "ContactStuck"
    assert host.ancestor(b"ReadDATA|0,1,2,3") == b"{0: False, 1: False, 2: False, 3: False}"
    assert {move.channel for move in moves(host)} == {0, 1}

    stick(host, {})
    until_stuck(client, set())
    assert client.ask(hold_line(OTHER_BUYER, client.boot, 3, (2, 3)))["reply"] == "ok"
    client.until_closed([2, 3])
    ensure_apart(moves(host), RIVALS, 0.05)


@pytest.mark.failure(
    part="relay",
    failure="a contact is welded already when the relay server starts",
    contacts="none moves",
    person="refused, also for the source's other load: `ContactStuck`",
)
def test_contact_welded_before_the_start_bars_from_the_start(tmp_path: Path) -> None:
    """A driver that has burnt through, or a relay host that lost its power while it held."""
    (tmp_path / "stuck").write_text("0 1\n")
    with watched_relay(tmp_path, QUICK) as host:
        client = host.client()
        until_stuck(client, {0})
        client.ask(consent_line(SELLER, client.boot, 1, 1))
        refused = client.ask(hold_line(OTHER_BUYER, client.boot, 1, (2, 3)))
        assert refused["reply"] == "ContactStuck"
        assert moves(host) == []


@pytest.mark.failure(
    part="relay",
    failure="a contact closes by itself",
    contacts="the source's other connection, which was closed, opens",
    person="the contact is told as stuck",
)
def test_contact_that_closes_by_itself_opens_what_it_touches(
    host: RelayHost, client: JsonClient
) -> None:
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=60))
    client.until_closed([0, 1])
    stick(host, {2: True})
    until_stuck(client, {2})
    client.until_closed([])
    assert closed_now(host) == set()


@pytest.mark.failure(
    part="relay",
    failure="one of a connection's two contacts does not close",
    contacts="both asked open; the source's other load may have it",
    person="`channel 1 is stuck open: told to close, it did not conduct`; refused: `ContactStuck`",
)
def test_half_a_connection_opens_by_itself(host: RelayHost, client: JsonClient) -> None:
    """The changeover without the line contact would leave the home on no source."""
    stick(host, {1: False})
    assert client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=60))["reply"] == "ok"
    until_stuck(client, {1})
    client.until_closed([])
    assert stuck(client) == {1: "channel 1 is stuck open: told to close, it did not conduct"}
    assert client.ask(hold_line(BUYER, client.boot, 2, (0, 1)))["reply"] == "ContactStuck"
    assert client.ask(hold_line(OTHER_BUYER, client.boot, 1, (2, 3)))["reply"] == "ok"
    client.until_closed([2, 3])


@pytest.mark.failure(
    part="relay",
    failure="the feedback of the contacts cannot be read",
    contacts="rest",
    person="the server ends with status 1",
)
def test_trouble_reading_feedback_brings_all_to_rest_and_ends(
    host: RelayHost, client: JsonClient
) -> None:
    client.ask(hold_line(BUYER, client.boot, 1, (0, 1), lease_s=60))
    client.until_closed([0, 1])
    (host.directory / "stuck").mkdir()
    assert until(lambda: host.process.poll()) == 1
    assert closed_now(host) == set()
