"""What each program on this machine says of itself, asked while somebody looks.

A program that does not answer is told as away, with what it said last: the page goes on without it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import NodeError
from node.links.status import ask
from node.system.words import told

Answer = Mapping[str, object]

WITHIN_S = 4.0
LOOKED_AT_S = 30.0
"""So long after somebody has looked, a program is asked again and again."""
_MOST_THREADS = 4
_LAST_S = 2**32
"""In 2106; what tells a later instant has no calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Hold a program's newest picture, when it came (calendar), and why no newer one did.

    `count` rises with each look.
    """

    picture: Answer
    at_s: float | None
    problem: str | None
    count: int


NOTHING = Said(picture={}, at_s=None, problem=None, count=0)


class Followed:
    """Follow one program; `look` is called when it has said something, or failed to."""

    def __init__(
        self, name: str, directory: Path, asking: ThreadPoolExecutor, every_s: float
    ) -> None:
        self.name = name
        self.said = NOTHING
        self._directory = directory
        self._asking = asking
        self._every_s = every_s
        self._looked_s = float("-inf")
        self._asked_s = float("-inf")
        self._under_way: asyncio.Task[None] | None = None
        self._watchers: set[Callable[[Said], None]] = set()

    async def now(self) -> Said:
        """Give what it says now; what it said a moment ago will do."""
        self._looked_s = time.monotonic()
        if self._looked_s - self._asked_s > self._every_s:
            await asyncio.shield(self._ask())
        return self.said

    def calendar_s(self) -> float:
        """Give its own calendar, which is this machine's but for a played street's."""
        told_s, came_s, now_s = self.said.picture.get("calendar_s"), self.said.at_s, time.time()
        if came_s is None or isinstance(told_s, bool) or not isinstance(told_s, int | float):
            return now_s
        return told_s + (now_s - came_s) if 0 <= told_s < _LAST_S else now_s

    async def refresh(self) -> None:
        """Have it say anew what it does: an answer under way may be older than what changed."""
        if self._under_way is not None:
            await asyncio.shield(self._under_way)
        await asyncio.shield(self._ask())

    async def put(self, request: Mapping[str, object]) -> object:
        """Ask it one other thing.

        Raises:
            Refused: it refuses, or does not answer.
        """
        running = asyncio.get_running_loop()
        return await running.run_in_executor(self._asking, ask, self._directory, request, WITHIN_S)

    def watch(self, take: Callable[[Said], None]) -> Callable[[], None]:
        """Have each new picture taken; gives what ends that."""
        self._watchers.add(take)
        return lambda: self._watchers.discard(take)

    def go_on(self) -> None:
        """Ask again if it is time and somebody looks; called at every turn of the loop."""
        now_s = time.monotonic()
        if self._watchers:
            self._looked_s = now_s
        if now_s - self._looked_s < LOOKED_AT_S and now_s - self._asked_s >= self._every_s:
            self._ask()

    def _ask(self) -> "asyncio.Task[None]":
        if self._under_way is None or self._under_way.done():
            self._asked_s = time.monotonic()
            self._under_way = asyncio.create_task(self._take())
        return self._under_way

    async def _take(self) -> None:
        count = self.said.count + 1
        try:
            found = await self.put({"do": "status"})
            picture = found if isinstance(found, dict) else {}
            if picture.get("role") == "utility":
                picture["community"] = await self._community()
            self.said = Said(picture=picture, at_s=time.time(), problem=None, count=count)
        except (NodeError, OSError) as error:
            said = self.said
            self.said = Said(picture=said.picture, at_s=said.at_s, problem=told(error), count=count)
        for take in tuple(self._watchers):
            take(self.said)

    async def _community(self) -> object:
        """Ask a utility of its homes; None of one that is older than the page."""
        try:
            return await self.put({"do": "community"})
        except NodeError:
            return None


class Programs:
    """Follow all programs that the parameters name."""

    def __init__(self, programs: Mapping[str, Path], every_s: float) -> None:
        most = min(_MOST_THREADS, len(programs))
        self._asking = ThreadPoolExecutor(most, thread_name_prefix="asking")
        self.all = {
            name: Followed(name, directory, self._asking, every_s)
            for name, directory in programs.items()
        }

    def go_on(self) -> None:
        """Ask those that it is time to ask."""
        for one in self.all.values():
            one.go_on()

    def close(self) -> None:
        """Ask nobody any more; an answer under way is waited for by no one."""
        self._asking.shutdown(wait=False, cancel_futures=True)
