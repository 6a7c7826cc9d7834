"""Play the S0 output of a meter: a socket that gives the kernel's records of a line's edges."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from node.devices.pulse_line import RECORD

RISING, FALLING = 1, 2
PULSE_S = 0.03
"""How long a pulse lasts, and how long at least the line is open behind it."""


def record(at_s: float, *, is_closed: bool, number: int) -> bytes:
    """Write one edge as linux/gpio.h has it; number 0 says how the line stands."""
    return RECORD.pack(round(at_s * 1e9), RISING if is_closed else FALLING, 0, number, number)


class PulseLine:
    """Serve one meter's line; who connects hears how it stands, and then its edges."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._listeners: list[tuple[socket.socket, int]] = []
        self._is_closed = False
        self._number = 0
        with suppress(FileNotFoundError):
            path.unlink()
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        path.chmod(0o600)
        self._server.listen()
        threading.Thread(target=self._accept, name="pulses", daemon=True).start()

    def pulse(self, at_s: float | None = None) -> None:
        """Give one pulse, begun at an instant; now where none is named."""
        at_s = self._monotonic() if at_s is None else at_s
        self.turn(is_closed=True, at_s=at_s)
        self.turn(is_closed=False, at_s=at_s + PULSE_S)

    def turn(self, *, is_closed: bool, at_s: float | None = None) -> None:
        """Close the contact, or open it."""
        with self._lock:
            at_s = self._monotonic() if at_s is None else at_s
            self._is_closed = is_closed
            self._number += 1
            for listener, first in list(self._listeners):
                edge = record(at_s, is_closed=is_closed, number=self._number - first)
                try:
                    listener.sendall(edge)
                except OSError:
                    self._listeners.remove((listener, first))

    def lose(self, edges: int) -> None:
        """Have the kernel find no place for so many edges: their numbers are passed over."""
        with self._lock:
            self._number += edges

    def cut(self) -> None:
        """Break off with all who listen."""
        with self._lock:
            for listener, _ in self._listeners:
                listener.close()
            self._listeners.clear()

    def close(self) -> None:
        """End; may be called twice."""
        # A thread in accept() is woken by this alone.
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                listener, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                stands = record(self._monotonic(), is_closed=self._is_closed, number=0)
                with suppress(OSError):
                    listener.sendall(stands)
                    self._listeners.append((listener, self._number))
