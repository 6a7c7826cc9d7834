import pytest

from village.chips.bus import BusServer, PlayedBus
from village.chips.ina219 import PlayedIna219
from village.chips.max1704x import PlayedMax17048


class PlayedHome:
    """One bus with a gauge at 0x36 and a shunt at 0x40, and what they see."""

    def __init__(self, path):
        self.path = path
        self.line = (12.8, 0.25)
        self.battery = (76.5, 3.3)
        self.gauge = PlayedMax17048(battery=lambda: self.battery)
        self.shunt = PlayedIna219(line=lambda: self.line, shunt_ohms=0.1, seed=1, noise_lsb=0.0)
        self.bus = PlayedBus({0x36: self.gauge, 0x40: self.shunt})

    @property
    def place(self):
        return f"unix:{self.path}"

    def run_the_gauge(self):
        """Let the gauge be one that has long been running: estimate ready, flag cleared."""
        self.gauge.write(b"\x1a\x00\x00")
        self.gauge._estimated_at_s = 0.0


@pytest.fixture
def home(tmp_path):
    played = PlayedHome(tmp_path / "home1.i2c")
    with BusServer({played.path: played.bus}):
        yield played
