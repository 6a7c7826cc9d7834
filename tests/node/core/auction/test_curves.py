"""What a kind was cleared from, and what its fills save: beside the clearing itself."""

from random import Random

import pytest

from node.core.auction.clearing import Bid, Kind, Offer, clear, curves, fills, step
from node.core.auction.saving import saving
from node.core.auction.tariff import Tariff

TARIFF = Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)


def orders(seed: int):
    random = Random(seed)
    kinds = list(Kind)
    return [
        Bid(
            solar_tick=random.randrange(64),
            chp_tick=random.randrange(64),
            energy_units=random.randrange(1, 500),
        )
        if random.random() < 0.5
        else Offer(
            kind=random.choice(kinds), tick=random.randrange(64), energy_units=random.randrange(500)
        )
        for _ in range(random.randrange(1, 12))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_each_kind_clears_from_its_own_curves_as_all_together_do(seed):
    placed = orders(seed)
    clearing = clear(placed)
    found = curves(placed, clearing)

    for kind in Kind:
        assert step(found[kind].supply, found[kind].demand) == clearing.step(kind)
        assert found[kind].demand[0] == 0


@pytest.mark.parametrize("seed", range(40))
def test_nobody_saves_less_than_nothing_and_all_save_the_spread_of_the_volume(seed):
    placed = orders(seed)
    clearing = clear(placed)
    ticks = {kind: clearing.step(kind).price_tick for kind in Kind}
    saved = [saving(one, fills(clearing, one), TARIFF, ticks, 1_000) for one in placed]
    volume = sum(clearing.step(kind).volume_units for kind in Kind)
    spread = TARIFF.retail_per_kwh - TARIFF.feed_in_per_kwh

    assert min(saved) >= 0
    # Fills round down to whole units: at most one of each order and kind is nobody's.
    most = volume * spread // 1_000
    assert most - 2 * len(placed) * spread // 1_000 - 2 * len(placed) <= sum(saved) <= most
