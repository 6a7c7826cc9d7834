"""Run a program: open its rooms, let its loop work until told to stop, and close them in order.

A fault of ours on a thread stops the loop and is raised once all is closed, so that the command
ends with status 1 and systemd starts the program again.
"""

import asyncio
import inspect
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from node.system import event_loop, service
from node.system.followed_time import FollowedTime
from node.system.footprint import keep_small

log = logging.getLogger(__name__)

Fact = TypeVar("Fact")

Act = Callable[[], object]
"""One thing to do; what it gives is waited for, where it can be."""


class Loop(Protocol):
    """What a program does until it is told to stop."""

    async def run(self) -> None:
        """Work until `stop`."""

    def stop(self) -> None:
        """Ask for the end; may be called twice."""


def carry_out(program: Coroutine[Any, Any, None], followed: FollowedTime | None) -> None:
    """Run a program to its end; what it writes is read by nobody but its own user."""
    service.keep_private()
    event_loop.run(program, followed)


class Program:
    """One program's life; `failure` gives a fault on another thread, if there is one.

    Built within a running asyncio loop.
    """

    def __init__(self, failure: Callable[[], BaseException | None]) -> None:
        self._asyncio = asyncio.get_running_loop()
        self._failure = failure

    async def run(self, loop: Loop, opening: tuple[Act, ...], closing: tuple[Act, ...]) -> None:
        """Do the opening, run the loop until a signal or a fault stops it, do the closing.

        Raises:
            Exception: what went wrong, here or on another thread; by then all is closed.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            self._asyncio.add_signal_handler(number, loop.stop)
        tidying = asyncio.create_task(keep_small())
        try:
            for step in opening:
                await _do(step)
            service.ready()
            await loop.run()
        finally:
            await say_goodbye(service.stopping, tidying.cancel, *closing)
        # Not before: what is written last may fail after the last cycle.
        failure = self._failure()
        if failure is not None:
            raise failure

    def stop_if_failed(self, loop: Loop) -> None:
        """Stop a loop whose program has a fault on another thread; called after each cycle."""
        if self._failure() is not None:
            loop.stop()

    def from_thread(self, take: Callable[[Fact], None], fact: Fact) -> None:
        """Have the loop's own thread take a fact; called on any thread."""
        try:
            self._asyncio.call_soon_threadsafe(take, fact)
        except RuntimeError:
            log.debug("a fact came after the end: %s", type(fact).__name__)


async def say_goodbye(*steps: Act) -> None:
    """Do each step, though one before it failed.

    Raises:
        Exception: what the first step that failed has raised, once all are done.
    """
    first: Exception | None = None
    for step in steps:
        try:
            await _do(step)
        except Exception as error:
            log.exception("a step of the goodbye failed; the others follow")
            first = first or error
    if first is not None:
        raise first


async def _do(step: Act) -> None:
    done = step()
    if inspect.isawaitable(done):
        await done
