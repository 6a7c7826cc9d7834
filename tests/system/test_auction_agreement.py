"""Random markets clear and settle on a real chain as in Python, to the unit and the base unit.

`PEERWATT_SOAK` plays ten thousand of them; else a sample.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.core.auction import clear, fills
from node.core.settlement import settle
from tests.factories.auction_markets import markets
from tests.parts.auction_chain import MOST_ORDERS, TERMS, AuctionChain
from tests.parts.chain import running_chain

MARKETS = 10_000 if os.environ.get("PEERWATT_SOAK") else 60

readings = st.lists(
    st.one_of(st.none(), st.integers(0, 10_000_000)), min_size=MOST_ORDERS, max_size=MOST_ORDERS
)


@pytest.fixture(scope="module")
def played():
    with running_chain("--auto-impersonate") as chain:
        found = AuctionChain(chain)
        yield found
        found.close()


@pytest.mark.timeout(7_200)
@settings(
    max_examples=MARKETS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(orders=markets(least=1, most=MOST_ORDERS), metered=readings)
def test_a_random_market_clears_and_settles_as_in_python(played, orders, metered):
    cleared = clear(orders)

    found, chain_fills, ends = played.play(orders, metered)

    assert cleared == found
    assert [fills(cleared, order) for order in orders] == chain_fills
    expected = [
        settle(order, cleared, reading, TERMS)
        for order, reading in zip(orders, metered, strict=False)
    ]
    assert [(end.trade, end.grid) for end in expected] == [(end.trade, end.grid) for end in ends]
    assert [end.metered_milliwh for end in expected] == [end.metered_milliwh for end in ends]
    assert [end.returned + max(end.grid, 0) for end in expected] == [end.credited for end in ends]
    assert sum(end.trade for end in ends) <= 0 == sum(end.owed for end in ends)
