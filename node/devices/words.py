"""Read and write the 16-bit registers of a chip, high byte first, over the one bus."""

from node.devices.bus.i2c import I2cBus


class Words:
    """Speak to one chip's registers; every verb raises OSError where the chip is away."""

    def __init__(self, bus: I2cBus, address: int) -> None:
        self._bus = bus
        self._address = address

    def read(self, register: int) -> int:
        """Read one register, unsigned."""
        word = bytearray(2)
        self._bus.writeto_then_readfrom(self._address, bytes((register,)), word)
        return int.from_bytes(word, "big")

    def write(self, register: int, value: int) -> None:
        """Write one register."""
        self._bus.writeto(self._address, bytes((register, *value.to_bytes(2, "big"))))


def signed(word: int) -> int:
    """Read a register as two's complement."""
    return word - 0x10000 if word & 0x8000 else word
