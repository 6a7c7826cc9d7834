import pytest

from node.core.records import PowerSample
from node.devices.bus.i2c import I2cBus
from node.devices.ina219 import Ina219, calibration_for
from node.devices.trouble import BusFailed, SensorAbsent, SensorImplausible, SensorOverflow
from village.chips.ina219 import PlayedIna219
from village.chips.played import ChipFault


@pytest.fixture
def make(home):
    def a_sensor(**arguments):
        return Ina219(name="load", bus=I2cBus(home.place), **arguments)

    return a_sensor


def test_a_sample_has_voltage_current_and_their_product(make):
    sample = make().sample()

    assert sample == PowerSample(
        sensor="load",
        taken_at_s=sample.taken_at_s,
        bus_voltage_v=pytest.approx(12.8),
        current_a=pytest.approx(0.25),
        power_w=pytest.approx(3.2),
    )


def test_power_has_the_sign_of_the_current(make, home):
    home.line = (12.8, -0.5)

    sample = make().sample()

    assert (sample.current_a, sample.power_w) == pytest.approx((-0.5, -6.4))


def test_invert_turns_the_shunt_around(make, home):
    home.line = (12.8, -0.5)

    sample = make(invert=True).sample()

    assert (sample.current_a, sample.power_w) == pytest.approx((0.5, 6.4))


def test_a_dark_line_is_a_plausible_zero(make, home):
    home.line = (0.0, 0.0)

    sample = make().sample()

    assert (sample.bus_voltage_v, sample.current_a, sample.power_w) == (0, 0, 0)


@pytest.mark.parametrize(
    ("max_current_a", "shunt_ohms", "method"),
    [
        (0.3, 0.1, "set_calibration_16V_400mA"),
        (0.4, 0.1, "set_calibration_32V_1A"),
        (1.0, 0.1, "set_calibration_32V_1A"),
        (2.0, 0.1, "set_calibration_32V_2A"),
        (3.2, 0.1, "set_calibration_32V_2A"),
        (0.62, 0.5, "set_calibration_32V_2A"),
        (20.0, 0.01, "set_calibration_32V_2A"),
    ],
)
def test_the_calibration_follows_from_current_and_shunt(max_current_a, shunt_ohms, method):
    chosen = calibration_for(max_current_a=max_current_a, shunt_ohms=shunt_ohms)

    assert method == chosen.method


@pytest.mark.parametrize(("max_current_a", "shunt_ohms"), [(4, 0.1), (1, 0.5), (0, 0.1), (1, 0)])
def test_a_current_beyond_the_chip_is_refused_at_once(make, max_current_a, shunt_ohms):
    with pytest.raises(ValueError, match=r"max_current_a|320 mV"):
        make(max_current_a=max_current_a, shunt_ohms=shunt_ohms)


@pytest.mark.parametrize(("max_current_a", "limit_a"), [(0.3, 0.4), (1.0, 1.6), (2.0, 3.2)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_saturated_current_is_an_overflow_and_not_a_value(
    make, home, max_current_a, limit_a, sign
):
    sensor = make(max_current_a=max_current_a)
    home.line = (12.8, sign * limit_a * 0.99)
    assert sensor.sample().current_a == pytest.approx(sign * limit_a * 0.99)

    home.line = (12.8, sign * limit_a * 1.5)
    with pytest.raises(SensorOverflow, match="range's end"):
        sensor.sample()


def test_a_larger_shunt_reads_the_true_current(home):
    home.bus.chips[0x41] = PlayedIna219(
        line=lambda: home.line, shunt_ohms=0.5, seed=1, noise_lsb=0.0
    )
    sensor = Ina219(
        name="load", bus=I2cBus(home.place), address=0x41, shunt_ohms=0.5, max_current_a=0.6
    )
    home.line = (12.8, 0.01234)

    assert sensor.sample().current_a == pytest.approx(0.01234, abs=0.00001)


def test_a_24_volt_bus_is_not_clipped_in_the_sensitive_range(make, home):
    home.line = (24.6, 0.1)

    assert make(max_current_a=0.3).sample().bus_voltage_v == pytest.approx(24.6)


def test_a_voltage_beyond_the_chips_rating_is_implausible(make, home):
    home.line = (26.4, 0.1)

    with pytest.raises(SensorImplausible, match=r"26\.4"):
        make().sample()


@pytest.mark.failure(
    part="sensors",
    failure="the power chip overflows",
    person="an overflow, not a value",
)
def test_the_chips_overflow_flag_is_a_fault(make, home):
    home.shunt.fault = ChipFault.OVERFLOW

    with pytest.raises(SensorOverflow, match="overflows"):
        make().sample()


@pytest.mark.failure(
    part="sensors",
    failure="the power chip repeats its last value",
    person="implausible: `does not convert`",
    lasts="until it converts",
)
def test_a_chip_that_no_longer_converts_is_not_believed(make, home):
    sensor = make()
    sensor.sample()
    home.shunt.fault = ChipFault.STUCK
    with pytest.raises(SensorImplausible, match="does not convert"):
        for _ in range(2):
            sensor.sample()

    home.shunt.fault = None
    assert sensor.sample().power_w == pytest.approx(3.2)


@pytest.mark.failure(
    part="sensors",
    failure="a chip loses its set-up and goes on answering (a dip of its supply)",
    person="one warning in the log, with what it lost",
    lasts="one sample, which is dropped",
)
@pytest.mark.parametrize("max_current_a", [0.3, 1.0, 2.0])
def test_a_chip_that_lost_its_set_up_misses_a_sample_and_averages_again(
    make, home, caplog, max_current_a
):
    """It goes on answering, and without its averages reads an inverter's pulses at random."""
    sensor = make(max_current_a=max_current_a)
    sensor.sample()
    set_up = (home.shunt._config, home.shunt._calibration)
    home.shunt.brown_out()
    with pytest.raises(SensorImplausible, match=r"lost its set-up \(configuration 0x399f and"):
        sensor.sample()

    assert sensor.sample().current_a == pytest.approx(0.25)
    assert (home.shunt._config, home.shunt._calibration) == set_up
    assert [record.getMessage() for record in caplog.records if "lost" in record.message] == [
        "load: the chip lost its set-up (configuration 0x399f and calibration 0,"
        f" not 0x{set_up[0]:04x} and 4096); it is set up anew"
    ]


@pytest.mark.parametrize("register", [b"\x00\x39\x9f", b"\x05\x00\x00"])
def test_a_set_up_that_is_lost_in_one_register_is_noticed(make, home, register):
    sensor = make()
    sensor.sample()
    home.shunt.write(register)
    with pytest.raises(SensorImplausible, match="lost its set-up"):
        sensor.sample()

    assert sensor.sample().power_w == pytest.approx(3.2)


def test_a_dip_of_the_supply_during_a_sample_is_noticed(make, home):
    sensor = make()
    sensor.sample()
    transfer = home.bus.transfer

    def dipping(messages):
        if any(getattr(message, "data", b"")[:1] == b"\x03" for message in messages):
            home.shunt.brown_out()
            home.bus.transfer = transfer
        return transfer(messages)

    home.bus.transfer = dipping
    with pytest.raises(SensorImplausible, match="lost its set-up"):
        sensor.sample()

    assert sensor.sample().power_w == pytest.approx(3.2)


def test_a_supply_that_dips_at_each_sample_is_told_once(make, home, caplog):
    sensor = make()
    sensor.sample()
    for _ in range(3):
        home.shunt.brown_out()
        with pytest.raises(SensorImplausible):
            sensor.sample()
        sensor._chip.use(lambda _driver: None)

    assert sum("lost its set-up" in record.message for record in caplog.records) == 1


@pytest.mark.failure(
    part="sensors",
    failure="a chip does not answer (NACK)",
    person="absent, by name and address",
    lasts="until an attempt is answered",
)
def test_an_absent_chip_is_named_and_comes_back(make, home):
    sensor = make(address=0x45)
    with pytest.raises(SensorAbsent, match=r"load.*0x45"):
        sensor.sample()
    with pytest.raises(SensorAbsent, match="asked again"):
        sensor.sample()
    assert SensorAbsent.kind == "absent"

    home.bus.chips[0x45] = home.shunt
    sensor._chip._next_try_s = 0.0
    assert sensor.sample().power_w == pytest.approx(3.2)


def test_a_bus_that_is_away_is_not_an_absent_chip():
    sensor = Ina219(name="load", bus=I2cBus("unix:/nowhere/home.i2c"))

    with pytest.raises(BusFailed, match="nowhere"):
        sensor.sample()


def test_one_bad_transfer_is_not_even_noticed(make, home):
    sensor = make()
    sensor.sample()
    failures = iter([ChipFault.NO_ANSWER])
    transfer = home.bus.transfer

    def flaky(messages):
        home.shunt.fault = next(failures, None)
        return transfer(messages)

    home.bus.transfer = flaky
    assert sensor.sample().power_w == pytest.approx(3.2)


def test_close_may_be_called_twice(make):
    sensor = make()
    sensor.sample()
    sensor.close()
    sensor.close()

    assert sensor.sample().power_w == pytest.approx(3.2)
