"""Random events on the real handler and played pins, through starts, stops and crashes.

`PEERWATT_SOAK` plays a million; else a sample.
"""

import math
import os
import random
from pathlib import Path

import pytest

from tests.faults import relayevents
from tests.faults.relayphysics import Physics, Tally
from tests.worlds.relay_boards import TWO_BY_TWO

EVENTS = 1_000_000 if "PEERWATT_SOAK" in os.environ else 28_000
SEED = 20


@pytest.mark.timeout(3600)
def test_no_instant_has_two_sources_on_a_load_and_each_dead_time_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = relayevents.main(["--events", str(EVENTS), "--seed", str(SEED)])
    told = capsys.readouterr().out
    *_, total = told.splitlines()

    assert status == 0, told
    counts = dict(zip(relayevents.COLUMNS, total.split(), strict=True))
    assert int(counts["events"]) == EVENTS
    assert int(counts["overlaps"]) == 0
    assert float(counts["least s"]) >= relayevents.DEAD_TIME_S
    # The sample has some of everything.
    assert all(int(counts[name]) > 10 for name in ("closes", "refusals", "stops", "kills"))
    assert all(int(counts[name]) > 10 for name in ("errors", "welds", "dead times"))


def test_same_seed_is_the_same_play() -> None:
    assert relayevents.play(280, 3) == relayevents.play(280, 3)


def test_judge_sees_what_it_is_there_for() -> None:
    """Two sources on a load, and a close within the dead time, at the single coil."""
    tally = Tally()
    physics = Physics(TWO_BY_TWO, tally, random.Random(0))
    physics.moved(0, True)
    assert tally.overlaps == []
    assert tally.least_dead_time_s == math.inf
    physics.moved(1, True)
    assert [told.partition(": ")[2] for told in tally.overlaps] == ["a has 2 sources"]

    physics.moved(0, False)
    physics.moved(1, False)
    physics.now_s += 0.03
    physics.moved(0, True)
    assert tally.least_dead_time_s == pytest.approx(0.03)
    assert not relayevents.is_sound(tally)


def test_pins_that_keep_their_level_are_opened_by_the_next_start(tmp_path: Path) -> None:
    """Some kernels keep it; a dead time is kept from there too."""
    relay = relayevents.PlayedRelay(TWO_BY_TWO, random.Random(1), tmp_path, sensed=False)
    relay._handler.take_switches(((0, True),))
    relay._pass(1.0)
    assert relay._physics.coils == {0}
    relay._start()
    assert relay._physics.coils == set()
    relay._handler.take_switches(((1, True),))
    assert relay._physics.coils == set()
    relay._pass(1.0)
    assert relay._physics.coils == {1}
    assert relayevents.is_sound(relay.tally)
    relay._end()
