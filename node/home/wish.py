"""Take what a home's person asks of the running node: the own source, or to note a silence.

The wish to stay on the own source counts at once, and is written seldom: whoever may command can
change it at any rate, and a card must not be worn by that.

The utility notes silence by itself. Where it does not, or there is none, whoever waits for a
neighbour's order to be settled may: once, when the readings' deadline is over, and free of any
harm to those who report until the note counts.
"""

import logging
from collections.abc import Callable, Mapping

from node.core.commands import NoteSilence
from node.core.errors import Refused
from node.home.memory.memory import Memory

log = logging.getLogger(__name__)

KEEP_EVERY_S = 10.0
_MOST_INTERVAL = 2**32 - 1


class Wish:
    """Hold the newest wish, and the one that is kept over a restart; `clock` is monotonic."""

    def __init__(self, memory: Memory, clock: Callable[[], float]) -> None:
        self._memory = memory
        self._clock = clock
        self._kept_at_s = float("-inf")
        self.own_source = self._kept = memory.recall_wish()

    def take(self, own_source: bool) -> None:
        """Take a wish; it is written now, or soon where one has just been."""
        self.own_source = own_source
        self.keep(KEEP_EVERY_S)

    def keep(self, every_s: float) -> None:
        """Have a changed wish written, unless that was done less than so many seconds ago."""
        now_s = self._clock()
        if self.own_source is self._kept or now_s - self._kept_at_s < every_s:
            return
        log.info("the person wishes %s", "own source" if self.own_source else "the automatic")
        self._kept, self._kept_at_s = self.own_source, now_s
        self._memory.keep_wish(self.own_source)


def note_of(request: Mapping[str, object]) -> NoteSilence:
    """Give the command of a request.

    Raises:
        Refused: it is no such request.
    """
    interval = request.get("interval")
    if type(interval) is not int or not 0 <= interval <= _MOST_INTERVAL:
        raise Refused("BadRequest", "an interval is a whole number, as status and log tell it")
    return NoteSilence(interval=interval)
