"""The picture of one cycle: what it works out of what it holds."""

import pytest

from tests.factories.home import CALENDAR_S, NOW_S, chain_view, observation


@pytest.mark.parametrize(("speed", "passed_s"), [(1.0, 3.0), (720.0, 2_160.0)])
def test_the_chains_time_runs_on_from_the_newest_block_at_the_clocks_speed(speed, passed_s):
    seen = observation(NOW_S + 3, chain=chain_view(NOW_S), clock_speed=speed)

    assert seen.chain_now_s == CALENDAR_S + passed_s


def test_the_chains_time_never_goes_back_behind_its_newest_block():
    seen = observation(NOW_S - 1, chain=chain_view(NOW_S))

    assert seen.chain_now_s == CALENDAR_S


def test_without_a_block_the_chain_has_no_time():
    assert observation(chain=None).chain_now_s is None
