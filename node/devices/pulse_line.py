"""Hear a contact on a Pi's pin: each time that it closes and opens, as the kernel saw it.

The kernel numbers the edges of a line, and keeps those that nobody has read yet; one that it had
no place for shows as a gap in the numbers. A played line is a socket that gives the kernel's own
records (linux/gpio.h, struct gpio_v2_line_event).
"""

import os
import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Clock, Direction, Value
from gpiod.line import Edge as Edges

from node.system.gpio import path_of_chip

SOCKET_PREFIX = "unix:"
CONSUMER = "peerwatt-node"
QUEUED = 1024
"""A minute of the fastest pulses; the kernel keeps 16 otherwise."""
RECORD = struct.Struct("=QIIII24x")
"""Nanoseconds, what (1: rising), line, number of all lines' edges, and of this line's."""
RISING = 1
_S_PER_NS = 1e-9
_PIECE = 64 * RECORD.size
_SOCKET_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Hold one change of a contact: its instant (monotonic seconds), and its number from 1 on.

    Number 0 is none: it says how the contact stood when it was looked at first.
    """

    at_s: float
    is_closed: bool
    number: int


Wait = Callable[[float], list[Edge]]
"""Wait for edges, so many seconds at most, and give those that came. Raises OSError."""


@contextmanager
def opened(
    place: str, debounce_s: float, monotonic: Callable[[], float]
) -> Iterator[tuple[Edge, Wait]]:
    """Hold a line, and give how its contact stands, and what waits for its edges.

    `place` is gpio:PIN, gpio:PIN@CHIP or unix:PATH. The pin is pulled up, and the contact pulls it
    to ground. What is shorter than `debounce_s` is no edge.

    Raises:
        OSError: there is no such line, it is another program's, or it may not be used.
    """
    if place.startswith(SOCKET_PREFIX):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as played:
            played.settimeout(_SOCKET_TIMEOUT_S)
            played.connect(place.removeprefix(SOCKET_PREFIX))
            first = played.recv(RECORD.size, socket.MSG_WAITALL)
            if len(first) != RECORD.size:
                raise ConnectionResetError("the played line does not say how it stands")
            (stands,) = _edges(first)
            yield stands, _waits_for_records(played.fileno())
        return
    pin, _, chip = place.removeprefix("gpio:").partition("@")
    with gpiod.Chip(path_of_chip(int(chip) if chip else None)) as found:
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edges.BOTH,
            bias=Bias.PULL_UP,
            active_low=True,
            debounce_period=timedelta(seconds=debounce_s),
            event_clock=Clock.MONOTONIC,
        )
        line = found.request_lines({int(pin): settings}, CONSUMER, QUEUED)
        try:
            is_closed = line.get_value(int(pin)) is Value.ACTIVE
            yield Edge(at_s=monotonic(), is_closed=is_closed, number=0), _waits_for_kernel(line)
        finally:
            line.release()


def _waits_for_kernel(line: gpiod.LineRequest) -> Wait:
    def wait(within_s: float) -> list[Edge]:
        if not line.wait_edge_events(timedelta(seconds=within_s)):
            return []
        return [
            Edge(
                at_s=event.timestamp_ns * _S_PER_NS,
                is_closed=event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE,
                number=event.line_seqno,
            )
            for event in line.read_edge_events()
        ]

    return wait


def _waits_for_records(descriptor: int) -> Wait:
    waiting = b""

    def wait(within_s: float) -> list[Edge]:
        nonlocal waiting
        ready, _, _ = select.select([descriptor], [], [], within_s)
        if not ready:
            return []
        piece = os.read(descriptor, _PIECE)
        if not piece:
            raise ConnectionResetError("the played line closed its socket")
        waiting += piece
        whole = len(waiting) - len(waiting) % RECORD.size
        records, waiting = waiting[:whole], waiting[whole:]
        return _edges(records)

    return wait


def _edges(records: bytes) -> list[Edge]:
    return [
        Edge(at_s=at_ns * _S_PER_NS, is_closed=what == RISING, number=number)
        for at_ns, what, _, _, number in RECORD.iter_unpack(records)
    ]
