"""Log what others can provoke at any rate, once a minute: the journal is not theirs to fill."""

import logging
import time
from collections.abc import Callable

EVERY_S = 60.0


class Seldom:
    """Log the first of a kind at once, and then at most one line a minute with the count."""

    def __init__(
        self, log: logging.Logger, level: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._level = level
        self._clock = clock
        self._next_at_s = clock()
        self._unsaid = 0

    def say(self, message: str, *values: object) -> None:
        """Say it, or count it; safe on any thread, where a count may be off by one."""
        now_s = self._clock()
        if now_s < self._next_at_s:
            self._unsaid += 1
            return
        unsaid, self._unsaid = self._unsaid, 0
        self._next_at_s = now_s + EVERY_S
        if unsaid:
            self._log.log(self._level, message + " (and %d more before)", *values, unsaid)
        else:
            self._log.log(self._level, message, *values)
