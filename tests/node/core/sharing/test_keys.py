"""Each key by hand, and by what must hold for every interval: see `campaign`."""

import os

import pytest

from node.core.sharing.flows import flows
from node.core.sharing.keys import (
    Shared,
    by_contracts,
    by_factors,
    by_limits,
    by_need,
    taking_part,
)
from tests.node.core.sharing.campaign import PROPERTIES, contract, drawn, limits

INTERVALS = 100_000 if "PEERWATT_SOAK" in os.environ else 1_000
SEED = 2026


def test_the_dynamic_key_serves_by_need_and_takes_by_surplus():
    shared = by_need([300, 100, 0, 0], [0, 0, 150, 50])

    assert shared == Shared(got=[150, 50, 0, 0], given=[0, 0, 150, 50])


def test_the_dynamic_key_leaves_what_nobody_needs_with_its_givers_by_their_surplus():
    shared = by_need([100, 0, 0], [0, 300, 100])

    assert shared == Shared(got=[100, 0, 0], given=[0, 75, 25])


def test_the_dynamic_key_rounds_by_the_largest_remainder():
    # 10 over 3 equal needs is 3 1/3 each: the first gets the unit that is left.
    assert by_need([5, 5, 5, 0], [0, 0, 0, 10]).got == [4, 3, 3, 0]


def test_fixed_factors_give_nobody_more_than_its_part_or_its_need():
    # 1,000 by 50, 30 and 20 %: 500, 300, 200; the first needs 100, and the rest is the grid's.
    shared = by_factors(
        [100, 400, 400, 0], [0, 0, 0, 1_000], [5_000, 3_000, 2_000, 0], hands_on=False
    )

    assert shared == Shared(got=[100, 300, 200, 0], given=[0, 0, 0, 600])


def test_what_a_factor_leaves_is_handed_on_by_the_others_factors():
    # 400 are left; 3 to 2 is 240 and 160: the second needs 100, then the third gets 140 more.
    shared = by_factors(
        [100, 400, 400, 0], [0, 0, 0, 1_000], [5_000, 3_000, 2_000, 0], hands_on=True
    )

    assert shared == Shared(got=[100, 400, 400, 0], given=[0, 0, 0, 900])


def test_factors_below_the_whole_leave_the_rest_to_the_grid():
    assert by_factors([900, 0], [0, 1_000], [2_500, 0], hands_on=False).got == [250, 0]


def test_factors_above_the_whole_are_refused():
    with pytest.raises(ValueError, match="factors of 10001 in all: 10000 at most"):
        by_factors([1, 0], [0, 1], [10_001, 0], hands_on=False)


def test_contracts_draw_from_the_cheapest_first():
    contracts = [contract(1, 0, 5_000, 170_000), contract(2, 0, 10_000, 150_000)]

    assert by_contracts([600, 0, 0], [0, 1_000, 400], contracts) == [200, 400]


def test_a_giver_with_several_takers_gives_each_its_part():
    contracts = [contract(2, 0, 2_500, 150_000), contract(2, 1, 7_500, 150_000)]

    assert by_contracts([600, 100, 0], [0, 0, 1_000], contracts) == [250, 100]


def test_a_giver_who_promised_more_than_all_is_refused():
    contracts = [contract(1, 0, 6_000, 1), contract(1, 2, 4_001, 1)]

    with pytest.raises(ValueError, match="member 1 has promised 10001"):
        by_contracts([1, 0, 1], [0, 1, 0], contracts)


def test_limits_clear_as_the_auction_does_and_share_at_the_margin():
    # Supply 100 at tick 10, 100 at 20; demand 120 at 30, 60 and 60 at 20: volume 200 at price 20,
    # and the two at the margin share the 80 that are left.
    shared, price = by_limits(
        [120, 60, 60, 0, 0],
        [0, 0, 0, 100, 100],
        limits((30, None), (20, None), (20, None), (0, 10), (0, 20)),
    )

    assert (shared, price) == (Shared(got=[120, 40, 40, 0, 0], given=[0, 0, 0, 100, 100]), 20)


def test_limits_that_do_not_meet_share_nothing():
    shared, price = by_limits([10, 0], [0, 10], limits((5, None), (0, 6)))

    assert (shared, price) == (Shared(got=[0, 0], given=[0, 0]), 0)


def test_a_part_of_a_point_takes_part():
    assert taking_part([1_000, 999], [2_500, 10_000]) == [250, 999]


def test_flows_add_up_by_giver_and_by_taker():
    shared = by_need([300, 100, 0, 0], [0, 0, 150, 51])

    found = {(flow.giver, flow.taker): flow.energy_milliwh for flow in flows(shared)}

    assert found == {(2, 0): 113, (3, 0): 38, (2, 1): 37, (3, 1): 13}


@pytest.mark.parametrize("name", PROPERTIES)
def test_of_every_interval_it_holds_that(name):
    holds = PROPERTIES[name]
    for interval in drawn(SEED, INTERVALS):
        holds(interval)
