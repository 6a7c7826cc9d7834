"""A home that crashes at a durable step buys nothing twice and loses nothing.

`PEERWATT_SOAK` crashes at every step in every way and kills a thousand times; else a sample.
"""

import os
import random

import pytest

from tests.faults.crashing_node import KINDS
from tests.faults.crashpoints import (
    ALWAYS_REACHED,
    ALWAYS_REACHED_BY_SELLER,
    Crash,
    crash_all,
    find_all,
    kill_often,
)
from tests.faults.runs import table
from tests.neighbours import BUYER, SELLER

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20_161
KILLS = 1_000 if IS_SOAK else 2
ATTEMPTS = 4

pytestmark = pytest.mark.timeout(6 * 3600 if IS_SOAK else 300)


def sample(home, points, count):
    chance = random.Random(SEED)
    return [
        Crash(home=home, point=point, kind=chance.choice(KINDS))
        for point in chance.sample(points, count)
    ]


@pytest.mark.parametrize(
    ("home", "points", "count"), [(BUYER, ALWAYS_REACHED, 3), (SELLER, ALWAYS_REACHED_BY_SELLER, 1)]
)
def test_home_that_crashes_at_a_durable_step_buys_nothing_twice_and_loses_nothing(
    home, points, count
):
    waiting = find_all(home) if IS_SOAK else sample(home, points, count)
    runs = []

    # A loaded machine sends two promises in one go now and then, under another name: try again.
    for attempt in range(1 if IS_SOAK else ATTEMPTS):
        played = list(crash_all(waiting, SEED + attempt))
        runs += played
        waiting = [c for c, run in zip(waiting, played, strict=True) if not run.reached]

    assert all(run.is_well for run in runs), table(runs)
    assert IS_SOAK or not waiting, f"never reached: {waiting}\n{table(runs)}"


def test_homes_killed_at_random_instants_buy_nothing_twice_and_lose_nothing():
    runs = list(kill_often(KILLS, SEED))

    assert all(run.is_well for run in runs), table(runs)
    assert sum(run.times for run in runs) >= KILLS
