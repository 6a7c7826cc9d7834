"""Own one SPI device: `/dev/spidevB.C` through the kernel, or a played one on a Unix socket.

The kernel's own call is all it takes (linux/spi/spidev.h): the library of that name has no wheel
for a Pi. A played transfer is framed as the played I2C bus is: length, then the bytes; its reply
has an errno (0: done) before them.
"""

import ctypes
import fcntl
import os
import socket
import struct

from node.devices.bus.frames import LENGTH_BYTES, frame_length, unpack_reply
from node.devices.trouble import BusFailed

SOCKET_PREFIX = "unix:"
SPEED_HZ = 1_350_000
"""What an MCP3008 stands at 2.7 V (Microchip DS21295D, table 1)."""
_BITS = 8
_TIMEOUT_S = 2.0
_TRANSFER = struct.Struct("=QQIIHBBBBBB")
"""struct spi_ioc_transfer: out, in, length, speed, delay, bits, and what is left at none."""
_MESSAGE = 0x40006B00 | _TRANSFER.size << 16
"""SPI_IOC_MESSAGE(1)."""
_WRITE_MODE = 0x40016B01
"""SPI_IOC_WR_MODE; mode 0 is the converter's."""


class SpiBus:
    """Give full-duplex transfers; opened at the first, and again after one failed.

    `place` is a device file, or a socket ("unix:/run/home1.spi").
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._file: int | None = None
        self._socket: socket.socket | None = None

    def transfer(self, data: bytes) -> bytes:
        """Send bytes and give those that came meanwhile, as many.

        Raises:
            BusFailed: the device file or the socket is away, not ours to open, or fails.
        """
        try:
            self._open()
            received = self._by_socket(data) if self._socket is not None else self._by_kernel(data)
        except OSError as error:
            self.close()
            raise BusFailed(f"SPI {self._place}: {error}") from error
        if len(received) != len(data):
            self.close()
            raise BusFailed(f"SPI {self._place}: {len(received)} bytes came, {len(data)} were sent")
        return received

    def close(self) -> None:
        """Let the device go; may be called twice."""
        found, self._file = self._file, None
        if found is not None:
            os.close(found)
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _open(self) -> None:
        if self._file is not None or self._socket is not None:
            return
        if self._place.startswith(SOCKET_PREFIX):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(_TIMEOUT_S)
            self._socket.connect(self._place.removeprefix(SOCKET_PREFIX))
            return
        self._file = os.open(self._place, os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(self._file, _WRITE_MODE, bytes(1))

    def _by_kernel(self, data: bytes) -> bytes:
        assert self._file is not None
        out = ctypes.create_string_buffer(data, len(data))
        into = ctypes.create_string_buffer(len(data))
        places = ctypes.addressof(out), ctypes.addressof(into)
        request = _TRANSFER.pack(*places, len(data), SPEED_HZ, 0, _BITS, 0, 0, 0, 0, 0)
        fcntl.ioctl(self._file, _MESSAGE, request)
        return into.raw

    def _by_socket(self, data: bytes) -> bytes:
        assert self._socket is not None
        self._socket.sendall(struct.pack(">H", len(data)) + data)
        length = frame_length(self._received(LENGTH_BYTES))
        error, received = unpack_reply(self._received(length))
        if error:
            raise OSError(error, os.strerror(error))
        return received

    def _received(self, size: int) -> bytes:
        assert self._socket is not None
        received = b""
        while len(received) < size:
            part = self._socket.recv(size - len(received))
            if not part:
                raise ConnectionResetError("the played device closed its socket")
            received += part
        return received
