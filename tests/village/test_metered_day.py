"""A day of the plant through chips, drivers and meters: what is measured is what flowed."""

import os
import time

import pytest

from node.core.energy.metering import advance, registers_of, round_of, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed, MeteringRules, Origin
from node.core.records import MeterName, Register
from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.parameters.sections.sensor import Sensor
from tests.village.plays import closed
from village.chips.bus import BusServer, PlayedBus
from village.chips.of_home import chips_of
from village.chips.outfits import OUTFITS, SHUNTS, USUAL
from village.chips.played import Wired
from village.plant.balance import milliwh
from village.plant.homes_data import FONTANA_CSV, read_profiles
from village.plant.physics import Plant
from village.plant.street import AT_REST, DEFAULT_DAY, default_street

STEP_S = 72.0
SPEED = 720.0
OTHERS = [name for name in OUTFITS if name != USUAL]
if "PEERWATT_SOAK" not in os.environ:
    OTHERS = OTHERS[:1]
BOUGHT = Origin(seller="0x04", number=1)


class HandClock:
    """Make every conversion ready: the chips' time passes faster than they convert."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        self.now_s += 0.1
        return self.now_s


def sensors_of(outfit, shunt_ohms):
    """Give an outfit's shunts, as a parameters file names them."""
    found = {name: dict(OUTFITS[outfit][name]) for name in SHUNTS}
    for sensor in found.values() if shunt_ohms else ():
        sensor |= {"shunt_ohms": shunt_ohms, "max_current_a": 0.31 / shunt_ohms}
    return {name: Sensor.model_validate(sensor) for name, sensor in found.items()}


def a_bus(plant, name, sensors):
    def line_of(shunt):
        def line():
            seen = getattr(plant.view(name), shunt)
            return seen.voltage_v, seen.current_a

        return line

    wired = {
        shunt: Wired(named=named, line=line_of(shunt), battery=lambda: (50.0, 3.7))
        for shunt, named in sensors.items()
    }
    return PlayedBus(chips_of(name, wired, HandClock()))


@pytest.mark.parametrize(
    ("home", "outfit", "shunt_ohms"),
    [
        ("home1", USUAL, None),
        ("home4", USUAL, None),
        ("home1", USUAL, 0.2),
        ("home4", USUAL, 0.2),
        *(("home1", outfit, None) for outfit in OTHERS),
    ],
)
def test_a_days_meters_agree_with_the_plant_within_a_percent(tmp_path, home, outfit, shunt_ohms):
    profiles = read_profiles(FONTANA_CSV, homes=4, first_day=DEFAULT_DAY)
    plant = Plant(default_street(profiles.homes, hours=24), profiles)
    rules = MeteringRules(
        feeds=tuple(
            Feed(sensor=shunt, meter=MeterName(shunt), positive=Register.IMPORT) for shunt in SHUNTS
        ),
        interval_s=900,
        max_age_s=2.0,
        clock_speed=SPEED,
        max_clock_step_s=1.0,
    )
    metering, readings, reals = start_metering(rules, {}), [], iter(range(10**6))
    path = tmp_path / "bus.i2c"
    named = sensors_of(outfit, shunt_ohms)
    with BusServer({path: a_bus(plant, home, named)}):
        bus = I2cBus(f"unix:{path}")
        sensors = [
            maker_of(one.kind)(shunt, one, bus, time.monotonic) for shunt, one in named.items()
        ]
        at_s, is_bought = float(profiles.start_s), False
        while at_s <= profiles.start_s + 86_400:
            hour = (at_s - profiles.start_s) / 3600
            # A contact that moves eight times, never at a sample's instant.
            is_buying = int(hour / 3) % 2 == 1
            if is_buying != is_bought:
                is_bought = is_buying
                contacts = closed(("home1", "home4")) if is_buying else AT_REST
                plant.set_contacts(contacts, at_s - STEP_S / 3)
            plant.advance(at_s)
            origin = BOUGHT if is_bought else OWN_ORIGIN
            taken = round_of([sensor.sample() for sensor in sensors], at_s, origin)
            taken = type(taken)(
                taken_at_s=next(reals) * STEP_S / SPEED,
                calendar_s=at_s,
                powers_w=taken.powers_w,
                origin=origin,
            )
            metering, due = advance(rules, metering, taken)
            readings += due
            at_s += STEP_S
        bus.close()

    book = next(each.book for each in plant.balance().homes if each.name == home)
    registers = {name: registers_of(metering, name) for name in MeterName}
    assert registers[MeterName.LOAD].import_milliwh == pytest.approx(milliwh(book.load), rel=0.01)
    assert registers[MeterName.GENERATION].import_milliwh == pytest.approx(
        milliwh(book.solar), rel=0.01
    )
    assert registers[MeterName.CONNECTION].import_milliwh == pytest.approx(
        milliwh(book.received - book.wire_loss), rel=0.01
    )
    assert registers[MeterName.CONNECTION].export_milliwh == pytest.approx(
        milliwh(book.delivered), rel=0.01
    )
    assert len(readings) == 3 * 96
