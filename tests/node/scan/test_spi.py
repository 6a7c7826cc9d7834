"""What answers on a played SPI device."""

import pytest

from node.devices.trouble import BusFailed
from node.scan.spi import look
from village.chips.bus import BusServer
from village.chips.mcp3008 import PlayedMcp3008
from village.chips.played import ChipFault


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(None, "an MCP3008, perhaps"), (ChipFault.ONES, "nobody answers")],
)
def test_a_converter_is_known_by_its_null_bit(tmp_path, fault, sentence):
    path = tmp_path / "adc.spi"
    played = PlayedMcp3008({0: lambda: 1.65, 1: lambda: 3.0})
    played.fault = fault
    with BusServer({path: played}):
        found = look(f"unix:{path}")

    assert found.sentence.startswith(sentence)
    assert bool(found.lines) is (fault is None)
    assert fault or "0.50, 0.91, 0.00" in found.sentence


def test_another_chip_that_answers_is_none(tmp_path):
    class Other(PlayedMcp3008):
        def transfer(self, data):
            return b"\x12\x34\x56"

    path = tmp_path / "other.spi"
    with BusServer({path: Other({})}):
        assert "no MCP3008" in look(f"unix:{path}").sentence


def test_a_device_that_is_not_there_is_told():
    with pytest.raises(BusFailed, match="No such file"):
        look("/dev/spidev9.9")
