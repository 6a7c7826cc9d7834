"""A home that lives a day on each source: what its meter counts is what flowed."""

import os

import pytest

from node.core.energy.metering import advance, registers_of, round_of, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed, MeteringRules
from node.core.errors import DeviceError
from node.core.records import MeterName, Register
from node.devices.measured import made
from node.parameters.sections.source import DataSource
from tests.factories.sources import around
from tests.parts.brokers import running_broker
from tests.parts.waiting import until
from village.meters.players import PLAYERS, Values
from village.plant.balance import milliwh
from village.plant.homes_data import FONTANA_CSV, read_profiles
from village.plant.physics import Plant
from village.plant.street import DEFAULT_DAY, default_street

IS_SOAK = "PEERWATT_SOAK" in os.environ
SAID = {"power": "/w", "time": "/t"}
KINDS = {
    "p1": {"at": "tcp://meter"},
    "s0": {"at": "gpio:17", "pulses_per_kwh": 1000},
    "sml": {"at": "tcp://meter"},
    "file": {"at": "meter.json", **SAID},
    "http": {"at": "http://meter/page", **SAID},
    "mqtt": {"at": "house/meter", **SAID},
}
STEP_S = 288.0
FROM_S, HOURS = (0, 24) if IS_SOAK else (17 * 3600, 3)
MAINS = 1000
"""The plant is a thousandth of the data's homes, and these meters are for mains."""
HOME = "home1"


class DayClock:
    """Stand at the instant that is played."""

    speed = 1.0

    def __init__(self, start_s):
        self._start_s = self.now_s = start_s

    def monotonic_s(self):
        return self.now_s - self._start_s + 1000.0

    def calendar_s(self):
        return self.now_s


class Places:
    def __init__(self, directory, broker):
        self.directory = directory
        self._broker = broker

    def broker(self):
        return self._broker.port


class Day:
    """Play the plant, and a meter that sees a home's load."""

    def __init__(self, profiles, kind, places):
        self.plant = Plant(default_street(profiles.homes, hours=24), profiles)
        self.clock = DayClock(float(profiles.start_s + FROM_S))
        self.plant.advance(self.clock.now_s)
        self.begin()
        self.base_milliwh = self.first_milliwh
        source = DataSource(kind=kind, feeds="load", every_s=0.2, max_age_s=3600, **KINDS[kind])
        self.player = PLAYERS[kind]("meter", source, places)
        named = source.model_copy(update={"at": self.player.at})
        self.source = made("meter", named, around(places.directory / "state", clock=self.clock))

    def step(self):
        self.clock.now_s += STEP_S
        self.plant.advance(self.clock.now_s)

    def begin(self):
        self.first_milliwh = self._flowed_milliwh()

    def round(self):
        return round_of([self.heard()], self.clock.calendar_s(), OWN_ORIGIN)

    def _flowed_milliwh(self):
        book = next(one.book for one in self.plant.balance().homes if one.name == HOME)
        return milliwh(book.load) * MAINS

    @property
    def flowed_milliwh(self):
        return self._flowed_milliwh() - self.first_milliwh

    def heard(self):
        """Tell what the meter sees now until it is heard, and give the sample of just that."""
        values = Values(
            at_s=self.clock.calendar_s(),
            monotonic_s=self.clock.monotonic_s(),
            power_w=self.plant.view(HOME).load.power_w * MAINS,
            imported_wh=self._flowed_milliwh() / 1000,
            exported_wh=0.0,
            soc_pct=50.0,
        )

        def newest():
            # Most meters say it again and again; what is told twice is one sample.
            self.player.tell(values)
            try:
                sample = self.source.sample()
            except DeviceError:
                return None
            is_now = sample.taken_at_s > self.clock.monotonic_s() - 1.5
            counted = sample.counted
            is_all = (
                counted is None
                or self._flowed_milliwh() - self.base_milliwh - (counted.import_milliwh) < 2000
            )
            return sample if is_now and is_all else None

        return until(newest, "the meter is heard")

    def close(self):
        self.source.close()
        self.player.close()


@pytest.mark.parametrize("kind", list(KINDS) if IS_SOAK else ["s0"])
def test_what_a_source_counts_in_a_day_is_what_flowed(tmp_path, kind):
    profiles = read_profiles(FONTANA_CSV, homes=4, first_day=DEFAULT_DAY)
    rules = MeteringRules(
        feeds=(Feed(sensor="meter", meter=MeterName.LOAD, positive=Register.IMPORT),),
        interval_s=900,
        max_age_s=600.0,
        clock_speed=1.0,
        max_clock_step_s=1.0,
    )
    metering, readings = start_metering(rules, {}), []
    with running_broker(tmp_path) as broker:
        day = Day(profiles, kind, Places(tmp_path, broker))
        # One that tells registers alone has no power before its second word.
        while (taken := day.round()) is None:
            day.step()
        metering, _ = advance(rules, metering, taken)
        day.begin()
        for _ in range(int(HOURS * 3600 / STEP_S)):
            day.step()
            metering, due = advance(rules, metering, day.round())
            readings += due
        day.close()

    metered = registers_of(metering, MeterName.LOAD).import_milliwh
    print(f"{kind}: {metered / 1000:.0f} Wh of {day.flowed_milliwh / 1000:.0f} Wh flowed")
    assert metered == pytest.approx(day.flowed_milliwh, rel=0.01)
    assert len(readings) >= HOURS * 4 - 1
