"""What answers on a played bus: each chip by its name, and nothing of it changed by the look."""

import pytest

from node.devices.bus.i2c import I2cBus
from node.parameters.sections.chips import CHIPS
from node.parameters.sections.sensor import Sensor
from node.scan.i2c import StuckBus, look
from village.chips.ads1115 import PlayedAds1115
from village.chips.bus import BusServer, PlayedBus
from village.chips.played import ChipFault, Wired, play

KINDS_OF = {
    "max17040": "a max17040",
    "max17043": "a max17043 or a max17044",
    "max17044": "a max17043 or a max17044",
    "max17048": "a max17048 or a max17049",
    "max17049": "a max17048 or a max17049",
}


class Recorded:
    """A chip that keeps what was written to it."""

    def __init__(self, chip):
        self.chip = chip
        self.written = []

    def write(self, data):
        self.written.append(bytes(data))
        self.chip.write(data)

    def read(self, size):
        return self.chip.read(size)


def a_chip(chip, address, fault=None):
    keys = {"chip": chip, "address": address} | ({"feeds": "load"} if "ina" in chip else {})
    one = Wired(
        named=Sensor.model_validate(keys), line=lambda: (12.0, 1.0), battery=lambda: (50.0, 3.7)
    )
    played = play([one], 1)
    played.fault = fault
    return Recorded(played)


@pytest.fixture
def seen(tmp_path):
    """Look at a bus of these chips; give what was found, by its place."""

    def look_at(chips, named=None):
        path = tmp_path / "bus.i2c"
        with BusServer({path: PlayedBus(chips)}):
            bus = I2cBus(f"unix:{path}")
            try:
                return {found.where: found for found in look(bus, named or {})}
            finally:
                bus.close()

    return look_at


@pytest.mark.parametrize("chip", [name for name in CHIPS if name != "acs712"])
def test_each_chip_is_known_and_nothing_is_written_into_it(seen, chip):
    kind = CHIPS[chip]
    played = a_chip(chip, kind.address)

    (found,) = seen({kind.address: played}).values()

    assert found.sentence == KINDS_OF.get(chip, kind.called)
    assert found.lines[0].keys["address"] == kind.address
    assert len(found.lines) == (3 if chip == "ina3221" else 1)
    # One byte is the number of a register to read.
    assert played.written and all(len(data) == 1 for data in played.written)


def test_no_word_is_asked_for_whose_reading_clears_anything():
    """INA219: 3; INA226 and INA260: 6; INA228: 11; INA3221: 15; each gauge: 0x1A."""
    asked = {sign.register for kind in CHIPS.values() for sign in kind.signs}

    assert asked.isdisjoint({0x03, 0x06, 0x0B, 0x0F, 0x1A})
    assert 0xFE not in asked, "a humidity sensor at 0x40 takes it for a reset"


def test_a_full_bus_has_each_chip_and_what_is_nobodys(seen):
    chips = {
        0x36: a_chip("max17048", 0x36),
        0x40: a_chip("ina219", 0x40),
        0x41: a_chip("ina226", 0x41),
        0x44: a_chip("ina260", 0x44),
        0x45: a_chip("ina228", 0x45),
        0x48: PlayedAds1115({}, lambda: 0.0),
        0x68: a_chip("ina219", 0x40),
    }
    named = {"mine": Sensor.model_validate({"chip": "ina219", "feeds": "load"})}

    found = seen(chips, named)

    assert {where: one.sentence for where, one in found.items()} == {
        "0x36": "a max17048 or a max17049",
        "0x40": "an ina219, in the file as mine",
        "0x41": "an ina226",
        "0x44": "an ina260",
        "0x45": "an ina228",
        "0x48": "a converter (ADS1115)",
        "0x68": "a clock, perhaps",
    }
    assert found["0x40"].lines == ()


def test_an_empty_bus_has_nothing(seen):
    assert seen({}) == {}


def test_a_chip_whose_data_line_is_stuck_is_told_to_be_wired(seen):
    found = seen({0x41: a_chip("ina226", 0x41, ChipFault.ONES)})["0x41"]

    assert "always high" in found.sentence
    assert found.lines == ()


def test_a_bus_that_hangs_is_given_up_at_once(tmp_path):
    path = tmp_path / "bus.i2c"
    played = PlayedBus({0x40: a_chip("ina219", 0x40)})
    played.hung = True
    with BusServer({path: played}):
        bus = I2cBus(f"unix:{path}", socket_timeout_s=0.2)
        with pytest.raises(StuckBus, match="timed out"):
            list(look(bus, {}))
        bus.close()

    assert played.transactions <= 1


class Low:
    """What a data line that is held low looks like: an answer, and no bit of it is one."""

    def write(self, data):
        pass

    def read(self, size):
        return bytes(size)


def test_a_data_line_that_is_held_low_answers_for_everybody(seen):
    with pytest.raises(StuckBus, match=r"SDA.*held low"):
        seen({address: Low() for address in range(128)})


def test_one_that_answers_zeros_alone_is_no_chip_of_ours(seen):
    found = seen({0x36: Low()})["0x36"]

    assert "always low" in found.sentence
    assert found.lines == ()


def test_a_bus_that_is_not_there_says_so():
    with pytest.raises(StuckBus, match="No such file"):
        list(look(I2cBus("unix:/nowhere/bus"), {}))
