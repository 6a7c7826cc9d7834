import struct

import pytest

from village.chips.ina219 import PlayedIna219
from village.chips.max1704x import PlayedMax17048
from village.chips.max17043 import PlayedMax17043
from village.chips.played import ChipFault, NotAcknowledged


class Hand:
    """A clock moved by hand."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def word(chip, register):
    chip.write(bytes((register,)))
    return int.from_bytes(chip.read(2), "big")


def signed(value):
    return struct.unpack(">h", struct.pack(">H", value))[0]


def an_ina219(voltage_v=12.34, current_a=0.873, noise_lsb=0.0, hand=None):
    chip = PlayedIna219(
        line=lambda: (voltage_v, current_a),
        shunt_ohms=0.1,
        seed=1,
        noise_lsb=noise_lsb,
        monotonic=hand or Hand(),
    )
    chip.write(b"\x05\x10\x00")
    return chip


def test_ina219_powers_up_as_the_datasheet_says():
    chip = PlayedIna219(line=lambda: (0.0, 0.0), shunt_ohms=0.1, seed=1, monotonic=Hand())

    assert (word(chip, 0), word(chip, 5)) == (0x399F, 0)


def test_ina219_registers_hold_shunt_bus_current_and_power():
    chip = an_ina219()

    assert word(chip, 1) == 8730
    assert pytest.approx((word(chip, 2) >> 3) * 0.004) == 12.34
    assert word(chip, 4) == 8730
    assert pytest.approx(word(chip, 3) * 0.002, abs=0.002) == 10.772


def test_ina219_current_is_signed_and_power_is_not():
    chip = an_ina219(current_a=-1.5)

    assert signed(word(chip, 4)) == -15000
    assert pytest.approx(word(chip, 3) * 0.002, abs=0.004) == 12.34 * 1.5


@pytest.mark.parametrize(("gain", "limit"), [(0, 4000), (1, 8000), (2, 16000), (3, 32000)])
def test_ina219_shunt_saturates_at_the_end_of_its_gain(gain, limit):
    chip = an_ina219(current_a=5.0)

    chip.write(struct.pack(">BH", 0, 0x2007 | gain << 11))

    assert limit == word(chip, 1)


def test_ina219_bus_saturates_at_16_volts_in_the_low_range():
    chip = an_ina219(voltage_v=24.0)

    chip.write(b"\x00\x19\x9f")

    assert word(chip, 2) >> 3 == 4000


def test_ina219_reset_bit_restores_the_power_up_values():
    chip = an_ina219()

    chip.write(b"\x00\x80\x00")

    assert (word(chip, 0), word(chip, 5)) == (0x399F, 0)


def test_ina219_is_ready_after_a_conversion_until_its_power_is_read():
    hand = Hand()
    chip = an_ina219(hand=hand)
    assert not word(chip, 2) & 2
    hand.now_s += 0.002
    assert word(chip, 2) & 2
    word(chip, 3)

    assert not word(chip, 2) & 2


@pytest.mark.parametrize(("adc", "least_s", "most_s"), [(0x3, 0.001, 0.0011), (0xD, 0.034, 0.0342)])
def test_ina219_averages_take_their_time(adc, least_s, most_s):
    hand = Hand()
    chip = an_ina219(hand=hand)
    chip.write(struct.pack(">BH", 0, 0x3807 | adc << 3 | adc << 7))
    hand.now_s += least_s
    assert not word(chip, 2) & 2

    hand.now_s += most_s - least_s
    assert word(chip, 2) & 2


def test_ina219_flags_an_overflow_of_its_arithmetic():
    chip = an_ina219(current_a=1.0)

    chip.write(b"\x05\xff\xfe")

    assert word(chip, 2) & 1


def test_ina219_calibration_bit_0_is_void():
    chip = an_ina219()

    chip.write(b"\x05\x10\x01")

    assert word(chip, 5) == 0x1000


def test_ina219_holds_its_values_when_powered_down():
    line = [(12.0, 0.5)]
    chip = PlayedIna219(
        line=lambda: line[0], shunt_ohms=0.1, seed=1, noise_lsb=0.0, monotonic=Hand()
    )
    before = word(chip, 1)
    chip.write(b"\x00\x39\x98")
    line[0] = (6.0, 0.1)

    assert before == word(chip, 1) == 5000


def test_ina219_noise_is_seeded_and_stays_within_its_width():
    one, other = (an_ina219(noise_lsb=0.5) for _ in range(2))

    readings = [word(one, 1) for _ in range(200)]

    assert readings == [word(other, 1) for _ in range(200)]
    assert {8729, 8730, 8731} >= set(readings)


def test_a_chip_that_does_not_answer_refuses_reads_and_writes():
    for chip in (
        an_ina219(),
        PlayedMax17048(battery=lambda: (50.0, 3.3)),
        PlayedMax17043(battery=lambda: (50.0, 3.7)),
    ):
        chip.fault = ChipFault.NO_ANSWER

        with pytest.raises(NotAcknowledged):
            chip.write(b"\x02")
        with pytest.raises(NotAcknowledged):
            chip.read(2)


def a_settled_gauge(soc_pct=76.5, cell_voltage_v=3.912):
    hand = Hand()
    gauge = PlayedMax17048(battery=lambda: (soc_pct, cell_voltage_v), monotonic=hand)
    hand.now_s += 1
    return gauge, hand


def test_max17048_shows_version_charge_and_cell_voltage():
    gauge, _ = a_settled_gauge()

    assert word(gauge, 0x08) == 0x0012
    assert word(gauge, 0x04) / 256 == 76.5
    assert pytest.approx(word(gauge, 0x02) * 78.125e-6, abs=1e-4) == 3.912


def test_max17048_reset_is_not_acknowledged_and_starts_the_estimate_anew():
    gauge, hand = a_settled_gauge()
    gauge.write(b"\x1a\x00\x00")

    with pytest.raises(NotAcknowledged):
        gauge.write(b"\xfe\x54\x00")

    assert gauge.resets == 1
    assert (word(gauge, 0x02), word(gauge, 0x04)) == (0, 0)
    assert word(gauge, 0x1A) >> 8 & 1
    hand.now_s += 0.2
    assert word(gauge, 0x04)


def test_max17048_quick_start_is_counted_and_reads_back_as_zero():
    gauge, _ = a_settled_gauge()

    gauge.write(b"\x06\x40\x00")

    assert gauge.quick_starts == 1
    assert word(gauge, 0x06) == 0


def test_max17048_measurements_cannot_be_written():
    gauge, _ = a_settled_gauge()

    gauge.write(b"\x04\x00\x00")

    assert word(gauge, 0x04) / 256 == 76.5


def test_max17048_can_send_256_percent_and_stay_stuck():
    charge = [50.0]
    hand = Hand()
    gauge = PlayedMax17048(battery=lambda: (charge[0], 3.3), monotonic=hand)
    hand.now_s += 1
    gauge.fault = ChipFault.ONES
    assert word(gauge, 0x04) == 0xFFFF
    gauge.fault = ChipFault.STUCK
    stuck = word(gauge, 0x04)
    charge[0] = 40.0

    assert 50.0 == stuck / 256 == word(gauge, 0x04) / 256


def test_max17043_shows_version_charge_and_12_bit_cell_voltage():
    gauge = PlayedMax17043(battery=lambda: (42.25, 3.7))

    assert word(gauge, 0x08) == 3
    assert word(gauge, 0x04) / 256 == 42.25
    assert pytest.approx((word(gauge, 0x02) >> 4) * 0.00125) == 3.7
    with pytest.raises(NotAcknowledged):
        gauge.write(b"\xfe\x54\x00")
    assert gauge.resets == 1
