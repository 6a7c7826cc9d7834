"""Each key by hand, by a second implementation, and by what must hold for every interval."""

import os
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest

from node.core.sharing.flows import flows
from node.core.sharing.keys import (
    Contract,
    Limits,
    Shared,
    by_contracts,
    by_factors,
    by_limits,
    by_need,
    in_sum,
    taking_part,
)
from tests.node.core.sharing.exact import exact_by_factors, exact_by_limits, exact_by_need

INTERVALS = 100_000 if "PEERWATT_SOAK" in os.environ else 1_000
SEED = 2026


def contract(giver, taker, factor, price):
    return Contract(giver=giver, taker=taker, factor=factor, price_per_kwh=price)


def limits(*pairs):
    return [Limits(bid_tick=bid, offer_tick=offer) for bid, offer in pairs]


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


class Interval:
    """An interval of a random community; each member has a name, by which it is listed."""

    def __init__(self, rng: random.Random) -> None:
        members = rng.randint(1, 12)
        most = rng.choice([3, 50, 10**4, 10**9])
        self.need = [rng.choice([0, rng.randint(0, most)]) for _ in range(members)]
        self.surplus = [
            0 if wants and rng.random() < 0.8 else rng.choice([0, rng.randint(0, most)])
            for wants in self.need
        ]
        self.factors = _factors(rng, members)
        self.limits = limits(
            *((rng.randint(0, 63), rng.choice([None, rng.randint(0, 63)])) for _ in self.need)
        )
        self.contracts = _contracts(rng, members)

    def shared(self) -> list[Shared]:
        """Share it by each key."""
        energies = by_contracts(self.need, self.surplus, self.contracts)
        return [
            by_need(self.need, self.surplus),
            by_factors(self.need, self.surplus, self.factors, hands_on=False),
            by_factors(self.need, self.surplus, self.factors, hands_on=True),
            by_limits(self.need, self.surplus, self.limits)[0],
            in_sum(self.contracts, energies, len(self.need)),
        ]


def _factors(rng: random.Random, members: int) -> list[int]:
    left, factors = 10_000, []
    for _ in range(members):
        factors.append(rng.choice([0, rng.randint(0, left)]))
        left -= factors[-1]
    return factors


def _contracts(rng: random.Random, members: int) -> list[Contract]:
    left = [10_000] * members
    found = {}
    for _ in range(rng.randint(0, 2 * members)):
        giver, taker = rng.randrange(members), rng.randrange(members)
        if (giver, taker) in found or giver == taker:
            continue
        factor = rng.randint(0, left[giver])
        left[giver] -= factor
        found[giver, taker] = contract(giver, taker, factor, rng.randint(0, 5))
    return list(found.values())


def _intervals() -> Sequence[Interval]:
    rng = random.Random(SEED)
    return [Interval(rng) for _ in range(INTERVALS)]


def test_own_coverage_of_consumers_is_own_coverage_of_producers_in_every_interval():
    """As an operator says it: what all got from each other is what all gave, under every key."""
    for interval in _intervals():
        for shared in interval.shared():
            assert sum(shared.got) == sum(shared.given) == shared.total


def test_nobody_gets_more_than_it_needed_or_gives_more_than_it_had():
    for interval in _intervals():
        for shared in interval.shared():
            assert all(
                0 <= got <= wants for got, wants in zip(shared.got, interval.need, strict=True)
            )
            assert all(
                0 <= gave <= has for gave, has in zip(shared.given, interval.surplus, strict=True)
            )


def test_the_dynamic_key_and_the_limits_reach_all_that_can_be_reached():
    for interval in _intervals():
        dynamic = by_need(interval.need, interval.surplus)
        open_to_all = limits(*[(63, 0)] * len(interval.need))

        assert dynamic.total == min(sum(interval.need), sum(interval.surplus))
        assert by_limits(interval.need, interval.surplus, open_to_all)[0] == dynamic


def test_flows_of_every_interval_add_up_on_both_sides():
    for interval in _intervals():
        for shared in interval.shared():
            got, given = [0] * len(shared.got), [0] * len(shared.given)
            for flow in flows(shared):
                assert flow.energy_milliwh > 0
                got[flow.taker] += flow.energy_milliwh
                given[flow.giver] += flow.energy_milliwh
            assert (got, given) == (list(shared.got), list(shared.given))


def test_a_second_implementation_by_exact_fractions_agrees_within_rounding():
    for interval in _intervals():
        need, surplus = interval.need, interval.surplus
        dynamic = by_need(need, surplus)
        got, given = exact_by_need(need, surplus)
        _assert_near(dynamic.got, got, 1)
        _assert_near(dynamic.given, given, 1)
        for hands_on in (False, True):
            static = by_factors(need, surplus, interval.factors, hands_on=hands_on)
            exact = exact_by_factors(need, surplus, interval.factors, hands_on=hands_on)
            # Each round of handing on rounds once more.
            _assert_near(static.got, exact, len(need) + 1 if hands_on else 1)
        shared, price = by_limits(need, surplus, interval.limits)
        got, given, exact_price = exact_by_limits(
            need,
            surplus,
            [limit.bid_tick for limit in interval.limits],
            [limit.offer_tick for limit in interval.limits],
        )
        assert price == exact_price
        _assert_near(shared.got, got, 1)
        _assert_near(shared.given, given, 1)


def test_the_order_of_contracts_changes_nothing():
    rng = random.Random(SEED)
    for interval in _intervals():
        turned = rng.sample(range(len(interval.contracts)), len(interval.contracts))
        energies = by_contracts(interval.need, interval.surplus, interval.contracts)

        found = by_contracts(
            interval.need, interval.surplus, [interval.contracts[place] for place in turned]
        )

        assert found == [energies[place] for place in turned]


def test_the_order_of_members_changes_nothing_but_between_equals():
    rng = random.Random(SEED)
    for interval in _intervals():
        turned = rng.sample(range(len(interval.need)), len(interval.need))
        for key in (by_need, _by_equal_limits):
            shared = key(interval.need, interval.surplus)

            found = key(
                [interval.need[place] for place in turned],
                [interval.surplus[place] for place in turned],
            )

            assert _by_need_and_surplus(found, interval, turned) == _by_need_and_surplus(
                shared, interval, range(len(interval.need))
            )


def _by_equal_limits(need: Sequence[int], surplus: Sequence[int]) -> Shared:
    return by_limits(need, surplus, limits(*[(40, 20)] * len(need)))[0]


def _by_need_and_surplus(
    shared: Shared, interval: Interval, order: Sequence[int]
) -> tuple[list[tuple[int, int]], ...]:
    return (
        sorted(zip((interval.need[place] for place in order), shared.got, strict=True)),
        sorted(zip((interval.surplus[place] for place in order), shared.given, strict=True)),
    )


def _assert_near(found: Sequence[int], exact: Sequence[Fraction], within: int) -> None:
    for is_, should in zip(found, exact, strict=True):
        assert abs(is_ - should) < within, (found, exact)
