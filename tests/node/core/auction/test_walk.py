"""Random walks of a home in the auction: no throw of the dice breaks a rule, each can be replayed.

The world asserts: a contact only on a licence or on confirmed credit, never both markets in one
interval, no part drawn beyond its energy by more than one sample, own source on every doubt, no
order repeated without a rest, and consents for paired neighbours alone.
"""

import os
from collections import Counter

import pytest

from tests.worlds.auction_world import AuctionWorld

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEEDS = range(200 if IS_SOAK else 12)
STEPS = 3_000 if IS_SOAK else 600


@pytest.mark.parametrize("seed", SEEDS)
def test_no_walk_breaks_a_rule_and_each_replays_to_the_same_commands(seed, tmp_path):
    world = AuctionWorld(seed)
    for _ in range(STEPS):
        world.play()

    world.home.ensure_replays(tmp_path)


def test_the_walks_do_order_draw_and_serve():
    """Else they would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(6):
        world = AuctionWorld(seed)
        for _ in range(600):
            world.play()
        seen.update(world.seen)

    assert all(seen[what] > 30 for what in ("placed", "paired", "served", "sale")), seen
