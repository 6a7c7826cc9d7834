"""Run a program's asyncio loop on the clock that its parameters name."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from node.system.followed_time import FollowedTime

LOOK_S = 0.25
"""Handed-out time passes no faster than real time, so that no wait of a timer's own length is too
long: this is for one who hands out a whole hour at once."""
LEAST_LOOK_S = 0.001

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result], followed: FollowedTime | None) -> Result:
    """Run a program to its end, as `asyncio.run` does; timers keep the followed time, if any."""
    factory = None if followed is None else lambda: _FollowingLoop(followed)
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


class _FollowingLoop(asyncio.SelectorEventLoop):
    """Keep timers by handed-out time, which passes as real time does or more slowly."""

    def __init__(self, followed: FollowedTime) -> None:
        super().__init__(_Looking())
        self._followed = followed

    def time(self) -> float:
        """Give the loop's time in seconds."""
        return self._followed.seconds()


class _Looking(selectors.DefaultSelector):
    """Wait for files as ever, but not longer than until the next look at the time."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for files that are ready; a wait of no length stays one."""
        if timeout is None:
            return super().select(LOOK_S)
        if timeout > 0:
            # Never hardly any time, either: a last microsecond may have to wait for others.
            timeout = min(max(timeout, LEAST_LOOK_S), LOOK_S)
        return super().select(timeout)
