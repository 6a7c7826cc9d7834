"""Random campaigns of commitments, with random penalties, prices and silences, settle on a real
chain as in Python, to the base unit.

`PEERWATT_SOAK` plays ten thousand of them; else a sample.
"""

import os

import pytest

from tests.parts.agreeing import drawn
from tests.parts.chain import running_chain
from tests.parts.pool_chain import PoolChain
from tests.pool_agreement import STRATEGIES, compare

CAMPAIGNS = 10_000 if os.environ.get("PEERWATT_SOAK") else 40


@pytest.fixture(scope="module")
def played():
    with running_chain("--auto-impersonate") as chain:
        found = PoolChain(chain)
        yield found
        found.close()


@pytest.mark.timeout(7_200)
@drawn(CAMPAIGNS, STRATEGIES, derandomize=True)
def test_random_campaigns_settle_as_in_python(played, penalty, drawn):
    compare(played, penalty, drawn)
