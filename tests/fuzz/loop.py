"""A loop without sockets or waiting: what was called for happens when a target lets time pass."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any


class PlayedLoop:
    """Hold what is due; the time is the target's own, in seconds."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self.now_s

    def get_debug(self) -> bool:
        return False

    def call_soon(self, call: Callable[..., Any], *arguments: Any) -> asyncio.TimerHandle:
        return self.call_at(self.now_s, call, *arguments)

    def call_soon_threadsafe(self, call: Callable[..., Any], *arguments: Any) -> object:
        return self.call_at(self.now_s, call, *arguments)

    def call_later(self, wait_s: float, call: Callable[..., Any], *arguments: Any) -> object:
        return self.call_at(self.now_s + wait_s, call, *arguments)

    def call_at(self, at_s: float, call: Callable[..., Any], *arguments: Any) -> Any:
        handle = asyncio.TimerHandle(at_s, call, arguments, self)  # type: ignore[arg-type]
        heapq.heappush(self._due, (at_s, next(self._order), handle))
        return handle

    def pass_time(self, seconds: float) -> None:
        """Do all that falls due within so many seconds; an error of it comes out here."""
        until_s = self.now_s + seconds
        while self._due and self._due[0][0] <= until_s:
            at_s, _, handle = heapq.heappop(self._due)
            self.now_s = max(self.now_s, at_s)
            if not handle.cancelled():
                handle._callback(*handle._args)  # type: ignore[attr-defined]
        self.now_s = until_s

    def forget(self) -> None:
        """Drop all that is due."""
        self._due.clear()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass


class Wire(asyncio.Transport):
    """Keep what a session sends, and whether it let go."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.sent = bytearray()
        self.is_over = False
        self.is_paused = False
        self._address = address

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return (self._address, 40000) if name == "peername" else default

    def is_closing(self) -> bool:
        return self.is_over

    def write(self, data: bytes) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return len(self.sent)

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True
