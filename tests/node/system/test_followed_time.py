"""Time that another process hands out: it passes at its pace, up to its end, and never back."""

import multiprocessing
import os
import threading
import time

import pytest

from node.core.errors import ConfigError
from node.system.clock import Clock
from node.system.followed_time import FollowedTime, HandedOut, HandingOut

S = 10**9


def a_record(**changes):
    given = {"from_ns": 1000 * S, "real_ns": 50 * S, "until_ns": 1010 * S, "pace": 1.0}
    return HandedOut(**{**given, **changes})


@pytest.mark.parametrize(
    ("real_s", "at_s"),
    [(49, 1000), (50, 1000), (53.5, 1003.5), (60, 1010), (9999, 1010)],
)
def test_time_passes_as_real_time_does_up_to_its_end(real_s, at_s):
    assert a_record().at_ns(int(real_s * S)) == at_s * S


def test_time_at_half_the_pace_passes_half_as_fast():
    assert a_record(pace=0.5).at_ns(54 * S) == 1002 * S


def test_a_follower_reads_the_record_in_force(tmp_path):
    now_ns = time.monotonic_ns()
    giving = HandingOut(tmp_path / "time", a_record(real_ns=now_ns, until_ns=1000 * S))
    followed = FollowedTime(tmp_path / "time")
    assert followed.seconds() == 1000.0

    giving.write(a_record(from_ns=2000 * S, real_ns=now_ns - 60 * S, until_ns=2030 * S))

    assert followed.seconds() == 2030.0


def test_both_clocks_are_read_from_handed_out_time(tmp_path):
    HandingOut(tmp_path / "time", a_record(until_ns=1000 * S))
    followed = FollowedTime(tmp_path / "time")

    clock = Clock(speed=720, origin_real_s=990, origin_calendar_s=5e8, followed=followed)

    assert clock.monotonic_s() == 1000
    assert clock.calendar_s() == 5e8 + 7200


def test_no_reader_ever_sees_time_go_back_or_beyond_its_end(tmp_path):
    """Records are written as fast as can be, each going on from where the one before ended."""
    real_ns = time.monotonic_ns() - 10**6
    record = a_record(real_ns=real_ns, from_ns=S, until_ns=S)
    giving = HandingOut(tmp_path / "time", record)
    followed = FollowedTime(tmp_path / "time")
    ended, seen = threading.Event(), []

    def read():
        while not ended.is_set():
            seen.append(followed.seconds())

    reader = threading.Thread(target=read)
    reader.start()
    for step in range(20_000):
        record = a_record(real_ns=real_ns, from_ns=record.until_ns, until_ns=S + (step + 1) * 1000)
        giving.write(record)
    ended.set()
    reader.join()

    assert seen == sorted(seen)
    assert seen[-1] <= record.until_ns / S


def hand_out(path):
    HandingOut(path, a_record())
    os._exit(0)


@pytest.mark.parametrize("content", [None, b"", b"x" * 500, b"handtime"])
def test_a_file_by_which_nobody_hands_out_time_is_refused_by_its_key(tmp_path, content):
    path = tmp_path / "time"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"clock\.follow.*running village"):
        FollowedTime(path)


def test_time_of_a_village_that_has_ended_is_refused(tmp_path):
    path = tmp_path / "time"
    giver = multiprocessing.get_context("fork").Process(target=hand_out, args=(path,))
    giver.start()
    giver.join()

    with pytest.raises(ConfigError, match=r"clock\.follow"):
        FollowedTime(path)
