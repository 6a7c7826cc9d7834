"""Listen to a meter that speaks by itself: over a serial line, or TCP.

A line that breaks, or falls silent, is opened again after growing pauses.
"""

import fcntl
import os
import re
import select
import socket
import termios
import threading
import tty
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from node.devices.sources.own_thread import OwnThread, Tell, note_failure, reopened
from node.devices.sources.polled import host_and_port
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

WITHIN_S = 10.0
SILENT_S = 120.0
"""A meter that says nothing for so long is opened anew."""
WAIT_S = 0.5
_PIECE = 4096
_SERIAL = re.compile(r"serial:([^@]+)(?:@(\d+))?")

Feed = Callable[[bytes], Iterable[Told]]
"""Take what came, and give what it told; a ValueError says what of it cannot be. An empty piece
says that the line has been quiet for `WAIT_S`."""


def streamed(
    name: str, source: DataSource, around: Surroundings, feed: Feed, *, baud: int, port: int
) -> OwnThread:
    """Give samples of a meter that is listened to."""
    last = around.last_told(name, source)

    def listen(ended: threading.Event, tell: Tell) -> None:
        quiet_s = 0.0
        with opened(source.at, baud, port) as line:
            while not ended.is_set():
                piece = piece_of(line)
                quiet_s = 0.0 if piece else quiet_s + WAIT_S
                if quiet_s >= SILENT_S:
                    raise TimeoutError(f"the meter has said nothing for {SILENT_S:g} s")
                try:
                    for heard in feed(piece):
                        tell(heard)
                except ValueError as error:
                    note_failure(name, last, error)

    return OwnThread(name, last, reopened(last, listen))


def piece_of(line: int) -> bytes:
    """Wait for a piece; nothing comes where the line is quiet.

    Raises:
        OSError: the line broke.
    """
    ready, _, _ = select.select([line], [], [], WAIT_S)
    piece = os.read(line, _PIECE) if ready else b""
    if ready and not piece:
        raise ConnectionResetError("the meter ended the connection")
    return piece


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
        _hold(line)
        _set_up(line, int(serial[2] or baud))
        yield line
    finally:
        with suppress(OSError):
            os.close(line)


def _hold(line: int) -> None:
    """Keep others out who ask likewise: two listeners would each get half of what is said."""
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError("another program listens there") from None


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
