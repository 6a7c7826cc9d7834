"""Receipts against what truly flowed: no walk signs for more, or for less, than a sample tells.

An edge of a contact lies between two samples, so that each closing may cost two of them. While the
relay is away nobody knows whether the contact is closed, and the lease bounds the error.
"""

import os

import pytest

from tests.worlds.contact_truth import LEASE_S, LINES, MILLIWH_A_SAMPLE, NUMBERS, ContactTruth

SEEDS = range(200 if "PEERWATT_SOAK" in os.environ else 5)
SPAN_S = 600.0


@pytest.mark.parametrize("loses_relay", [False, True])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_signed_for_is_what_flowed_within_two_samples_of_each_closing(
    seed, line, loses_relay
):
    world = ContactTruth(seed, line, loses_relay=loses_relay)
    world.play(SPAN_S)
    world.rest()

    unknown = world.outages * (LEASE_S + 2) * MILLIWH_A_SAMPLE
    for seller in NUMBERS:
        error = world.signed[seller] - world.flowed[seller]
        assert abs(error) <= 2 * MILLIWH_A_SAMPLE * world.closings[seller] + unknown


def test_the_walks_do_close_and_lose_the_relay():
    """Else they would prove nothing."""
    worlds = [ContactTruth(seed, "grid", loses_relay=True) for seed in range(4)]
    for world in worlds:
        world.play(SPAN_S)

    assert all(sum(world.closings.values()) >= 4 for world in worlds)
    assert all(world.outages >= 4 for world in worlds)
