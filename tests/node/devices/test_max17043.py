"""The registers of Maxim's datasheets 19-4811 and 19-5210, as bytes, become volts and per cent."""

import pytest

from node.core.records import BatterySample
from node.devices.bus.i2c import I2cBus
from node.devices.max17043 import make
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters.sections.sensor import Sensor
from village.chips.bus import BusServer, PlayedBus
from village.chips.max1704x import PlayedMax17048
from village.chips.max17043 import PlayedMax17043
from village.chips.words import WordPort


@pytest.fixture
def put_up(tmp_path):
    servers = []

    def a_sensor(chip, at_0x36):
        path = tmp_path / f"{len(servers)}.i2c"
        servers.append(BusServer({path: PlayedBus({0x36: at_0x36})}))
        return make("gauge", Sensor(chip=chip), I2cBus(f"unix:{path}"))

    yield a_sensor
    for server in servers:
        server.close()


def words(**registers):
    found = {0x08: 0x0003, 0x0C: 0x971C} | {int(name[1:], 16): v for name, v in registers.items()}
    return WordPort(found.__getitem__, found.__setitem__)


@pytest.mark.parametrize("chip", ["max17040", "max17043", "max17044"])
@pytest.mark.parametrize(
    ("vcell", "soc", "cell_voltage_v", "soc_pct"),
    [
        (0xB900, 0x4B80, 3.7, 75.5),
        (0xD200, 0x6400, 4.2, 100.0),
        (0x9600, 0x0001, 3.0, 1 / 256),
        # The lowest four bits of VCELL are void.
        (0xB90F, 0x0000, 3.7, 0.0),
        (0xD480, 0x6480, 4.25, 100.0),
    ],
)
def test_words_become_volts_of_a_cell_and_per_cent(
    put_up, chip, vcell, soc, cell_voltage_v, soc_pct
):
    """1.25 mV in bits 15 to 4 (2.5 mV of two cells), per cent in the high byte, 1/256 in the low.

    A gauge may read a little above full.
    """
    sample = put_up(chip, words(x02=vcell, x04=soc)).sample()

    assert sample == BatterySample(
        sensor="gauge",
        taken_at_s=sample.taken_at_s,
        soc_pct=pytest.approx(soc_pct),
        cell_voltage_v=pytest.approx(cell_voltage_v),
    )


@pytest.mark.parametrize(
    ("vcell", "soc", "said"),
    [
        (0x0000, 0x0000, "cell voltage 0.000 V"),
        (0x63F0, 0x3200, "cell voltage 1.999 V"),
        (0xFFF0, 0x3200, "cell voltage 5.119 V"),
        (0xB900, 0x6E01, "state of charge 110.0 %"),
        (0xB900, 0xFFFF, "state of charge 256.0 %"),
    ],
)
def test_what_no_battery_can_be_is_not_believed(put_up, vcell, soc, said):
    sensor = put_up("max17043", words(x02=vcell, x04=soc))

    with pytest.raises(SensorImplausible, match=said):
        sensor.sample()


@pytest.mark.failure(
    part="sensors",
    failure="a first-generation gauge was put to sleep",
    person="implausible: its figures stand still",
    lasts="until it wakes",
)
def test_a_sleeping_gauge_is_told(put_up):
    sensor = put_up("max17043", words(x02=0xB900, x04=0x4B80, x0C=0x979C))

    with pytest.raises(SensorImplausible, match="sleeps"):
        sensor.sample()


def test_the_max17040_has_no_bit_for_sleep(put_up):
    """Its register there is RCOMP alone (datasheet 19-5210): any value is one."""
    gauge = put_up("max17040", words(x02=0xB900, x04=0x4B80, x08=0x0002, x0C=0x97FF))

    assert gauge.sample().soc_pct == 75.5


@pytest.mark.parametrize("chip", ["max17040", "max17043", "max17044"])
@pytest.mark.parametrize("version", [0x0000, 0x0010, 0x0012, 0xFFFF])
def test_another_chips_version_is_refused(put_up, chip, version):
    with pytest.raises(SensorAbsent, match=f"version 0x{version:04x}"):
        put_up(chip, words(x08=version)).sample()


def test_a_max17048_is_not_taken_for_a_max17043(put_up):
    with pytest.raises(SensorAbsent, match="version 0x0012"):
        put_up("max17043", PlayedMax17048(battery=lambda: (50.0, 3.7))).sample()


def test_a_gauge_is_never_reset_nor_started_anew(put_up):
    """Either would throw away what it has learnt of the battery."""
    written = []

    class Watched(PlayedMax17043):
        def write(self, data):
            written.append(data)
            super().write(data)

    sensor = put_up("max17043", Watched(battery=lambda: (50.0, 3.7)))
    for _ in range(3):
        sensor.sample()
        sensor.close()

    assert {len(data) for data in written} == {1}
