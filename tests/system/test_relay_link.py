"""The node's link at the real relay server, also while the relay dies and comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import RelayUnavailable
from node.core.facts import (
    ConsentGranted,
    Fact,
    LeaseGranted,
    LeaseRefused,
    ReceiptReceived,
    RelayLost,
    RelayReported,
)
from node.keys.account import Account
from node.keys.keccak import keccak256
from node.links.relay.follow import follow_states
from node.links.relay.link import RelayLink
from tests.factories.relay_keys import BUYER, SELLER, receipt
from tests.parts.relay_host import PATIENCE_S, WIRED, RelayHost, running_relay
from village.tcp import free_port


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RelayHost]:
    with running_relay(tmp_path, WIRED) as host:
        yield host


class Home:
    """A link, its facts, and a way to wait for them."""

    def __init__(self, port: int, signer: Account) -> None:
        self.facts: list[Fact] = []
        self._more = asyncio.Event()
        self.link = RelayLink("127.0.0.1", port, signer, keccak256, self._post, time.monotonic)

    async def until(self, kind: type[Any], true: Callable[[Any], bool] = lambda fact: True) -> Any:
        """Wait for a fact, and forget all up to it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while self.facts:
                    fact = self.facts.pop(0)
                    if isinstance(fact, kind) and true(fact):
                        return fact
                self._more.clear()
                await self._more.wait()

    def _post(self, fact: Fact) -> None:
        self.facts.append(fact)
        self._more.set()


@asynccontextmanager
async def home(port: int, signer: Account) -> AsyncIterator[Home]:
    one = Home(port, signer)
    running = asyncio.create_task(one.link.run())
    try:
        yield one
    finally:
        one.link.close()
        one.link.close()
        await asyncio.wait_for(running, PATIENCE_S)


def closed(fact: RelayReported) -> bool:
    return fact.view.connections[0].closed


async def test_two_homes_bring_a_contact_to_close_and_open(host: RelayHost) -> None:
    async with home(host.port, BUYER) as buyer, home(host.port, SELLER) as seller:
        await buyer.until(RelayReported)
        await seller.until(RelayReported)
        seller.link.consent(0, 30.0)
        await seller.until(ConsentGranted)
        buyer.link.hold((0, 1), 30.0, (receipt(5),))
        await buyer.until(LeaseGranted)
        await seller.until(RelayReported, closed)
        seller.link.consent(0, 30.0)
        told = await seller.until(ReceiptReceived)
        assert told.receipt == receipt(5)

        buyer.link.hold((), 0.0, ())
        await seller.until(RelayReported, lambda fact: not closed(fact))


async def test_link_finds_the_relay_again_with_another_boot(host: RelayHost) -> None:
    async with home(host.port, SELLER) as seller:
        first = await seller.until(RelayReported)
        host.process.kill()
        host.process.wait()
        await seller.until(RelayLost)
        seller.link.consent(0, 30.0)
        host.restart()
        second = await seller.until(RelayReported)

        assert second.view.boot != first.view.boot
        assert not second.view.connections[0].consents_stand
        seller.link.consent(0, 30.0)
        await seller.until(ConsentGranted)


@pytest.mark.failure(
    part="relay",
    failure="the relay's host is away when a contact is asked for",
    person="refused: `RelayAway`",
)
async def test_nothing_stale_is_sent_after_the_relay_was_away(host: RelayHost) -> None:
    port = free_port()
    async with home(port, BUYER) as buyer:
        lost = await buyer.until(RelayLost)
        assert str(port) in lost.reason
        buyer.link.hold((0, 1), 30.0, ())
        refused = await buyer.until(LeaseRefused)
        assert refused.name == "RelayAway"


@pytest.mark.failure(
    part="relay",
    failure="the relay's host takes connections and answers nothing",
    person="relay lost: `no answer`",
)
async def test_relay_that_does_not_answer_is_lost() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    deaf = await asyncio.start_server(swallow, "127.0.0.1", 0)
    async with home(deaf.sockets[0].getsockname()[1], BUYER) as buyer:
        lost = await buyer.until(RelayLost)
        assert "no answer" in lost.reason
    deaf.close()


async def test_last_wish_before_the_close_is_still_obeyed(host: RelayHost) -> None:
    async with home(host.port, SELLER) as seller:
        await seller.until(RelayReported)
        seller.link.consent(0, 60.0)
        await seller.until(ConsentGranted)
        async with home(host.port, BUYER) as buyer:
            await buyer.until(RelayReported)
            buyer.link.hold((0, 1), 60.0, ())
            await seller.until(RelayReported, closed)
            await buyer.until(LeaseGranted)
            buyer.link.hold((), 0.0, ())
        await seller.until(RelayReported, lambda fact: not closed(fact))


async def test_states_can_be_followed_without_an_account(host: RelayHost) -> None:
    states = follow_states("127.0.0.1", host.port, "plant")
    first = await anext(states)
    assert [contact.closed for contact in first.contacts] == [False] * 4
    assert await asyncio.to_thread(host.ancestor, b"{0: True, 1: True}") == b"True"
    while not (await anext(states)).contacts[0].closed:
        pass
    host.process.terminate()
    with pytest.raises(RelayUnavailable):
        while True:
            await anext(states)


async def test_relay_that_is_not_there_cannot_be_followed() -> None:
    with pytest.raises(RelayUnavailable):
        await anext(follow_states("127.0.0.1", free_port(), "plant"))
