"""A day of the plant through an ACS712 and an MCP3008: what is metered is what flowed, nearly."""

import os
import time

import pytest

from node.core.energy.metering import advance, registers_of, round_of, start_metering
from node.core.energy.meters import OWN_ORIGIN, Feed, MeteringRules
from node.core.energy.zero import ZeroRules, begin, corrected, follow
from node.core.records import MeterName, Register
from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.parameters.sections.sensor import Sensor
from village.chips.acs712 import PlayedAcs712
from village.chips.bus import BusServer
from village.chips.mcp3008 import PlayedMcp3008
from village.plant.balance import milliwh
from village.plant.homes_data import FONTANA_CSV, read_profiles
from village.plant.physics import Plant
from village.plant.street import DEFAULT_DAY, default_street

STEP_S = 288.0
SPEED = 720.0
HOMES_IN_ONE = 5
"""The plant's homes draw a watt or two; what an ACS712 is for draws ten."""
OFFSET_V = 0.030
"""A zero 0.16 A off: the datasheet's 40 mV is the most. The contact tells it, before the day."""


@pytest.mark.parametrize("range_a", [5, 20, 30] if "PEERWATT_SOAK" in os.environ else [5])
def test_a_days_energy_is_within_three_per_cent_of_the_plants(tmp_path, range_a):
    profiles = read_profiles(FONTANA_CSV, homes=4, first_day=DEFAULT_DAY)
    plant = Plant(default_street(profiles.homes, hours=24), profiles)
    is_open, path = True, tmp_path / "adc.spi"

    def line():
        seen = plant.view("home1").load
        return seen.voltage_v, 0.0 if is_open else seen.current_a * HOMES_IN_ONE

    keys = {
        "chip": "acs712",
        "channel": 0,
        "feeds": "load",
        "analogue": {
            "spi": f"unix:{path}",
            "range_a": range_a,
            "supply_channel": 1,
            "voltage_channel": 2,
        },
    }
    named = Sensor.model_validate(keys)
    played = PlayedAcs712(line=line, range_a=range_a, seed=3, supply_v=4.9, offset_v=OFFSET_V)
    adc = PlayedMcp3008(
        {
            0: lambda: played.output_v() * named.analogue.divider,
            1: lambda: played.supply_v * named.analogue.divider,
            2: lambda: line()[0] * named.analogue.voltage_divider,
        }
    )
    rules = MeteringRules(
        feeds=(Feed(sensor="load", meter=MeterName.LOAD, positive=Register.IMPORT),),
        interval_s=900,
        max_age_s=2.0,
        clock_speed=SPEED,
        max_clock_step_s=1.0,
    )
    zeros = ZeroRules(
        zero_a=0.0,
        most_zero_a=range_a * 0.06,
        dead_band_a=named.analogue.dead_band_a,
        is_found=True,
    )
    zero, metering = begin(zeros, None), start_metering(rules, {})
    with BusServer({path: adc}):
        sensor = maker_of(named.kind)("load", named, I2cBus("unix:/nowhere"), time.monotonic)
        for second in range(40):
            shown_a = sensor.sample().current_a
            zero = follow(zeros, zero, shown_a, float(second), is_open=True)
        is_open = False
        for step in range(int(86_400 / STEP_S) + 1):
            at_s = profiles.start_s + step * STEP_S
            plant.advance(at_s)
            sample = corrected(zeros, zero, sensor.sample())
            taken = round_of([sample], at_s, OWN_ORIGIN)
            taken = type(taken)(
                taken_at_s=step * STEP_S / SPEED,
                calendar_s=at_s,
                powers_w=taken.powers_w,
                origin=OWN_ORIGIN,
            )
            metering, _ = advance(rules, metering, taken)
        sensor.close()

    metered = registers_of(metering, MeterName.LOAD).import_milliwh
    book = next(each.book for each in plant.balance().homes if each.name == "home1")
    flowed = milliwh(book.load) * HOMES_IN_ONE
    print(f"{range_a} A type: {100 * (metered / flowed - 1):+.2f} %")
    assert metered == pytest.approx(flowed, rel=0.03)
