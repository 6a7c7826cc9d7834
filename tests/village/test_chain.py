"""When the village's blocks are due, by a clock that does not pass by itself."""

import pytest

from node.system.clock import Clock
from village.chain import Miner
from village.tcp import free_port

SPEED = 720.0
ORIGIN_S = 1_000_000.0


class Held:
    """Hand out one instant of time."""

    def __init__(self, at_s):
        self.at_s = at_s

    def seconds(self):
        return self.at_s


def due_s(at_s, stands_s):
    clock = Clock(speed=SPEED, origin_real_s=0.0, origin_calendar_s=ORIGIN_S, followed=Held(at_s))
    return Miner(free_port(), clock, stands_s=stands_s).due_at_s


def test_a_block_is_due_every_quarter_second():
    assert due_s(10.1, (0.0, 0.0)) == 10.25


@pytest.mark.parametrize("at_s", [10.1, 10.3, 80.0])
def test_a_chain_that_stands_still_has_no_block_due_until_it_goes_on(at_s):
    stops_s, goes_on_s = ORIGIN_S + 10.2 * SPEED, ORIGIN_S + 100 * SPEED

    assert due_s(at_s, (stops_s, goes_on_s)) == pytest.approx(100.0)


def test_before_and_after_blocks_come_as_ever():
    span = (ORIGIN_S + 20 * SPEED, ORIGIN_S + 100 * SPEED)

    assert due_s(10.1, span) == 10.25
    assert due_s(100.1, span) == 100.25
