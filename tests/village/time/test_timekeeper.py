"""The village's time: never past its slowest part, never faster than asked, never stuck."""

import time
from dataclasses import dataclass, field

import pytest

from tests.parts.waiting import until
from village.time import timekeeper
from village.time.timekeeper import Timekeeper


@dataclass
class APart:
    """A part that may run as far as a test lets it."""

    name: str = "home1"
    may_run_to: float = 1000.0
    is_there: bool = True

    def may_run_to_s(self):
        return self.may_run_to

    def is_waited_for(self):
        return self.is_there


@dataclass
class Kept:
    """A timekeeper, and what it told."""

    keeper: Timekeeper
    told: list = field(default_factory=list)

    def now_s(self):
        return self.keeper.time.seconds()


@pytest.fixture
def kept(tmp_path):
    told = []
    keeper = Timekeeper(tmp_path / "time", pace=1.0, tell=told.append)
    yield Kept(keeper, told)
    keeper.close()


def let_pass(seconds):
    """Let real time pass, which a loaded machine makes longer and never shorter."""
    time.sleep(seconds)


def test_time_passes_where_there_is_nobody_to_wait_for(kept):
    kept.keeper.start()

    until(lambda: kept.now_s() > 1000.5, "half a second was handed out")


def test_time_stands_still_at_the_slowest_parts_end_and_goes_on_with_it(kept):
    quick, slow = APart("quick", 9999.0), APart("slow", 1000.2)
    kept.keeper.watch([quick, slow])
    kept.keeper.start()
    until(lambda: kept.now_s() == 1000.2, "time has come to the slow part's end")
    let_pass(0.1)

    assert kept.now_s() == 1000.2

    slow.may_run_to = 1000.3
    until(lambda: kept.now_s() == 1000.3, "time has gone on as far as the slow part")
    assert [name for name, _ in kept.keeper.waits().seconds] == ["slow"]


def test_time_is_never_faster_than_its_pace_and_makes_nothing_up(tmp_path):
    keeper = Timekeeper(tmp_path / "time", pace=0.25, tell=print)
    slow = APart(may_run_to=1000.01)
    keeper.watch([slow])
    keeper.start()
    until(lambda: keeper.time.seconds() == 1000.01, "time stands still")
    let_pass(0.2)
    went_on_s = time.monotonic()
    slow.may_run_to = 9999.0

    until(lambda: keeper.time.seconds() > 1000.05, "time goes on")
    passed_s, real_s = keeper.time.seconds() - 1000.01, time.monotonic() - went_on_s
    keeper.close()

    assert passed_s <= real_s * 0.25 + 0.001


def test_a_part_that_has_ended_is_not_waited_for(kept):
    kept.keeper.watch([APart(is_there=False)])
    kept.keeper.start()

    until(lambda: kept.now_s() > 1000.3, "time passes without it")
    assert kept.told == []
    assert kept.keeper.waits().given_up == 0


def test_a_silent_part_is_gone_on_without_after_a_while_and_waited_for_again(kept, monkeypatch):
    monkeypatch.setattr(timekeeper, "PATIENCE_S", 0.2)
    silent = APart(may_run_to=1000.1)
    kept.keeper.watch([silent])
    kept.keeper.start()

    until(lambda: kept.now_s() > 1000.5, "time went on without it")
    assert kept.told == ["home1 has shown no sign for 0.2 s: going on without it"]

    silent.may_run_to = kept.now_s() + 1.0
    until(lambda: kept.now_s() == silent.may_run_to, "it is waited for again")
    assert kept.keeper.waits().given_up == 1


def test_less_than_a_nanosecond_left_is_no_sign_of_a_silent_part(kept, monkeypatch):
    monkeypatch.setattr(timekeeper, "PATIENCE_S", 0.2)
    kept.keeper.watch([APart(may_run_to=1000.1000000005)])
    kept.keeper.start()

    until(lambda: kept.now_s() > 1000.5, "time went on without it")


def test_held_time_stands_still_and_blames_nobody(kept, monkeypatch):
    monkeypatch.setattr(timekeeper, "PATIENCE_S", 0.05)
    kept.keeper.start()
    kept.keeper.watch([APart(may_run_to=0.0)])
    kept.keeper.hold()
    held_at_s = kept.now_s()
    let_pass(0.3)

    assert kept.now_s() == held_at_s
    assert kept.keeper.waits().seconds == ()

    kept.keeper.forget("home1")
    kept.keeper.go_on()
    until(lambda: kept.now_s() > held_at_s, "time passes again")
