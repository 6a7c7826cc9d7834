"""Bring smbus2's calls to played port expanders by their addresses."""

from collections.abc import Sequence

from village.chips.played import NotAcknowledged
from village.expanders import PlayedMcp23017, PlayedPcf8574


class PlayedBus:
    """Bring smbus2's calls to played chips by their addresses."""

    """Hold the chips; once it is closed, nobody may ask it."""

    def __init__(self) -> None:
        self.chips: dict[int, PlayedMcp23017 | PlayedPcf8574] = {}
        self.is_open = True

    def write_i2c_block_data(self, i2c_addr: int, register: int, data: Sequence[int]) -> None:
        chip = self._at(i2c_addr)
        assert isinstance(chip, PlayedMcp23017)
        chip.write([register, *data])

    def read_i2c_block_data(self, i2c_addr: int, register: int, length: int) -> list[int]:
        chip = self._at(i2c_addr)
        assert isinstance(chip, PlayedMcp23017)
        return chip.read(register, length)

    def write_byte(self, i2c_addr: int, value: int) -> None:
        chip = self._at(i2c_addr)
        assert isinstance(chip, PlayedPcf8574)
        chip.write(value)

    def read_byte(self, i2c_addr: int) -> int:
        chip = self._at(i2c_addr)
        assert isinstance(chip, PlayedPcf8574)
        return chip.levels

    def close(self) -> None:
        self.is_open = False

    def _at(self, address: int) -> PlayedMcp23017 | PlayedPcf8574:
        assert self.is_open
        if address not in self.chips:
            raise NotAcknowledged
        return self.chips[address]
