"""A chain that fails while a home buys makes it buy nothing twice and lose nothing.

`PEERWATT_SOAK` lets each fault strike as often as `FAULTS` says; else once.
"""

import os

import pytest

from tests.faults.chainfaults import FAULTS, campaign
from tests.faults.runs import table

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20_162

pytestmark = pytest.mark.timeout(3600 if IS_SOAK else 1800)

SHOWN = {"no blocks": "`chain_behind`", "another chain": "`chain_unreachable`"}


def as_row(fault):
    """Say of a fault what the test asserts of each."""
    shown = (SHOWN[fault],) if fault in SHOWN else ()
    row = pytest.mark.failure(
        part="chain",
        failure=f"the chain while a home buys: {fault}",
        person=", ".join((*shown, "every reading stands again")),
        money="nothing bought twice, all that was paid for drawn, no token lost",
    )
    return pytest.param(fault, marks=row)


@pytest.mark.parametrize("fault", [as_row(fault) for fault in FAULTS])
def test_chain_that_fails_makes_a_home_buy_nothing_twice_and_lose_nothing(fault):
    runs = list(campaign(SEED, {fault: FAULTS[fault].times if IS_SOAK else 1}))

    assert all(run.is_well for run in runs), table(runs)
