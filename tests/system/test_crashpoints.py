"""A home that crashes at a durable step buys nothing twice and loses nothing.

`PEERWATT_SOAK` crashes at every step in every way and kills a thousand times; else a sample.
"""

import os
import random

import pytest

from tests.faults.crashing_node import KINDS
from tests.faults.crashplan import ALWAYS_PASSED, ALWAYS_PASSED_BY_SELLER, Crash
from tests.faults.crashpoints import crash_all, find_all, kill_often
from tests.faults.runs import is_whole, table
from tests.parts.neighbours import BUYER, SELLER

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20_161
KILLS = 1_000 if IS_SOAK else 2

pytestmark = pytest.mark.timeout(6 * 3600 if IS_SOAK else 1800)


def sample(home, points, count):
    chance = random.Random(SEED)
    return [
        Crash(home=home, point=point, kind=chance.choice(KINDS))
        for point in chance.sample(points, count)
    ]


@pytest.mark.failure(
    part="node",
    failure="a node is killed, loses power or has a bug where it writes, sends or switches",
    contacts="rest within 10 s (seen after every second death)",
    money="nothing bought twice, all that was paid for drawn, no token lost",
    lasts="one restart",
)
@pytest.mark.parametrize(
    ("home", "points", "count"), [(BUYER, ALWAYS_PASSED, 3), (SELLER, ALWAYS_PASSED_BY_SELLER, 1)]
)
def test_home_that_crashes_at_a_durable_step_buys_nothing_twice_and_loses_nothing(
    home, points, count
):
    crashes = find_all(home).crashes if IS_SOAK else sample(home, points, count)

    runs = list(crash_all(crashes, SEED))

    assert is_whole(runs), table(runs)


@pytest.mark.failure(
    part="node",
    failure="a node is killed at any instant, up to three times in one need",
    contacts="rest within 10 s (seen after every second death)",
    money="nothing bought twice, all that was paid for drawn, no token lost",
)
def test_homes_killed_at_random_instants_buy_nothing_twice_and_lose_nothing():
    runs = list(kill_often(KILLS, SEED))

    assert is_whole(runs), table(runs)
    assert sum(run.times for run in runs) >= KILLS
