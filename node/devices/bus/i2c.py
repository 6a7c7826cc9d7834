"""Own one I2C bus: `/dev/i2c-N` through smbus2, or a bus of played chips on a Unix socket.

`I2cBus` has the five verbs that the Adafruit drivers ask of a bus, so that neither `board` nor
`busio` (which detect a board at import) is needed. It opens at its first transfer and again after
a failure. One thread uses it: the drivers' lock is therefore always granted. An abandoned bus
refuses every further transfer, so that a thread that was stuck in one cannot go on.
"""

import errno
import os
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from smbus2 import SMBus, i2c_msg

from node.devices.bus.frames import (
    LENGTH_BYTES,
    Message,
    Read,
    Write,
    frame_length,
    pack_request,
    unpack_reply,
)
from node.devices.trouble import BusFailed

SOCKET_PREFIX = "unix:"
SOCKET_TIMEOUT_S = 5.0
_CHIP_ERRORS = frozenset({errno.ENXIO, errno.EREMOTEIO})
"""What a kernel adapter reports when a chip does not acknowledge; all else is the bus's fault."""


class Transport(Protocol):
    """Carry transactions to the chips of one opened bus."""

    def transfer(self, messages: Sequence[Message]) -> bytes:
        """Carry out one transaction and return the bytes of all its reads; raises OSError."""
        ...

    def close(self) -> None:
        """Let the bus go; may be called twice."""
        ...


class KernelTransport:
    """Carry transactions over the kernel's I2C adapter (ioctl I2C_RDWR)."""

    def __init__(self, device: str) -> None:
        self._bus = SMBus()
        try:
            self._bus.open(device)
        except OSError:
            self._bus.close()  # the file may be open although it is no bus
            raise

    def transfer(self, messages: Sequence[Message]) -> bytes:
        """Carry out one transaction; an absent chip is errno ENXIO or EREMOTEIO."""
        carried = [
            i2c_msg.write(message.address, list(message.data))
            if isinstance(message, Write)
            else i2c_msg.read(message.address, message.size)
            for message in messages
        ]
        self._bus.i2c_rdwr(*carried)
        pairs = zip(messages, carried, strict=True)
        return b"".join(bytes(reply) for asked, reply in pairs if isinstance(asked, Read))

    def close(self) -> None:
        """Close the device file; may be called twice."""
        self._bus.close()


class SocketTransport:
    """Carry transactions over a Unix socket (`busframes`)."""

    def __init__(self, path: str, timeout_s: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def transfer(self, messages: Sequence[Message]) -> bytes:
        """Carry out one transaction; an absent chip is errno EREMOTEIO."""
        self._socket.sendall(pack_request(messages))
        body = self._receive(frame_length(self._receive(LENGTH_BYTES)))
        try:
            error, data = unpack_reply(body)
        except ValueError as reason:
            raise OSError(errno.EPROTO, str(reason)) from reason
        if error:
            raise OSError(error, os.strerror(error))
        return data

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._socket.close()

    def _receive(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            part = self._socket.recv(size - len(received))
            if not part:
                raise ConnectionResetError(errno.ECONNRESET, "the played bus closed its socket")
            received += part
        return bytes(received)


class I2cBus:
    """Give one bus to the drivers of its chips; opened at the first transfer.

    `place` is a device file ("/dev/i2c-1"), a number (1), or a socket ("unix:/run/home1.i2c", or
    the path of an existing socket).
    """

    def __init__(self, place: str | int, *, socket_timeout_s: float = SOCKET_TIMEOUT_S) -> None:
        self._place = f"/dev/i2c-{place}" if isinstance(place, int) else place
        self._socket_timeout_s = socket_timeout_s
        self._transport: Transport | None = None
        self._abandoned = False

    @property
    def place(self) -> str:
        """Give the bus's device file or socket, as the parameters name it."""
        return self._place

    def open(self) -> None:
        """Open the bus now if it is not.

        Raises:
            BusFailed: the device file or the socket is away or not ours to open.
        """
        if self._abandoned:
            raise BusFailed(f"bus {self._place}: abandoned after a transfer hung")
        if self._transport is None:
            try:
                self._transport = self._opened()
            except OSError as error:
                raise BusFailed(f"bus {self._place}: {error}") from error

    def try_lock(self) -> bool:
        """Grant the lock: one thread owns the bus."""
        return True

    def unlock(self) -> None:
        """Take the lock back: there is none."""

    def writeto(
        self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write `buffer[start:end]` to a chip; raises OSError (BusFailed: the bus itself)."""
        self._transfer(Write(address, bytes(buffer[start:end])))

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Fill `buffer[start:end]` from a chip; raises OSError (BusFailed: the bus itself)."""
        span = range(len(buffer))[start:end]
        buffer[start:end] = self._transfer(Read(address, len(span)))

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes | bytearray,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write, then read after a repeated start; raises OSError (BusFailed: the bus itself)."""
        span = range(len(in_buffer))[in_start:in_end]
        write = Write(address, bytes(out_buffer[out_start:out_end]))
        in_buffer[in_start:in_end] = self._transfer(write, Read(address, len(span)))

    def abandon(self) -> None:
        """Refuse every further transfer; the thread that is stuck in one will close the bus."""
        self._abandoned = True

    def close(self) -> None:
        """Close the bus; a later transfer opens it again; may be called twice."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _opened(self) -> Transport:
        if self._place.startswith(SOCKET_PREFIX):
            return SocketTransport(self._place.removeprefix(SOCKET_PREFIX), self._socket_timeout_s)
        if stat.S_ISSOCK(Path(self._place).stat().st_mode):
            return SocketTransport(self._place, self._socket_timeout_s)
        return KernelTransport(self._place)

    def _transfer(self, *messages: Message) -> bytes:
        self.open()
        transport = self._transport
        assert transport is not None  # opened above, and one thread owns the bus
        try:
            data = transport.transfer(messages)
        except OSError as error:
            if error.errno in _CHIP_ERRORS:
                raise
            self.close()
            raise BusFailed(f"bus {self._place}: {error}") from error
        expected = sum(message.size for message in messages if isinstance(message, Read))
        if len(data) != expected:
            self.close()
            raise BusFailed(f"bus {self._place}: {len(data)} bytes came, {expected} were asked")
        return data
