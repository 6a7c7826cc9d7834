"""A small street of `bench utility`: the homes are played, everything else is real."""

import pytest

from bench.node import utility
from bench.node.utility_street import relays_for, utility_street


def test_an_interval_of_homes_on_two_relays_is_cleared_told_and_settled():
    homes = 18

    worked = utility.play(homes, 1, seed=42)

    assert relays_for(homes) == 2
    (one,) = worked
    assert 0 < one.parts <= homes // 2
    assert 0 < one.cleared_s <= one.told_s
    assert one.cleared_s + one.settled_s < 60
    assert one.gas > 20_000 * homes


def test_a_street_with_a_buyer_without_a_seller_is_refused():
    with pytest.raises(ValueError, match="7 homes"), utility_street(7, seed=42):
        pass
