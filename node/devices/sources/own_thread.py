"""Hear a source on a thread of its own, so that nothing of it is waited for elsewhere."""

import threading
from collections.abc import Callable

from node.core.holdoff import pause_after
from node.core.records import MeterSample
from node.devices.sources.told import LastTold, Told
from node.devices.trouble import SensorImplausible
from node.system.words import told

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
"""A source that fails is tried again after growing pauses, so far apart at most."""
_CLOSING_WAIT_S = 1.0

Run = Callable[[threading.Event], None]
"""Tell what is heard until the event is set; a wait in it ends soon after that."""
Tell = Callable[[Told], None]
Listen = Callable[[threading.Event, Tell], None]
"""Open a line, and tell what is heard until the event is set. Raises OSError where it breaks."""


class OwnThread:
    """Give samples of a source; the first begins its thread."""

    def __init__(self, name: str, last: LastTold, run: Run) -> None:
        self._name = name
        self._last = last
        self._run = run
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """Give the source's name in the parameters."""
        return self._name

    def sample(self) -> MeterSample:
        """Give the newest that was told.

        Raises:
            DeviceError: nothing is known, or it is stale; and why.
        """
        if self._thread is None:
            # A daemon: a question that hangs must not keep the process from ending.
            self._thread = threading.Thread(
                target=self._run, args=(self._ended,), name=self._name, daemon=True
            )
            self._thread.start()
        return self._last.sample()

    def close(self) -> None:
        """End the thread; may be called twice."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_CLOSING_WAIT_S)


def reopened(last: LastTold, listen: Listen) -> Run:
    """Give what listens to a line, and opens it anew where it breaks."""

    def run(ended: threading.Event) -> None:
        failures = 0

        def tell(told: Told) -> None:
            nonlocal failures
            failures = 0
            last.tell(told)

        while not ended.is_set():
            try:
                listen(ended, tell)
            except OSError as error:
                last.fail(error)
                failures += 1
            ended.wait(pause_after(failures, FIRST_PAUSE_S, LONGEST_PAUSE_S))

    return run


def note_failure(name: str, last: LastTold, error: Exception) -> None:
    """Note why there is nothing new; a ValueError is something told that cannot be."""
    if isinstance(error, ValueError):
        error = SensorImplausible(f"{name}: {told(error)}")
    last.fail(error)
