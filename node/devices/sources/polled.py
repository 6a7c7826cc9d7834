"""Ask a source again and again on a thread of its own, so that no answer is waited for elsewhere.

A source that fails is asked after growing pauses, a minute apart at most.
"""

import threading
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from node.core.errors import DeviceError
from node.core.holdoff import pause_after
from node.core.records import MeterSample
from node.devices.sources.told import LastTold, Told
from node.devices.trouble import SensorImplausible
from node.system.words import told

LONGEST_PAUSE_S = 60.0
_CLOSING_WAIT_S = 0.5

Ask = Callable[[], Iterable[Told]]
"""Ask once, and give what was told, oldest first. Raises OSError where nobody answers, ValueError
where what is answered cannot be."""


class Polled:
    """Give samples of a source that is asked; the first sample begins the asking."""

    def __init__(
        self,
        name: str,
        last: LastTold,
        every_s: float,
        ask: Ask,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._last = last
        self._every_s = every_s
        self._ask = ask
        self._let_go = let_go
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
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return self._last.sample()

    def close(self) -> None:
        """Stop asking; may be called twice."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_CLOSING_WAIT_S)

    def _run(self) -> None:
        failures = 0
        while not self._ended.is_set():
            try:
                for heard in self._ask():
                    self._last.tell(heard)
                failures = 0
            except ValueError as error:
                self._last.fail(SensorImplausible(f"{self._name}: {told(error)}"))
                failures += 1
            except (OSError, DeviceError) as error:
                self._last.fail(error)
                failures += 1
            longest_s = max(self._every_s, LONGEST_PAUSE_S)
            pause_s = pause_after(failures, self._every_s, longest_s) if failures else self._every_s
            self._ended.wait(pause_s)
        self._let_go()


def host_and_port(at: str, port: int) -> tuple[str, int]:
    """Part the host and the port of a place, as tcp://HOST:PORT; `port` where it names none."""
    where = urlsplit(at)
    return where.hostname or "", where.port or port
