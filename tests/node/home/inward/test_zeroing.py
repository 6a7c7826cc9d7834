"""The zeros of a home's sensors, found beside contacts that the relay says are open."""

from dataclasses import replace

import pytest

from node.core.energy.zero import ZeroRules
from node.core.errors import DeviceError
from node.core.records import PowerSample, RelayView
from node.home.inward.zeroing import KEEP_EVERY_S, Zeroing, all_open
from tests.factories.home import connection

RULES = {"line": ZeroRules(zero_a=0.0, most_zero_a=0.3, dead_band_a=0.05, is_found=True)}


class Bench:
    def __init__(self, kept=None):
        self.now_s, self.shown_a, self.is_open, self.kept = 0.0, 0.1, True, []
        self.broken = None
        self.zeroing = Zeroing(self, RULES, kept or {}, self.kept.append, lambda: self.is_open)

    async def sample_all(self):
        return [self.broken or self._sample("line"), self._sample("load")]

    def _sample(self, name):
        return PowerSample(
            sensor=name,
            taken_at_s=self.now_s,
            bus_voltage_v=12.0,
            current_a=self.shown_a,
            power_w=12.0 * self.shown_a,
        )

    def close(self):
        pass

    async def live(self, seconds):
        for _ in range(seconds):
            self.now_s += 1
            line, self.load = await self.zeroing.sample_all()
        return line


async def test_a_sensor_without_rules_is_left_as_it_is():
    bench = Bench()
    await bench.live(60)

    assert bench.load == bench._sample("load")


async def test_a_zero_is_found_and_kept_once():
    bench = Bench()
    assert (await bench.live(60)).current_a == 0.0
    assert bench.kept == [{"zero/line": "0.10000"}]

    bench.is_open, bench.shown_a = False, 1.1
    line = await bench.live(1)
    assert (line.current_a, line.power_w) == pytest.approx((1.0, 12.0))


async def test_a_zero_that_moves_is_kept_rarely():
    bench = Bench()
    await bench.live(60)
    bench.shown_a = 0.12
    await bench.live(int(KEEP_EVERY_S) - 100)
    assert len(bench.kept) == 1

    await bench.live(200)
    assert bench.kept[1:] == [{"zero/line": "0.12000"}]


async def test_what_was_kept_counts_at_once():
    bench = Bench({"zero/line": "0.10000"})
    bench.is_open, bench.shown_a = False, 1.1

    assert (await bench.live(1)).current_a == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["", "much", "nan", "0.31", "inf"])
async def test_a_kept_text_that_is_no_zero_is_as_good_as_lost(text):
    bench = Bench({"zero/line": text})
    bench.is_open, bench.shown_a = False, 1.1

    assert (await bench.live(1)).current_a == pytest.approx(1.1)


async def test_a_failure_stands_in_its_sensors_place():
    bench = Bench()
    bench.broken = DeviceError("away")

    assert await bench.live(1) is bench.broken


CONNECTION = connection()
VIEW = RelayView(
    relay="board",
    boot="1",
    received_at_s=0.0,
    connections=(CONNECTION,),
    busy_sources=frozenset(),
    stuck=(),
)


def test_a_contact_is_known_open_only_where_the_relay_says_so_of_every_one():
    ours = CONNECTION.holder
    both = replace(VIEW, connections=(CONNECTION, replace(CONNECTION, connection=1, closed=True)))

    assert all_open(VIEW, ours, is_lost=False)
    assert all_open(VIEW, CONNECTION.consents[0], is_lost=False)
    assert not all_open(both, ours, is_lost=False)


def test_what_is_not_known_is_not_open():
    ours = CONNECTION.holder

    assert not all_open(None, ours, is_lost=False)
    assert not all_open(VIEW, None, is_lost=False)
    assert not all_open(VIEW, ours, is_lost=True)
    assert not all_open(replace(VIEW, stuck=("channel 1 is stuck",)), ours, is_lost=False)
    assert not all_open(VIEW, "0xsomebody", is_lost=False)
