"""Follow the one contact of a bench's street, and note when the relay said that it moved."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from village.contacts import ContactFollower


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Hold a change of the contact, at the monotonic instant at which the relay told it."""

    at_s: float
    is_closed: bool


class ContactWatch:
    """Follow the relay's pushed states from the start on; `on_move` is called at each change."""

    def __init__(self, port: int, on_move: Callable[[], None]) -> None:
        self.is_closed = False
        self._on_move = on_move
        self._moves: list[Move] = []
        self._changed = threading.Condition()
        self._follower = ContactFollower(port, self._take)
        self._follower.start()

    def close(self) -> None:
        """Stop following; may be called twice."""
        self._follower.close()

    def wait(self, *, closed: bool, since_s: float, deadline_s: float) -> float:
        """Give the instant of the first such move after an instant.

        Raises:
            TimeoutError: it did not come within the deadline.
        """
        ends_s = time.monotonic() + deadline_s
        with self._changed:
            while True:
                for move in self._moves:
                    if move.is_closed is closed and move.at_s >= since_s:
                        return move.at_s
                left_s = ends_s - time.monotonic()
                if left_s <= 0:
                    word = "closed" if closed else "opened"
                    raise TimeoutError(f"the contact has not {word} within {deadline_s:g} s")
                self._changed.wait(left_s)

    def _take(self, channels: frozenset[int]) -> None:
        at_s, closed = time.monotonic(), bool(channels)
        with self._changed:
            if closed == self.is_closed:
                return
            self.is_closed = closed
            self._moves.append(Move(at_s=at_s, is_closed=closed))
            self._changed.notify_all()
        self._on_move()
