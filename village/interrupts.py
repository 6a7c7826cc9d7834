"""Keep Ctrl-C from being lost: what the key raises amidst a fork, Python prints and forgets."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Raise KeyboardInterrupt for what is pressed, at once or once it is safe.

    `has_ended_early` is set by whoever closes a day's books because of it.
    """

    def __init__(self) -> None:
        self.has_ended_early = False
        self._is_held = False
        self._is_pressed = False

    def listen(self) -> None:
        """Take Ctrl-C, and a wish to end, which means the same; from the main thread alone."""
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, self._take)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing be raised within; what was pressed meanwhile is raised at the end.

        Raises:
            KeyboardInterrupt: something was pressed.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pressed:
            self._is_pressed = False
            raise KeyboardInterrupt

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._is_held:
            self._is_pressed = True
            return
        signal.default_int_handler(number, frame)
