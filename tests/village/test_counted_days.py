"""Three days of cycles without a full charge: what was counted is near what the battery has."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest

from node.core.energy.coulombs import CountingRules
from node.core.energy.metering import advance, round_of, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed, MeteringRules
from node.core.records import MeterName, Register
from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.home.inward.charging import Charging, ChargingSettings
from tests.village.test_metered_day import SPEED, a_bus, sensors_of
from village.chips.bus import BusServer
from village.chips.outfits import USUAL
from village.plant.homes_data import FONTANA_CSV, read_profiles
from village.plant.physics import Plant
from village.plant.street import DEFAULT_DAY, NOMINAL_V, default_street

STEP_S = 288.0
DAYS = 3
HOME = "home1"
HOURS_UNTIL_THE_LAST_FULL = 18
WITHIN_PCT = 5.0


class SetClock:
    speed = SPEED

    def __init__(self, start_s):
        self.start_s = self.calendar = start_s

    def monotonic_s(self):
        return (self.calendar - self.start_s) / SPEED + 100.0

    def calendar_s(self):
        return self.calendar


def a_street(profiles):
    """Give the home a battery that its sun fills on the first day, and not again."""
    street = default_street(profiles.homes, hours=24 * DAYS)
    homes = tuple(
        replace(home, battery_milliwh=home.battery_milliwh * 5, start_soc_pct=100)
        if home.name == HOME
        else home
        for home in street.homes
    )
    return replace(street, homes=homes)


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """Live three days after the last full, and give what was counted beside what was."""
    profiles = read_profiles(FONTANA_CSV, homes=4, first_day=DEFAULT_DAY)
    street = a_street(profiles)
    home = next(one for one in street.homes if one.name == HOME)
    plant = Plant(street, profiles)
    named = sensors_of(USUAL, None)
    rules = MeteringRules(
        feeds=tuple(
            Feed(sensor=name, meter=MeterName(name), positive=Register.IMPORT) for name in named
        ),
        interval_s=900,
        max_age_s=2.0,
        clock_speed=SPEED,
        max_clock_step_s=1.0,
    )
    settings = ChargingSettings(
        rules=CountingRules(
            battery_milliwh=home.battery_milliwh,
            efficiency=0.95,
            full_v=1.059 * NOMINAL_V,
            tail_a=0.1,
            hold_s=300.0,
            floor_v=None,
        ),
        voltage_sensor="generation",
        sees_sellers=False,
    )
    clock = SetClock(float(profiles.start_s))
    charging = Charging(settings, clock, None, lambda kept: None)
    metering, rows, last_full = start_metering(rules, {}), [], None
    path = tmp_path_factory.mktemp("counted") / "bus.i2c"
    with BusServer({path: a_bus(plant, HOME, named)}):
        bus = I2cBus(f"unix:{path}")
        sensors = [
            maker_of(one.kind)(name, one, bus, time.monotonic) for name, one in named.items()
        ]
        ends_s = profiles.start_s + HOURS_UNTIL_THE_LAST_FULL * 3600 + DAYS * 86_400
        while clock.calendar < ends_s:
            clock.calendar += STEP_S
            plant.advance(clock.calendar)
            samples = [
                replace(sensor.sample(), taken_at_s=clock.monotonic_s()) for sensor in sensors
            ]
            taken = round_of(samples, clock.calendar, OWN_ORIGIN)
            metering, _ = advance(rules, metering, taken)
            charging.look(metering, samples, OWN_ORIGIN)
            charge = charging.charge
            last_full = len(rows) if charge.soc_pct == 100.0 else last_full
            rows.append((charge.soc_pct, charge.off_pct, plant.view(HOME).soc_pct))
        bus.close()
    return rows[last_full:]


def test_the_days_are_cycles_without_a_full_charge(counted):
    truths = [truth for _, _, truth in counted]
    swings = sum(abs(after - before) for before, after in pairwise(truths))

    assert len(counted) * STEP_S >= DAYS * 86_400
    assert max(truths[50:]) < 97.0
    assert swings > 100.0


def test_after_three_days_the_count_is_within_five_points(counted):
    soc_pct, off_pct, truth_pct = counted[-1]

    print(f"counted {soc_pct:.2f} %, give or take {off_pct:.1f}; it is {truth_pct:.2f} %")
    assert soc_pct == pytest.approx(truth_pct, abs=WITHIN_PCT)


def test_at_no_time_is_it_further_off_than_it_says(counted):
    assert all(abs(soc_pct - truth) <= off_pct for soc_pct, off_pct, truth in counted)
