"""Hand the newest of each kind over to the loop, so many times a second at most.

Whoever reaches the broker sends at any rate; the loop must not take each word of it.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Hashable

EVERY_S = 0.1

log = logging.getLogger(__name__)


class Newest:
    """Hold, for each kind, the one call that waits; kinds are few, and the caller's own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._last_at_s: dict[Hashable, float] = {}

    def hand_over(self, kind: Hashable, call: Callable[[], None]) -> None:
        """Have the loop make this call, unless a newer one of its kind comes first; any thread."""
        with self._lock:
            is_first = kind not in self._waiting
            self._waiting[kind] = call
        if not is_first:
            return
        try:
            self._loop.call_soon_threadsafe(self._arrange, kind)
        except RuntimeError:
            log.debug("something was heard after the end")

    def _arrange(self, kind: Hashable) -> None:
        next_at_s = self._last_at_s.get(kind, float("-inf")) + EVERY_S
        wait_s = next_at_s - self._loop.time()
        if wait_s > 0:
            self._loop.call_later(wait_s, self._deliver, kind)
        else:
            self._deliver(kind)

    def _deliver(self, kind: Hashable) -> None:
        self._last_at_s[kind] = self._loop.time()
        with self._lock:
            call = self._waiting.pop(kind)
        call()
