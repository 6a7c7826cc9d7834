"""Answer an ancestor's switch only once the contacts stand as it asked, or cannot any more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from node.core.relay.board import channels_of
from node.core.relay.interlock import Contacts

Switches = tuple[tuple[int, bool], ...]


@dataclass(eq=False, slots=True, kw_only=True)
class _Waiting:
    switches: Switches
    answer: Callable[[bool], None]
    deadline: asyncio.TimerHandle | None = field(default=None)


class Switching:
    """Hold the switches that were accepted and not yet answered."""

    def __init__(self, loop: asyncio.AbstractEventLoop, within_s: float) -> None:
        self._loop = loop
        self._within_s = within_s
        self._waiting: list[_Waiting] = []

    def wait(
        self,
        switches: Switches,
        contacts: Contacts,
        answer: Callable[[bool], None],
        undo: Callable[[Switches], None],
    ) -> None:
        """Answer when it is done; after the deadline undo it, so that False is the truth."""
        waiting = _Waiting(switches=switches, answer=answer)
        waiting.deadline = self._loop.call_later(self._within_s, self._give_up, waiting, undo)
        self._waiting.append(waiting)
        self.look(contacts)

    def look(self, contacts: Contacts) -> None:
        """See which switches are done, or overruled."""
        coming = channels_of(contacts.wiring, contacts.wanted)
        for waiting in tuple(self._waiting):
            asked = waiting.switches
            if any((channel in coming) != closed for channel, closed in asked):
                self._end(waiting, done=False)
            elif all((channel in contacts.closed) == closed for channel, closed in asked):
                self._end(waiting, done=True)

    def _give_up(self, waiting: _Waiting, undo: Callable[[Switches], None]) -> None:
        if waiting in self._waiting:
            undo(tuple((channel, False) for channel, closed in waiting.switches if closed))
            if waiting in self._waiting:
                self._end(waiting, done=False)

    def _end(self, waiting: _Waiting, *, done: bool) -> None:
        self._waiting.remove(waiting)
        if waiting.deadline is not None:
            waiting.deadline.cancel()
        waiting.answer(done)
