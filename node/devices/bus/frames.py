"""Say how I2C messages travel over a Unix socket: a bus whose chips are played.

A request is one transaction, its messages joined by repeated starts; a reply is its outcome:

    request  length:u16  { address:u8  direction:u8 (0 write, 1 read)  size:u16  bytes if write }*
    reply    length:u16  errno:u8 (0: done)  the bytes of all reads, in order

All integers are big-endian; `length` counts what follows it. A chip that does not acknowledge is
errno 121 (EREMOTEIO), as the Raspberry Pi's adapter reports it. Pure: touches no socket.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

NOT_ACKNOWLEDGED = 121
LENGTH_BYTES = 2
MAX_FRAME_BYTES = 4096

_MESSAGE = struct.Struct(">BBH")
_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Write:
    """Write bytes to a 7-bit address."""

    address: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """Read a number of bytes from a 7-bit address."""

    address: int
    size: int


Message = Write | Read


def pack_request(messages: Sequence[Message]) -> bytes:
    """Frame one transaction."""
    parts = []
    for message in messages:
        if isinstance(message, Write):
            parts.append(_MESSAGE.pack(message.address, 0, len(message.data)) + message.data)
        else:
            parts.append(_MESSAGE.pack(message.address, 1, message.size))
    return _framed(b"".join(parts))


def unpack_request(body: bytes) -> list[Message]:
    """Read a transaction's messages from a frame's body.

    Raises:
        ValueError: the body does not end where its last message ends.
    """
    messages: list[Message] = []
    at = 0
    while at < len(body):
        if len(body) - at < _MESSAGE.size:
            raise ValueError(f"{len(body) - at} stray bytes after the last message")
        address, direction, size = _MESSAGE.unpack_from(body, at)
        at += _MESSAGE.size
        if direction:
            messages.append(Read(address, size))
            continue
        if len(body) - at < size:
            raise ValueError(f"a write announces {size} bytes, {len(body) - at} are left")
        messages.append(Write(address, body[at : at + size]))
        at += size
    return messages


def pack_reply(error: int, data: bytes) -> bytes:
    """Frame a transaction's outcome; `error` is 0 or an errno below 256."""
    return _framed(bytes((error,)) + data)


def unpack_reply(body: bytes) -> tuple[int, bytes]:
    """Read the errno (0: done) and the bytes read from a reply's body.

    Raises:
        ValueError: the body is empty.
    """
    if not body:
        raise ValueError("an empty reply")
    return body[0], body[1:]


def frame_length(head: bytes) -> int:
    """Read how many bytes follow a frame's head of `LENGTH_BYTES`."""
    length: int = _LENGTH.unpack(head)[0]
    return length


def _framed(body: bytes) -> bytes:
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {len(body)} bytes, more than {MAX_FRAME_BYTES}")
    return _LENGTH.pack(len(body)) + body
