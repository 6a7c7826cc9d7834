"""Random markets under random settings clear and settle on a real chain as in Python, to the unit
and the base unit.

`PEERWATT_SOAK` plays ten thousand of them; else a sample.
"""

import os

import pytest

from tests.agreement import STRATEGIES, compare
from tests.parts.agreeing import drawn
from tests.parts.auction_chain import AuctionChain
from tests.parts.chain import running_chain

MARKETS = 10_000 if os.environ.get("PEERWATT_SOAK") else 60


@pytest.fixture(scope="module")
def played():
    with running_chain("--auto-impersonate") as chain:
        found = AuctionChain(chain)
        yield found
        found.close()


@pytest.mark.timeout(7_200)
@drawn(MARKETS, STRATEGIES, derandomize=True)
def test_random_markets_clear_and_settle_as_in_python(played, terms, drawn):
    compare(played, terms, drawn)
