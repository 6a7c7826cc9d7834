"""The exact rule gives the ancestor's published results, and ours stays near it."""

import pytest

from bench.market.exact import clear_exactly, off_ticks
from bench.market.workloads import LEM_TARIFF, lem_limits, lem_on_ticks, on_ticks
from node.core.auction.clearing import Kind, clear
from tests.node.core.auction.matching import match_in_turn

PUBLISHED = {
    (10, 42): (1647, 1251),
    (50, 42): (1978, 2299),
    (100, 42): (1829, 2299),
    (200, 42): (2093, 2097),
    (500, 42): (2055, 2105),
    (100, 43): (1910, 2231),
}
"""Uniform prices of solar and CHP, by number of orders and seed."""


@pytest.mark.parametrize(("case", "prices"), PUBLISHED.items())
def test_sorting_gives_the_ancestors_uniform_prices(case, prices):
    found, _, _ = match_in_turn(lem_limits(*case))

    assert prices == (found[Kind.SOLAR], found[Kind.CHP])


@pytest.mark.parametrize(("seed", "matches"), [(42, (35, 29, 36)), (43, (36, 32, 32))])
def test_sorting_gives_the_ancestors_number_of_matches(seed, matches):
    _, found, grid = match_in_turn(lem_limits(100, seed))

    assert matches == (found[Kind.SOLAR], found[Kind.CHP], grid)


@pytest.mark.parametrize(("case", "prices"), PUBLISHED.items())
def test_sharing_the_margin_changes_no_price_of_the_ancestors(case, prices):
    exact = clear_exactly(lem_limits(*case))

    assert prices == (exact[Kind.SOLAR].price, exact[Kind.CHP].price)


@pytest.mark.parametrize("case", PUBLISHED)
def test_ticks_clear_the_workload_as_the_exact_rule_on_rounded_limits(case):
    orders = lem_on_ticks(*case)

    cleared, exact = clear(orders), clear_exactly(off_ticks(orders))

    for kind in Kind:
        assert cleared.step(kind).volume_units == exact[kind].volume
        assert cleared.step(kind).price_tick == exact[kind].price


@pytest.mark.parametrize("case", PUBLISHED)
def test_the_first_kind_is_at_most_a_few_ticks_from_the_unrounded_price(case):
    orders = lem_limits(*case, scale=100)

    cleared, exact = clear(on_ticks(orders, LEM_TARIFF)), clear_exactly(orders)

    for kind in Kind:
        ours = LEM_TARIFF.price_per_kwh(cleared.step(kind).price_tick)
        assert abs(ours - exact[kind].price) <= 6 * LEM_TARIFF.tick_size_per_kwh
