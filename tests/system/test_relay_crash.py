"""Whatever goes wrong inside brings every contact to rest, and ends the process."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.errors import InterlockViolation
from relay_server.server import RelayServer
from tests.factories.relay_keys import BUYER, SELLER, Boot, consent_line, hold_line
from tests.faults.contacts import played_contacts
from tests.parts.relay_host import PATIENCE_S
from tests.worlds.relay_world import settings
from village.tcp import free_port

CLOSE = b"{0: True, 1: True}"
BREAKS: dict[str, Callable[[RelayServer], None]] = {
    "a pin does not follow": lambda server: break_pin(server, lambda value: None),
    "a pin's driver fails": lambda server: break_pin(server, raise_os_error),
    "the handler has a bug": lambda server: setattr(server._handler, "take_switches", raise_bug),
}


def raise_os_error(value: Any) -> None:
    raise OSError("the chip is gone")


def raise_bug(switches: Any) -> None:
    raise ZeroDivisionError("a bug")


def break_pin(server: RelayServer, broken: Callable[[Any], None]) -> None:
    server._board._factory.pin(18)._set_state = broken


@pytest.mark.failure(
    part="relay",
    failure="a pin does not follow, its driver fails, or the server has a bug",
    contacts="rest",
    person="the server ends",
)
@pytest.mark.parametrize("name", BREAKS)
async def test_trouble_inside_ends_with_contacts_at_rest(tmp_path: Path, name: str) -> None:
    port = free_port()
    server = RelayServer(replace(settings(tmp_path), port=port, min_change_s=0.0))
    pins = [server._board._factory.pin(number) for number in (17, 18, 27, 22)]
    ready = asyncio.Event()
    running = asyncio.create_task(server.run(ready.set, lambda: None))
    await ready.wait()
    bystander, keep = await asyncio.open_connection("127.0.0.1", port)
    keep.write(b'{"hello":"x"}\n')
    await bystander.readline()
    BREAKS[name](server)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(CLOSE)

    with pytest.raises((InterlockViolation, OSError, ZeroDivisionError)):
        await asyncio.wait_for(running, PATIENCE_S)
    assert [pin.state for pin in pins if pin.function == "output"] == []
    assert not server._board.closed
    await bystander.read()
    keep.close()
    writer.close()


@pytest.mark.failure(
    part="relay",
    failure="a bug where leases end",
    person="the server ends",
)
async def test_timers_trouble_is_noticed_too(tmp_path: Path) -> None:
    """A lease that could not be ended must not leave the loop running as if it had been."""
    server = RelayServer(replace(settings(tmp_path), port=free_port(), min_change_s=0.0))
    ready = asyncio.Event()
    running = asyncio.create_task(server.run(ready.set, lambda: None))
    await ready.wait()
    server._handler.advance = raise_in_time  # type: ignore[method-assign]  # the bug
    server.switch("127.0.0.1", ((0, True), (1, True)), lambda done: None)

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, PATIENCE_S)


def raise_in_time() -> None:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("room", ["_listeners.tell_now", "_counts.write"])
async def test_a_goodbye_goes_on_though_one_of_its_steps_failed(tmp_path: Path, room: str) -> None:
    server = RelayServer(replace(settings(tmp_path), port=free_port()))
    counts = tmp_path / "switch_counts.json"
    ready = asyncio.Event()
    running = asyncio.create_task(server.run(ready.set, lambda: None))
    await ready.wait()
    server._counts.add((0,))
    owner, verb = room.split(".")
    setattr(getattr(server, owner), verb, raise_in_time)
    server.stop()

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(running, PATIENCE_S)
    assert not server._board._outputs, "the pins were not given back"
    assert counts.exists() == (owner != "_counts")


@pytest.mark.failure(
    part="relay",
    failure="the relay's loop is held up beyond a lease, and a renewal waits",
    contacts="open first, then close again for the renewal",
)
async def test_lease_that_ended_while_the_loop_was_held_up_opens_before_a_line_is_heard(
    tmp_path: Path,
) -> None:
    """asyncio hands over what has come on sockets before it looks at what is due."""
    moves: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()
    given = replace(settings(tmp_path), port=free_port(), min_change_s=0.0, dead_time_s=0.01)
    with played_contacts(lambda channel, closed: moves.put_nowait((channel, closed)), {}.get):
        server = RelayServer(given)
    ready = asyncio.Event()
    running = asyncio.create_task(server.run(ready.set, lambda: None))
    await ready.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", given.port)
    writer.write(b'{"hello":"x"}\n')
    boot = Boot.of(json.loads(await reader.readline())["state"])
    server.take_line(consent_line(SELLER, boot, 1, 0))
    server.take_line(hold_line(BUYER, boot, 1, (0, 1), lease_s=0.5))
    assert [await moves.get(), await moves.get()] == [(0, True), (1, True)]
    writer.write(hold_line(BUYER, boot, 2, (0, 1), lease_s=60))
    time.sleep(0.6)  # noqa: ASYNC251 - it is the loop that must be held up

    assert [await moves.get(), await moves.get()] == [(0, False), (1, False)]
    assert [await moves.get(), await moves.get()] == [(0, True), (1, True)]
    writer.close()
    server.stop()
    await running
