"""Listen to a meter that speaks by itself: over a serial line, or TCP, on a thread of its own.

A line that breaks, or falls silent, is opened again after growing pauses.
"""

import os
import re
import select
import socket
import termios
import threading
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from node.core.holdoff import pause_after
from node.core.records import MeterSample
from node.devices.sources.polled import LONGEST_PAUSE_S, host_and_port
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.devices.trouble import SensorImplausible
from node.parameters.sections.source import DataSource
from node.system.words import told

WITHIN_S = 10.0
SILENT_S = 120.0
"""A meter that says nothing for so long is opened anew."""
WAIT_S = 0.5
FIRST_PAUSE_S = 1.0
_PIECE = 4096
_CLOSING_WAIT_S = 1.0
_SERIAL = re.compile(r"serial:([^@]+)(?:@(\d+))?")

Feed = Callable[[bytes], Iterable[Told]]
"""Take what came, and give what it told; a ValueError says what of it cannot be. An empty piece
says that the line has been quiet for `WAIT_S`."""


class Streamed:
    """Give samples of a meter that is listened to; the first sample begins the listening."""

    def __init__(
        self,
        name: str,
        source: DataSource,
        around: Surroundings,
        feed: Feed,
        *,
        baud: int,
        port: int,
    ) -> None:
        self._name = name
        self._at = source.at
        self._last = around.last_told(name, source)
        self._feed = feed
        self._baud = baud
        self._port = port
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
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return self._last.sample()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_CLOSING_WAIT_S)

    def _run(self) -> None:
        failures = 0
        while not self._ended.is_set():
            try:
                with opened(self._at, self._baud, self._port) as line:
                    failures = 0 if self._listen(line) else failures + 1
            except OSError as error:
                self._last.fail(error)
                failures += 1
            self._ended.wait(pause_after(failures, FIRST_PAUSE_S, LONGEST_PAUSE_S))

    def _listen(self, line: int) -> bool:
        """Listen until the line ends; say whether anything was told.

        Raises:
            OSError: the line broke.
        """
        was_told, quiet_s = False, 0.0
        while not self._ended.is_set():
            ready, _, _ = select.select([line], [], [], WAIT_S)
            piece = os.read(line, _PIECE) if ready else b""
            if ready and not piece:
                raise ConnectionResetError("the meter ended the connection")
            quiet_s = 0.0 if piece else quiet_s + WAIT_S
            if quiet_s >= SILENT_S:
                raise TimeoutError(f"the meter has said nothing for {SILENT_S:g} s")
            try:
                for heard in self._feed(piece):
                    self._last.tell(heard)
                    was_told = True
            except ValueError as error:
                self._last.fail(SensorImplausible(f"{self._name}: {told(error)}"))
        return was_told


@contextmanager
def opened(at: str, baud: int, port: int) -> Iterator[int]:
    """Open a serial line (8N1, raw) or a TCP connection, and give its descriptor.

    Raises:
        OSError: it cannot be opened.
    """
    serial = _SERIAL.fullmatch(at)
    if serial is None:
        with socket.create_connection(host_and_port(at, port), WITHIN_S) as link:
            yield link.fileno()
        return
    line = os.open(serial[1], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _set_up(line, int(serial[2] or baud))
        yield line
    finally:
        with suppress(OSError):
            os.close(line)


def _set_up(line: int, baud: int) -> None:
    speed = getattr(termios, f"B{baud}", None)
    if speed is None:
        raise OSError(f"no serial line has {baud} baud")
    try:
        tty.setraw(line, termios.TCSANOW)
        modes = termios.tcgetattr(line)
        modes[2] = (modes[2] & ~(termios.PARENB | termios.CSTOPB | termios.CSIZE)) | termios.CS8
        modes[2] |= termios.CREAD | termios.CLOCAL
        modes[4] = modes[5] = speed
        termios.tcsetattr(line, termios.TCSANOW, modes)
        termios.tcflush(line, termios.TCIFLUSH)
    except termios.error as error:
        raise OSError(f"no serial line: {error}") from error
