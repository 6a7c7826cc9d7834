"""Awards, carry, bonds and money by hand, and what holds for all of them, drawn."""

from random import Random

import pytest

from node.core.reduction.clearing import Ask, Block, PricingRule, awards, clear
from node.core.reduction.settlement import CARRY_S, Standing, bond_up, settle

UNIT = 1_000
BLOCKS = (Block(tick=9, energy_units=400), Block(tick=19, energy_units=600))
ASK = Ask(
    target_units=1_000, unit_milliwh=UNIT, most_price_per_kwh=640_000, rule=PricingRule.UNIFORM
)
RESULT = clear(1_000, BLOCKS)
BOND = bond_up(ASK, BLOCKS, 10, 0)
KWH = 1_000_000


def end(reduced, carry=0, blocks=BLOCKS):
    return settle(RESULT, ASK, blocks, BOND, carry, reduced)


def test_a_kept_promise_is_paid_whole_and_the_bond_comes_back():
    paid = end(KWH)

    assert (paid.paid_milliwh, paid.money) == (KWH, 200_000)
    assert (paid.returned, paid.forfeited, paid.carry_milliwh) == (BOND, 0, 0)


def test_the_bond_is_a_tenth_of_the_offer_at_the_most_price():
    assert BOND == 64_000


def test_half_a_promise_is_paid_half():
    paid = end(KWH // 2)

    assert (paid.paid_milliwh, paid.money) == (KWH // 2, 100_000)
    assert (paid.returned, paid.forfeited, paid.carry_milliwh) == (32_000, 32_000, 0)


def test_who_uses_more_than_the_baseline_owes_it():
    paid = end(-300_000)

    assert (paid.paid_milliwh, paid.money, paid.forfeited) == (0, 0, BOND)
    assert paid.carry_milliwh == -300_000


def test_an_event_counts_within_the_award_both_ways():
    assert end(-9 * KWH).carry_milliwh == -KWH
    assert end(9 * KWH).paid_milliwh == KWH
    assert end(9 * KWH).carry_milliwh == 0


def test_luck_is_carried_and_not_paid():
    """0.3 too little, then 0.8: half a kilowatt-hour is paid, as if both were one event."""
    assert end(800_000, carry=-300_000).paid_milliwh == 500_000


def test_a_missing_reading_costs_the_bond_and_the_whole_award():
    paid = end(None)

    assert (paid.paid_milliwh, paid.returned, paid.forfeited) == (0, 0, BOND)
    assert paid.carry_milliwh == -KWH


def test_without_an_award_the_bond_comes_back_and_nothing_else_happens():
    dear = (Block(tick=60, energy_units=100),)

    paid = end(None, carry=-5, blocks=dear)

    assert (paid.award_milliwh, paid.returned, paid.forfeited) == (0, BOND, 0)
    assert (paid.money, paid.carry_milliwh) == (0, -5)


def test_who_owes_sets_aside_what_it_owes():
    assert bond_up(ASK, BLOCKS, 10, -50_000) == 64_000
    assert bond_up(ASK, BLOCKS, 10, -500_000) == 320_000
    assert bond_up(ASK, BLOCKS, 0, 0) == 0
    odd = Ask(target_units=1, unit_milliwh=1, most_price_per_kwh=7, rule=PricingRule.UNIFORM)
    assert bond_up(odd, (Block(tick=0, energy_units=1),), 10, 0) == 1


def test_what_is_carried_ends_32_days_after_the_newest_event():
    standing = Standing(carry_milliwh=-7, newest_s=1_000_000)

    assert standing.carry_at(1_000_000 + CARRY_S) == -7
    assert standing.carry_at(1_000_000 + CARRY_S + 1) == 0


def drawn_case(random):
    blocks = tuple(
        Block(tick=random.randrange(64), energy_units=random.randint(1, 5_000))
        for _ in range(random.randint(1, 4))
    )
    blocks = tuple(sorted(blocks, key=lambda block: block.tick))
    others = [
        Block(tick=random.randrange(64), energy_units=random.randint(1, 5_000)) for _ in range(6)
    ]
    ask = Ask(
        target_units=random.randint(1, 20_000),
        unit_milliwh=random.choice((1, 7, 1_000)),
        most_price_per_kwh=random.randint(1, 10**7),
        rule=random.choice(tuple(PricingRule)),
    )
    return ask, blocks, others


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_better_off_silent_or_out(seed):
    random = Random(seed)
    for _ in range(100):
        ask, blocks, others = drawn_case(random)
        result = clear(ask.target_units, [*blocks, *others])
        carry = random.randint(-(10**7), 0)
        bond = bond_up(ask, blocks, random.randint(0, 100), carry)

        told = settle(result, ask, blocks, bond, carry, random.randint(-(10**8), 10**8))
        silent = settle(result, ask, blocks, bond, carry, None)

        assert silent.money + silent.returned <= told.money + told.returned
        assert silent.carry_milliwh <= told.carry_milliwh


@pytest.mark.parametrize("seed", range(20))
def test_money_is_conserved_and_never_below_zero(seed):
    random = Random(seed)
    for _ in range(50):
        ask, blocks, others = drawn_case(random)
        offers = [blocks, *((other,) for other in others)]
        result = clear(ask.target_units, [block for offer in offers for block in offer])
        granted = [sum(awards(result, offer)) for offer in offers]
        ends = [
            settle(result, ask, offer, 1_000, random.randint(-(10**6), 0), random.randint(0, 10**8))
            for offer in offers
        ]

        assert sum(granted) <= result.accepted_units <= ask.target_units
        assert sum(paid.money for paid in ends) <= ask.deposit_up
        for offer, award, paid in zip(offers, granted, ends, strict=True):
            assert 0 <= paid.paid_milliwh <= paid.award_milliwh == award * ask.unit_milliwh
            assert paid.returned >= 0 and paid.forfeited >= 0 and paid.money >= 0
            assert paid.returned + paid.forfeited == 1_000
            if award:
                dearest = ask.price_per_kwh(result.marginal_tick)
                assert paid.money * 10**6 <= paid.paid_milliwh * dearest
                assert paid.carry_milliwh <= 0
            assert sum(block.energy_units for block in offer) >= award
