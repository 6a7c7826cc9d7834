"""What the played home of a bench shows, and when it was read."""

import pytest

from bench.node.played import PlayedHome
from node.devices.bus.frames import Read, Write
from village.chips.outfits import GAUGE_ADDRESS


class Hand:
    """A clock that the test moves."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def hand():
    """A clock at zero."""
    return Hand()


@pytest.fixture
def home(hand):
    """A home whose battery is half full."""
    return PlayedHome("buyer", 50.0, hand)


@pytest.fixture
def bus(home, hand):
    """The home's bus, a second after its gauge got its power: the first estimate stands."""
    bus = home.bus()
    hand.now_s = 1.0
    return bus


def read_register(bus, register):
    """Read two bytes of the gauge as the driver does."""
    messages = (
        Write(address=GAUGE_ADDRESS, data=bytes([register])),
        Read(address=GAUGE_ADDRESS, size=2),
    )
    return int.from_bytes(bus.transfer(messages), "big")


def test_each_read_of_the_state_of_charge_is_noted_with_its_instant(home, bus, hand):
    hand.now_s = 2.5
    assert read_register(bus, 0x04) == 50 * 256

    (noted,) = home.reads
    assert (noted.at_s, noted.soc_pct) == (2.5, 50.0)


def test_a_read_of_another_register_is_not_noted(home, bus):
    read_register(bus, 0x02)

    assert home.reads == []


def test_the_state_of_charge_settles_with_the_last_of_so_many_reads_in_a_row(home, bus, hand):
    for second, soc_pct in enumerate((15.0, 15.0, 25.0, 15.0, 15.0, 15.0, 15.0)):
        home.soc_pct, hand.now_s = soc_pct, 10.0 + second
        read_register(bus, 0x04)

    assert home.settled_below(20, 3, since=0) == 15.0
    assert home.settled_below(20, 3, since=4) == 16.0
    assert home.settled_below(20, 3, since=5) is None
