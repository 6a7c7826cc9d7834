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

pytestmark = pytest.mark.timeout(6 * 3600 if IS_SOAK else 300)


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
    ("home", "points", "count"), [(BUYER, ALWAYS_REACHED, 3), (SELLER, ALWAYS_REACHED_BY_SELLER, 1)]
)
def test_home_that_crashes_at_a_durable_step_buys_nothing_twice_and_loses_nothing(
    home, points, count
):
    crashes = find_all(home) if IS_SOAK else sample(home, points, count)

    runs = list(crash_all(crashes, SEED))

    assert all(run.is_well for run in runs), table(runs)
    # Of all the steps that one search found, a later run may take a few in another order.
    assert IS_SOAK or all(run.reached for run in runs), table(runs)


@pytest.mark.failure(
    part="node",
    failure="a node is killed at any instant, up to three times in one need",
    contacts="rest within 10 s (seen after every second death)",
    money="nothing bought twice, all that was paid for drawn, no token lost",
)
def test_homes_killed_at_random_instants_buy_nothing_twice_and_lose_nothing():
    runs = list(kill_often(KILLS, SEED))

    assert all(run.is_well for run in runs), table(runs)
    assert sum(run.times for run in runs) >= KILLS
