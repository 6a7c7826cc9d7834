"""Ask a source again and again; one that fails is asked after growing pauses."""

import threading
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from node.core.errors import DeviceError
from node.core.holdoff import pause_after
from node.devices.sources.own_thread import LONGEST_PAUSE_S, OwnThread, note_failure
from node.devices.sources.told import LastTold, Told

Ask = Callable[[], Iterable[Told]]
"""Ask once, and give what was told, oldest first. Raises OSError where nobody answers, ValueError
where what is answered cannot be."""


def polled(
    name: str,
    last: LastTold,
    every_s: float,
    ask: Ask,
    let_go: Callable[[], None] = lambda: None,
) -> OwnThread:
    """Give samples of a source that is asked every so many seconds; `let_go` ends what it holds."""

    def run(ended: threading.Event) -> None:
        failures = 0
        while not ended.is_set():
            try:
                for heard in ask():
                    last.tell(heard)
                failures = 0
            except (OSError, ValueError, DeviceError) as error:
                note_failure(name, last, error)
                failures += 1
            longest_s = max(every_s, LONGEST_PAUSE_S)
            ended.wait(pause_after(failures, every_s, longest_s) if failures else every_s)
        let_go()

    return OwnThread(name, last, run)


def host_and_port(at: str, port: int) -> tuple[str, int]:
    """Part the host and the port of a place, as tcp://HOST:PORT; `port` where it names none."""
    where = urlsplit(at)
    return where.hostname or "", where.port or port
