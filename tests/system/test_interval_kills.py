"""The utility is killed in the middle of intervals: the next works, and nothing is paid twice.

A seeded sample in `make test`; the whole campaign in `make soak`.
"""

import os
from pathlib import Path

import pytest

from tests.faults.interval import play

IS_SOAK = "PEERWATT_SOAK" in os.environ
KILLS = 200 if IS_SOAK else 4
SEED = 3


@pytest.mark.timeout(4 * 3600 if IS_SOAK else 1800)
@pytest.mark.failure(
    part="utility",
    failure="the utility is killed at random instants of an interval, and started again",
    contacts="paired by the rule before delivery begins, as if nothing had been",
    money="each interval cleared and settled once; each home has its meter's worth, to the unit",
    lasts="until it is started again",
)
def test_killing_the_utility_in_the_middle_of_intervals_harms_nobody(tmp_path: Path) -> None:
    outcome = play(tmp_path, KILLS, SEED)

    print(outcome.table())
    assert outcome.problems == []
    assert outcome.kills == KILLS
