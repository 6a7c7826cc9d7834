"""Carry a played chip's 16-bit registers: a pointer, words high byte first, and its faults."""

import struct
from collections.abc import Callable

from village.chips.played import ChipFault, NotAcknowledged


class WordPort:
    """Answer the bus for a chip of 16-bit registers, each `size` bytes long, high byte first.

    `read_register` gives a register as it is now, `write_register` takes one; `size_of` is 2 but
    for the chips that have longer ones.
    """

    def __init__(
        self,
        read_register: Callable[[int], int],
        write_register: Callable[[int, int], None],
        size_of: Callable[[int], int] = lambda register: 2,
    ) -> None:
        self.fault: ChipFault | None = None
        self._read_register = read_register
        self._write_register = write_register
        self._size_of = size_of
        self._pointer = 0

    def write(self, data: bytes) -> None:
        """Set the register pointer, and with two more bytes the register."""
        self._acknowledge()
        if not data:
            return
        self._pointer = data[0]
        if len(data) >= 3:
            self._write_register(self._pointer, int.from_bytes(data[1:3], "big"))

    def read(self, size: int) -> bytes:
        """Give the register at the pointer; the pointer stays."""
        self._acknowledge()
        if self.fault is ChipFault.ONES:
            return b"\xff" * size
        length = self._size_of(self._pointer)
        word = self._read_register(self._pointer) & ((1 << 8 * length) - 1)
        return (word.to_bytes(length, "big") * (size // length + 1))[:size]

    def _acknowledge(self) -> None:
        if self.fault is ChipFault.NO_ANSWER:
            raise NotAcknowledged


def word_of(value: int) -> int:
    """Give a signed number as a register has it."""
    return int.from_bytes(struct.pack(">h", value), "big")


def clipped(value: float, limit: int) -> int:
    """Give what a converter makes of a value that may be past its end on either side."""
    return max(-limit - 1, min(limit, round(value)))
