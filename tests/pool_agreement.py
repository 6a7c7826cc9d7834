"""Play random campaigns of commitments on a real chain, and compare all with the rule.

`python -m tests.pool_agreement --seed 7 --count 10000` plays as many as one likes, others with each
seed; with `--append FILE` that file is told how far it has come. In the tests,
`tests/system/test_pool_agreement.py` plays a sample, and in a soak ten thousand.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

from node.core.commitment.settlement import Commitment, Side, Terms, settle
from tests.parts.agreeing import EACH, campaign
from tests.parts.pool_chain import MOST_COMMITMENTS, PoolChain

MOST_INTERVALS = 8
_MOST_MILLIWH = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """Hold a commitment, from which interval of a campaign it is for how many; what its meter shows
    in each, and of which boundaries but the last it tells."""

    commitment: Commitment
    offset: int
    length: int
    metered: list[int]
    tells: list[bool]

    def covers(self, offset: int) -> bool:
        """Tell whether the commitment is for this interval."""
        return self.offset <= offset < self.offset + self.length

    def told(self, offset: int) -> int | None:
        """Give what the chain knows of an interval: both its boundaries, or nothing for ever."""
        tells = [*self.tells, True]
        return self.metered[offset] if tells[offset] and tells[offset + 1] else None


_AMOUNTS = st.one_of(st.integers(1, 9), st.integers(1, 10**6), st.integers(1, _MOST_MILLIWH))
_LIMITS = st.one_of(
    st.tuples(st.just(0), st.just(2**48 - 1)),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=2).map(sorted).map(tuple),
)
_PRICES = st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 10**6), st.integers(1, 2**48 - 1))
PENALTIES = st.one_of(st.integers(0, 100), st.sampled_from([0, 20, 100]))


@st.composite
def commitments(draw, intervals):
    """Draw one home's commitment and what its meter does, often about as much."""
    amount, (least, most) = draw(_AMOUNTS), draw(_LIMITS)
    offset = draw(st.integers(0, intervals - 1))
    about = st.one_of(st.just(amount), st.integers(0, 2 * amount), st.just(0))
    always = draw(st.integers(0, 2))
    return Committed(
        commitment=Commitment(
            side=draw(st.sampled_from(Side)), amount_milliwh=amount, least_per_kwh=least,
            most_per_kwh=most,
        ),
        offset=offset,
        length=draw(st.integers(1, intervals - offset)),
        metered=draw(st.lists(about, min_size=intervals, max_size=intervals)),
        tells=draw(
            st.lists(st.booleans(), min_size=intervals, max_size=intervals)
            if always == 0
            else st.just([True] * intervals)
        ),
    )  # fmt: skip


@st.composite
def campaigns(draw):
    """Draw homes' commitments over a few intervals, and each interval's price."""
    intervals = draw(st.one_of(st.integers(1, 2), st.integers(1, MOST_INTERVALS)))
    homes = st.lists(commitments(intervals), min_size=1, max_size=MOST_COMMITMENTS)
    return draw(homes), draw(st.lists(_PRICES, min_size=intervals, max_size=intervals))


PLAYED = st.lists(campaigns(), min_size=EACH, max_size=EACH)
STRATEGIES = {"penalty": PENALTIES, "drawn": PLAYED}


def compare(played: PoolChain, penalty: int, drawn: list) -> None:
    """Play campaigns with this penalty; every number must be the rule's."""
    played.open(penalty)
    expected = [[profile.balance, 0, 0] for profile in played.profiles()]
    for homes, prices in drawn:
        claims, sums = played.play(homes, prices)
        count = 0
        for offset, price in enumerate(prices):
            there = [n for n, one in enumerate(homes) if one.covers(offset)]
            told = [(homes[n].commitment, homes[n].told(offset)) for n in there]
            ends = settle(told, Terms(price_per_kwh=price, penalty_percent=penalty))
            for n, end in zip(there, ends, strict=True):
                found = claims[offset, n]
                assert (end.charged, end.received) == (found.charged, found.received)
                assert end.credited == found.credited
                if not end.lapsed:
                    expected[n][1] += homes[n].commitment.amount_milliwh
                    expected[n][2] += end.delivered_milliwh
                expected[n][0] += end.received - end.charged
            count += len(there)
            delivered = sum(end.delivered_milliwh for end in ends)
            of_both = sums[offset].consumers, sums[offset].producers
            assert delivered == sum(side.delivered_milliwh for side in of_both)
            assert sum(end.received for end in ends) <= sum(end.charged for end in ends)
        assert count == len(claims)
        profiles = played.profiles()
        assert expected == [[p.balance, p.committed_milliwh, p.delivered_milliwh] for p in profiles]


if __name__ == "__main__":
    campaign(__doc__, "campaigns", STRATEGIES, PoolChain, compare)
