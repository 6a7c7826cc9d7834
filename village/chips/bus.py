"""Serve the street's I2C buses, one Unix socket per home, to ordinary node processes.

One thread serves every socket with a selector: a transaction is a few microseconds of registers,
so nothing waits. The frames are those of `node.devices.bus.frames`.
"""

import math
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from node.devices.bus.frames import (
    LENGTH_BYTES,
    NOT_ACKNOWLEDGED,
    Message,
    Write,
    frame_length,
    pack_reply,
    unpack_request,
)
from village.chips.played import NotAcknowledged, PlayedChip

_SEND_TIMEOUT_S = 1.0
_RECOVERY_S = 0.05
"""How soon the transactions of a bus that hung are answered after it recovers, and how finely a
stretched clock is played."""
_MALFORMED = 71
"""errno EPROTO."""


class PlayedBus:
    """Hold one home's chips by address; while `hung`, no transaction is answered.

    `stretch_s` is for how many real seconds a chip holds the clock in each transaction.
    `samples` counts its home's rounds that have come to the line `last`, and `sampled_at_s` is when
    the newest did, on the clock `now`; `late` counts the times that this was more than
    `late_after_s` after the time before.
    """

    def __init__(
        self,
        chips: Mapping[int, PlayedChip],
        now: Callable[[], float] = time.monotonic,
        last: str = "",
    ) -> None:
        self.chips = dict(chips)
        self.hung = False
        self.stretch_s = 0.0
        self.transactions = 0
        self.samples = 0
        self.sampled_at_s = now()
        self.late_after_s = math.inf
        self.late = 0
        self._now = now
        self._last = last
        self._is_new_round = True

    def answer(self, body: bytes) -> bytes:
        """Carry out the transaction of a request's frame, and give its reply's."""
        try:
            messages = unpack_request(body)
        except ValueError:
            return pack_reply(_MALFORMED, b"")
        try:
            return pack_reply(0, self.transfer(messages))
        except NotAcknowledged:
            return pack_reply(NOT_ACKNOWLEDGED, b"")

    def transfer(self, messages: Sequence[Message]) -> bytes:
        """Carry out one transaction; raises NotAcknowledged."""
        self.transactions += 1
        data = b""
        for message in messages:
            chip = self.chips.get(message.address)
            if chip is None:
                raise NotAcknowledged
            if isinstance(message, Write):
                chip.write(message.data)
            else:
                data += chip.read(message.size)
        return data

    def look(self, line: str) -> None:
        """Note that a chip looks at a line; the first look at the last one is the round's."""
        if line != self._last:
            self._is_new_round = True
            return
        if not self._is_new_round:
            return
        self._is_new_round = False
        now_s = self._now()
        self.samples += 1
        self.late += now_s - self.sampled_at_s > self.late_after_s
        self.sampled_at_s = now_s


class Served(Protocol):
    """Answer frames on a socket: an I2C bus, or a device on SPI."""

    hung: bool
    stretch_s: float

    def answer(self, body: bytes) -> bytes:
        """Give the reply's frame to a request's body."""
        ...


class _Client:
    """Hold one connection's bytes until a frame is whole."""

    def __init__(self, connection: socket.socket, bus: Served) -> None:
        self.connection = connection
        self.bus = bus
        self.received = bytearray()
        self._due_at_s = 0.0

    @property
    def is_due(self) -> bool:
        """Tell whether the bus lets a frame be answered now."""
        return not self.bus.hung and time.monotonic() >= self._due_at_s

    def receive(self) -> bool:
        """Read what came; False when the connection is over."""
        part = self.connection.recv(4096)
        if part and not self.received:
            self._due_at_s = time.monotonic() + self.bus.stretch_s
        self.received += part
        return bool(part)

    def answer(self) -> None:
        """Answer every whole frame, unless the bus hangs or holds its clock."""
        while self.is_due and len(self.received) >= LENGTH_BYTES:
            end = LENGTH_BYTES + frame_length(bytes(self.received[:LENGTH_BYTES]))
            if len(self.received) < end:
                break
            body = bytes(self.received[LENGTH_BYTES:end])
            del self.received[:end]
            self.connection.sendall(self.bus.answer(body))


class BusServer:
    """Serve one played bus per socket path, on one thread, until closed."""

    def __init__(self, buses: Mapping[Path, Served]) -> None:
        self._selector = selectors.DefaultSelector()
        self._paths = tuple(buses)
        self._held: set[_Client] = set()
        """The connections with a frame left from when their bus hung or held its clock."""
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._selector.register(self._wake_reader, selectors.EVENT_READ, None)
        for path, bus in buses.items():
            self._listen(path, bus)
        self._thread = threading.Thread(target=self._serve, name="buses", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and remove the sockets; may be called twice."""
        with suppress(OSError):
            self._wake_writer.send(b"\0")
        self._thread.join()
        self._wake_writer.close()

    def __enter__(self) -> "BusServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self, path: Path, bus: Served) -> None:
        with suppress(FileNotFoundError):
            path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.fspath(path))
        path.chmod(0o600)
        listener.listen()
        self._selector.register(listener, selectors.EVENT_READ, bus)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select(_RECOVERY_S):
                if key.data is None:
                    self._let_go()
                    return
                if isinstance(key.data, _Client):
                    self._answer(key.data, can_read=True)
                else:
                    self._accept(key.fileobj, key.data)
            for client in [held for held in self._held if held.is_due]:
                self._answer(client, can_read=False)

    def _accept(self, listener: object, bus: Served) -> None:
        assert isinstance(listener, socket.socket)
        connection, _ = listener.accept()
        connection.settimeout(_SEND_TIMEOUT_S)
        self._selector.register(connection, selectors.EVENT_READ, _Client(connection, bus))

    def _answer(self, client: _Client, *, can_read: bool) -> None:
        try:
            stays = not can_read or client.receive()
            client.answer()
        except OSError:  # the node went away in the middle, or does not read its replies
            stays = False
        if stays and client.received:
            self._held.add(client)
        else:
            self._held.discard(client)
        if not stays:
            self._selector.unregister(client.connection)
            client.connection.close()

    def _let_go(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        for path in self._paths:
            with suppress(FileNotFoundError):
                path.unlink()
