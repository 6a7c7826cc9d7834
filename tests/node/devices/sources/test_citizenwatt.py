"""A CitizenWatt box: energy by time-weighted sums, whatever comes late, twice, or not at all."""

import pytest

from node.devices.measured import made
from node.devices.sources.citizenwatt import Box
from node.devices.trouble import SensorAbsent
from node.parameters.sections.source import DataSource
from tests.factories.sources import CALENDAR_S, SetClock, around
from village.meters.citizenwatt import CitizenWattBox

BOX_S = 50_000.0
"""The box's clock at the beginning: it need not be right."""


class Asked:
    """A box and what it tells, without a line between them."""

    def __init__(self, clock):
        self.clock = clock
        self.played = CitizenWattBox("a", "b")
        self.box = Box("4", lambda path: self.played.answer(path, "login=a&password=b")[1], clock)

    def ask(self):
        self.played.now_s = BOX_S + self.clock.calendar_s() - CALENDAR_S
        return list(self.box.ask())


@pytest.fixture
def asked():
    return Asked(SetClock())


def test_a_box_without_measurements_tells_nothing(asked):
    assert asked.ask() == []


def test_energy_is_the_sum_over_every_sample_by_its_time(asked):
    """400 W for 8 s, then from 400 to 800 W within 16 s: 0.889 and 2.667 Wh."""
    asked.played.samples = [(BOX_S - 24, 400), (BOX_S - 16, 400), (BOX_S, 800)]
    told = asked.ask()

    assert [t.power_w for t in told] == [400, 400, 800]
    assert told[-1].imported_wh == pytest.approx(400 * 8 / 3600 + 600 * 16 / 3600)
    assert [t.calendar_s for t in told] == [CALENDAR_S - 24, CALENDAR_S - 16, CALENDAR_S]


def test_repeated_and_late_samples_count_once(asked):
    asked.played.samples = [(BOX_S - 8, 360), (BOX_S, 360)]
    asked.ask()
    asked.clock.pass_s(8)
    asked.played.samples = [(BOX_S - 8, 360), (BOX_S, 360), (BOX_S, 360), (BOX_S - 4, 9000)]
    assert asked.ask() == []

    asked.clock.pass_s(8)
    asked.played.samples = [*asked.played.samples, (BOX_S + 8, 360), (BOX_S + 16, 360)]
    assert asked.ask()[-1].imported_wh == pytest.approx(360 * 24 / 3600)


def test_what_it_measured_while_nobody_asked_is_counted_afterwards(asked):
    asked.played.samples = [(BOX_S + 8 * n, 720) for n in range(60)]
    asked.ask()
    asked.clock.pass_s(8 * 59)

    assert asked.ask()[-1].imported_wh == pytest.approx(720 * 8 * 59 / 3600)


def test_over_a_silence_of_its_sensor_nothing_is_counted(asked):
    asked.played.samples = [(BOX_S - 200, 720), (BOX_S - 100, 720), (BOX_S - 92, 720)]

    assert asked.ask()[-1].imported_wh == pytest.approx(720 * 8 / 3600)


def test_a_measurement_without_watts_is_none(asked):
    asked.played.samples = [(BOX_S - 16, 360), (BOX_S - 8, None), (BOX_S, 360)]

    assert [t.power_w for t in asked.ask()] == [360, 360]


def test_a_real_question_with_a_login(web, sampled, tmp_path):
    clock, box = SetClock(), CitizenWattBox("ann", "word")
    box.now_s, box.samples = CALENDAR_S, [(CALENDAR_S - 2, 512)]
    web.answer = box.answer
    (tmp_path / "password").write_text("word\n")
    keys = {"kind": "citizenwatt", "at": web.url, "feeds": "load", "power": "4", "user": "ann"}
    right = DataSource(**keys, password_file=tmp_path / "password")
    wrong = DataSource(**keys)

    got = sampled(
        made("box", right, around(clock=clock)), lambda got: hasattr(got, "power_w"), "told"
    )
    trouble = sampled(
        made("box", wrong, around(clock=clock)), lambda got: "303" in str(got), "no login"
    )

    assert (got.power_w, got.taken_at_s) == (512.0, clock.now_s - 2)
    assert any(path.startswith("/api/4/get/watts/by_time/") for path, _ in web.asked)
    assert isinstance(trouble, SensorAbsent)
