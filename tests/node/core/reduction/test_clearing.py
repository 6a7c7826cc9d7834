"""The merit order by hand: five blocks, a target, two ways to pay."""

import pytest

from node.core.auction.clearing import MOST_CELL_UNITS, TickFull
from node.core.reduction.clearing import (
    NOTHING,
    Ask,
    Block,
    PricingRule,
    awards,
    clear,
    money_down,
    reserved_up,
    target_units,
)

MOST = 640_000
"""Of a token a kilowatt-hour: so each tick is 0.01 token."""


def ask(rule=PricingRule.UNIFORM, target=1_000):
    return Ask(target_units=target, unit_milliwh=1_000, most_price_per_kwh=MOST, rule=rule)


def block(tick, energy):
    return Block(tick=tick, energy_units=energy)


def test_the_cheapest_for_a_kilowatt_hour_win_and_those_at_the_margin_share():
    blocks = [block(30, 900), block(9, 400), block(19, 500), block(19, 300), block(9, 100)]

    result = clear(1_000, blocks)

    # 500 of tick 9 whole; of the 800 at tick 19 the other 500: five eighths.
    assert (result.accepted_units, result.marginal_tick) == (1_000, 19)
    assert awards(result, blocks) == (0, 400, 312, 187, 100)


def test_a_target_met_to_the_unit_leaves_the_next_tick_out():
    blocks = [block(5, 600), block(6, 400), block(7, 1)]

    result = clear(1_000, blocks)

    assert result.marginal_tick == 6
    assert awards(result, blocks) == (600, 400, 0)


def test_too_few_blocks_are_all_accepted_at_the_dearest_of_them():
    blocks = [block(5, 300), block(40, 200)]

    result = clear(1_000, blocks)

    assert (result.accepted_units, result.marginal_tick) == (500, 40)
    assert awards(result, blocks) == (300, 200)
    assert reserved_up(result, ask(), 500) == 500 * 410_000 // 1_000


def test_no_blocks_are_no_award():
    assert clear(1_000, []) == NOTHING
    assert awards(NOTHING, [block(0, 5)]) == (0,)
    assert reserved_up(NOTHING, ask(), 0) == 0


def test_uniform_pays_each_kilowatt_hour_the_marginal_tick():
    blocks = [block(9, 400), block(19, 600)]
    result = clear(1_000, blocks)

    assert money_down(result, ask(), blocks, 1_000_000) == 200_000
    assert money_down(result, ask(), blocks[:1], 400_000) == 80_000


def test_pay_as_bid_pays_each_block_its_own_tick_the_cheapest_first():
    blocks = [block(9, 400), block(19, 600)]
    result = clear(1_000, blocks)
    own = ask(PricingRule.PAY_AS_BID)

    assert money_down(result, own, blocks, 1_000_000) == 40_000 + 120_000
    assert money_down(result, own, blocks, 500_000) == 40_000 + 20_000
    assert money_down(result, own, blocks, 0) == 0


def test_a_price_is_rounded_down_and_a_limit_up_to_a_tick():
    odd = Ask(target_units=1, unit_milliwh=1, most_price_per_kwh=1_000, rule=PricingRule.PAY_AS_BID)

    assert [odd.price_per_kwh(tick) for tick in (0, 1, 62, 63)] == [15, 31, 984, 1_000]
    assert odd.offer_tick(0) == 0
    assert odd.offer_tick(31) == 1
    assert odd.offer_tick(32) == 2
    assert odd.offer_tick(1_000) == 63
    with pytest.raises(ValueError, match="a limit of 1001 is above 1000"):
        odd.offer_tick(1_001)


def test_the_deposit_is_the_whole_target_at_the_most():
    assert ask().deposit_up == 640_000
    # Two kilowatts over four quarters of an hour are two kilowatt-hours.
    assert target_units(2_000, 4, 900, 1_000) == 2_000
    assert target_units(1, 1, 900, 1_000) == 0


def test_a_tick_that_holds_no_more_is_refused():
    with pytest.raises(TickFull, match="at tick 7 are more than"):
        clear(1, [block(7, MOST_CELL_UNITS), block(7, 1)])
