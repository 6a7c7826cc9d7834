"""Random walks of a whole home: no throw of the dice breaks a rule, and each can be replayed."""

import os

import pytest

from node.core.commands import HoldContacts, OpenOrder
from tests.worlds.home_world import HomeWorld

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEEDS = range(400 if IS_SOAK else 16)
STEPS = 2_000 if IS_SOAK else 300


@pytest.mark.parametrize("seed", SEEDS)
def test_no_walk_breaks_a_rule_and_each_replays_to_the_same_commands(seed, tmp_path):
    world = HomeWorld(seed)
    for _ in range(STEPS):
        world.play()

    world.home.ensure_replays(tmp_path)


def test_the_walks_do_buy_and_draw():
    """Else they would prove nothing."""
    bought, closed = 0, 0
    for seed in range(4):
        world = HomeWorld(seed)
        for _ in range(400):
            world.play()
            commands = world.home.cycles[-1].commands
            bought += sum(isinstance(c, OpenOrder) for c in commands)
            closed += sum(isinstance(c, HoldContacts) and bool(c.contacts) for c in commands)

    assert bought > 20
    assert closed > 100
