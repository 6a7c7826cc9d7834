"""Pulses of a meter: what is counted, what is refused, and what is lost and found again."""

import threading

import pytest

from node.devices.measured import made
from node.devices.pulse_line import Edge
from node.devices.sources.own_thread import reopened
from node.devices.sources.s0 import Pulses
from node.devices.sources.told import Told
from node.devices.trouble import SensorAbsent, SensorImplausible
from node.parameters.sections.source import DataSource
from tests.factories.sources import SetClock, around
from village.meters.pulses import PulseLine


def edges(*pulses, first=1):
    """Give the edges of pulses that begin at these instants, 30 ms long."""
    found = []
    for at_s in pulses:
        for is_closed, later_s in ((True, 0.0), (False, 0.03)):
            number = first + len(found)
            found.append(Edge(at_s=at_s + later_s, is_closed=is_closed, number=number))
    return found


def begun(pulses_per_kwh=1000, speed=1.0):
    pulses = Pulses(pulses_per_kwh, speed)
    pulses.begin(Edge(at_s=0.0, is_closed=False, number=0))
    return pulses


@pytest.mark.parametrize(
    ("pulses_per_kwh", "apart_s", "power_w", "energy_wh"),
    # 1000 of a kWh are 1 Wh each: one in 36 s is 100 W. 800: 1.25 Wh. 10,000: a tenth.
    [(1000, 36.0, 100.0, 3.0), (800, 4.5, 1000.0, 3.75), (10_000, 0.12, 3000.0, 0.3)],
)
def test_pulses_are_energy_and_the_time_between_them_is_power(
    pulses_per_kwh, apart_s, power_w, energy_wh
):
    pulses = begun(pulses_per_kwh)

    pulses.take(edges(10.0, 10.0 + apart_s, 10.0 + 2 * apart_s))
    told = pulses.told(10.0 + 2 * apart_s)

    assert told.imported_wh == pytest.approx(energy_wh)
    assert told.power_w == pytest.approx(power_w)


def test_a_silence_means_less_power():
    pulses = begun()
    pulses.take(edges(0.0, 3.6))

    assert pulses.told(3.6).power_w == pytest.approx(1000)
    assert pulses.told(3.6 + 36).power_w == pytest.approx(100)


def test_the_power_of_one_pulse_is_not_known():
    pulses = begun()
    pulses.take(edges(5.0))

    assert pulses.told(6.0) == Told(power_w=None, imported_wh=1.0)


def test_pulses_that_the_kernel_had_no_place_for_are_counted_by_their_numbers():
    pulses = begun()
    pulses.take(edges(1.0, 2.0))
    pulses.take(edges(8.0, 9.0, first=15))

    assert pulses.told(9.0).imported_wh == 9.0


def test_a_gap_that_begins_while_the_contact_is_closed_is_counted_alike():
    pulses = begun()
    pulses.take(edges(1.0)[:1])
    pulses.take([Edge(at_s=5.0, is_closed=False, number=6)])

    assert pulses.told(5.0).imported_wh == 3.0


def test_what_is_faster_than_the_standard_is_no_pulse():
    pulses = begun()
    with pytest.raises(ValueError, match="10 ms apart"):
        pulses.take(edges(1.0, 1.01, 1.02))

    assert pulses.told(1.1).imported_wh == 1.0
    pulses.take(edges(2.0, first=7))
    assert pulses.told(2.0).imported_wh == 2.0


def test_a_contact_that_stays_closed_is_no_measurement():
    pulses = begun()
    pulses.take(edges(1.0)[:1])

    assert pulses.told(2.9).imported_wh == 1.0
    with pytest.raises(ValueError, match=r"closed for 4 s: a short circuit"):
        pulses.told(5.0)


def test_one_that_is_closed_when_it_is_looked_at_is_told_likewise():
    pulses = Pulses(1000, 1.0)
    pulses.begin(Edge(at_s=0.0, is_closed=True, number=0))

    with pytest.raises(ValueError, match="short circuit"):
        pulses.told(2.5)


@pytest.fixture
def line(tmp_path):
    line = PulseLine(tmp_path / "s0", lambda: 1000.0)
    yield line
    line.close()


def listening(path, **keys):
    source = DataSource(kind="s0", at=f"unix:{path}", feeds="load", pulses_per_kwh=1000, **keys)
    return made("meter", source, around(clock=SetClock()))


def counted(wh):
    return lambda got: getattr(got, "counted", None) and got.counted.import_milliwh == wh * 1000


def test_a_line_is_heard_broken_off_and_heard_again(line, tmp_path, sampled):
    source = listening(tmp_path / "s0")
    sampled(source, counted(0), "nothing has flowed yet")
    line.pulse(990.0)
    line.pulse(993.6)
    got = sampled(source, counted(2), "two pulses")
    assert got.counted.export_milliwh == 0

    line.cut()
    sampled(source, lambda got: len(line._listeners) == 1, "it is opened again")
    line.pulse(999.0)
    sampled(source, counted(3), "a third one")


def test_a_line_that_is_not_there_is_absent(tmp_path, sampled):
    source = listening(tmp_path / "none")

    trouble = sampled(source, lambda got: "No such file" in str(got), "a reason")

    assert isinstance(trouble, SensorAbsent)


def test_a_short_circuit_is_implausible(line, tmp_path, sampled):
    line.turn(is_closed=True, at_s=900.0)
    source = listening(tmp_path / "s0", max_age_s=0.5)
    # The line says that it stands closed now; the clock is set on until that is too long.
    sampled(source, lambda got: True, "it is heard")
    source._last._clock.now_s += 10.0

    trouble = sampled(source, lambda got: "short circuit" in str(got), "a reason")

    assert isinstance(trouble, SensorImplausible)


def test_a_line_that_was_heard_is_opened_again_without_growing_pauses():
    """A bridge that is restarted each night is no worse after a year."""
    waits, ended = [], threading.Event()

    class Last:
        def tell(self, told):
            pass

        def fail(self, error):
            pass

    def wait(pause_s):
        waits.append(pause_s)
        if len(waits) == 20:
            ended.set()

    def listen(_, tell):
        tell(Told(power_w=1.0))
        raise ConnectionResetError

    reopened(Last(), listen)(
        type("Ended", (), {"is_set": ended.is_set, "wait": staticmethod(wait)})
    )

    assert set(waits) == {1.0}
