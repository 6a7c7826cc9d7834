"""What a source told last: judged, once, with its age."""

import pytest

from node.core.records import MeterSample, Registers
from node.devices.sources.told import LastTold, Told
from node.devices.trouble import SensorAbsent, SensorImplausible
from tests.factories.sources import SetClock


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def last(clock):
    return LastTold("meter", clock, max_age_s=60, most_w=10_000)


def test_what_is_told_is_given_until_it_is_stale(last, clock):
    last.tell(Told(power_w=500.0, soc_pct=50.0))
    clock.pass_s(60)

    assert last.sample() == MeterSample(
        sensor="meter", taken_at_s=clock.now_s - 60, power_w=500.0, counted=None, soc_pct=50.0
    )
    clock.pass_s(0.001)
    with pytest.raises(SensorAbsent, match="nothing told for 60 s"):
        last.sample()


def test_nothing_is_known_before_anything_is_told(last):
    with pytest.raises(SensorAbsent, match="meter: nothing told yet"):
        last.sample()


def test_a_failure_is_told_once_the_last_sample_is_stale(last, clock):
    last.tell(Told(power_w=500.0))
    last.fail(OSError("no route"))
    assert last.sample().power_w == 500.0

    clock.pass_s(61)
    with pytest.raises(SensorAbsent, match="no route"):
        last.sample()


def test_what_is_taken_back_is_gone_at_once(last):
    last.tell(Told(power_w=500.0))
    last.gone("it was removed")

    with pytest.raises(SensorAbsent, match="it was removed"):
        last.sample()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(power_w=10_001.0), "10001 W, and most_w is 10000 W"),
        (Told(power_w=-10_001.0), "most_w"),
        (Told(power_w=float("nan")), "most_w"),
        (Told(soc_pct=-0.1), "0 to 100 %"),
        (Told(soc_pct=102.0), "0 to 100 %"),
        (Told(imported_wh=-1.0), "a register of -1 Wh"),
    ],
)
def test_what_cannot_be_is_named_with_its_bound_and_not_taken(last, clock, told, why):
    last.tell(Told(power_w=1.0))
    last.tell(told)
    assert last.sample().power_w == 1.0

    clock.pass_s(61)
    with pytest.raises(SensorImplausible, match=why):
        last.sample()


def test_a_charge_just_above_full_is_full(last):
    last.tell(Told(soc_pct=100.4))

    assert last.sample().soc_pct == 100.0


def test_a_sample_has_its_own_age(last, clock):
    last.tell(Told(power_w=5.0, calendar_s=clock.calendar_s() - 50))
    assert last.sample().taken_at_s == clock.now_s - 50

    clock.pass_s(11)
    with pytest.raises(SensorAbsent):
        last.sample()


def test_a_repeated_or_late_sample_is_the_one_that_is_known(last, clock):
    at_s = clock.calendar_s()
    last.tell(Told(power_w=5.0, calendar_s=at_s))
    clock.pass_s(10)
    last.tell(Told(power_w=6.0, calendar_s=at_s))
    last.tell(Told(power_w=7.0, calendar_s=at_s - 8))

    assert (last.sample().power_w, last.sample().taken_at_s) == (5.0, clock.now_s - 10)


def test_a_clock_that_is_ahead_is_implausible_and_a_little_of_it_is_now(last, clock):
    last.tell(Told(power_w=5.0, calendar_s=clock.calendar_s() + 6))
    with pytest.raises(SensorImplausible, match="6 s ahead"):
        last.sample()

    last.tell(Told(power_w=5.0, calendar_s=clock.calendar_s() + 4))
    assert last.sample().taken_at_s == clock.now_s


def counted(last):
    return last.sample().counted


def test_registers_become_what_they_rose_by(last, clock):
    last.tell(Told(imported_wh=5_000_000.0, exported_wh=7.0))
    assert counted(last) == Registers(import_milliwh=0, export_milliwh=0)

    clock.pass_s(36)
    last.tell(Told(imported_wh=5_000_020.0, exported_wh=12.0))

    assert counted(last) == Registers(import_milliwh=20_000, export_milliwh=5_000)
    # 15 Wh net within 36 s, as nothing tells the power.
    assert last.sample().power_w == pytest.approx(1500.0)


@pytest.mark.parametrize("to_wh", [4.0, 1_200_000.0])
def test_a_register_that_falls_or_leaps_starts_anew(last, clock, to_wh):
    last.tell(Told(power_w=0.0, imported_wh=1000.0))
    clock.pass_s(10)
    last.tell(Told(power_w=0.0, imported_wh=1001.0))
    clock.pass_s(10)
    last.tell(Told(power_w=0.0, imported_wh=to_wh))
    clock.pass_s(10)
    last.tell(Told(power_w=0.0, imported_wh=to_wh + 2))

    assert counted(last) == Registers(import_milliwh=3_000, export_milliwh=0)


def test_a_meter_that_was_away_has_counted_meanwhile(last, clock):
    last.tell(Told(power_w=1000.0, imported_wh=1000.0))
    last.gone("no connection")
    clock.pass_s(3600)
    last.tell(Told(power_w=1000.0, imported_wh=2000.0))

    assert counted(last) == Registers(import_milliwh=1_000_000, export_milliwh=0)
