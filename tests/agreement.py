"""Play random markets under random settings on a real chain, and compare all with the rule.

`python -m tests.agreement --seed 7 --count 10000` plays as many as one likes, others with each
seed; with `--append FILE` that file is told how far it has come. In the tests,
`tests/system/test_auction_agreement.py` plays a sample, and in a soak ten thousand.
"""

from hypothesis import strategies as st

from node.core.auction.clearing import clear, fills
from node.core.auction.settlement import Terms, settle
from node.core.auction.tariff import Tariff
from tests.factories.auction_markets import markets
from tests.parts.agreeing import EACH, campaign
from tests.parts.auction_chain import MOST_ORDERS, AuctionChain

TERMS = st.builds(
    Terms,
    unit_milliwh=st.one_of(st.sampled_from([1, 7, 1_000, 999_983]), st.integers(1, 10**6)),
    margin_percent=st.integers(1, 100),
    tariff=st.builds(
        Tariff,
        feed_in_per_kwh=st.one_of(st.integers(0, 5), st.integers(0, 10**9)),
        tick_size_per_kwh=st.one_of(st.integers(1, 5), st.integers(1, 10**7)),
    ),
)
_READING = st.one_of(
    st.none(), st.integers(0, 10**4), st.integers(0, 10**7), st.integers(0, 10**10)
)
_READINGS = st.lists(_READING, min_size=MOST_ORDERS, max_size=MOST_ORDERS)
PLAYED = st.lists(
    st.tuples(markets(least=1, most=MOST_ORDERS), _READINGS),
    min_size=EACH,
    max_size=EACH,
)
STRATEGIES = {"terms": TERMS, "drawn": PLAYED}


def compare(played: AuctionChain, terms: Terms, drawn: list) -> None:
    """Play markets under these settings; every number must be the rule's."""
    played.open(terms)
    for orders, metered in drawn:
        cleared = clear(orders)
        found, chain_fills, ends = played.play(orders, metered)

        assert cleared == found
        assert [fills(cleared, order) for order in orders] == chain_fills
        expected = [
            settle(order, cleared, reading, terms)
            for order, reading in zip(orders, metered, strict=False)
        ]
        assert [(e.trade, e.grid) for e in expected] == [(end.trade, end.grid) for end in ends]
        assert [e.metered_milliwh for e in expected] == [end.metered_milliwh for end in ends]
        assert [e.returned + max(e.grid, 0) for e in expected] == [end.credited for end in ends]
        assert sum(end.trade for end in ends) <= 0 == sum(end.owed for end in ends)


if __name__ == "__main__":
    campaign(__doc__, "markets", STRATEGIES, AuctionChain, compare)
