"""What time waits for: a home's whole sample, however slowly its machine reads the registers."""

import time

import pytest

from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.parameters.sections.sensor import Sensor
from tests.parts.waiting import until
from village.chips.bus import BusServer
from village.chips.of_home import bus_of_home
from village.chips.outfits import OUTFITS, SHUNTS
from village.households import SAMPLE_PERIOD_S
from village.plant.physics import Line, View
from village.time.parts import BLUR_S, LATE_S, HomePart
from village.time.timekeeper import Timekeeper

STEADY = Line(voltage_v=12.8, current_a=0.1)
VIEW = View(
    soc_pct=50.0, cell_voltage_v=3.3, load=STEADY, generation=STEADY, connection=STEADY,
    grid=STEADY, is_dark=False,
)  # fmt: skip
SAMPLES = 5


class SlowBus(I2cBus):
    """Take a while for each register, as on a machine that has much else to do."""

    def writeto_then_readfrom(self, *words, **named):
        time.sleep(0.02)
        super().writeto_then_readfrom(*words, **named)


@pytest.fixture
def keeper(tmp_path):
    keeper = Timekeeper(tmp_path / "time", pace=1.0, tell=print)
    keeper.start()
    yield keeper
    keeper.close()


@pytest.mark.parametrize("outfit", OUTFITS)
def test_a_sample_is_not_late_in_the_villages_time_however_long_it_takes(keeper, tmp_path, outfit):
    sensors, now = OUTFITS[outfit], keeper.time.seconds
    played = bus_of_home(lambda: VIEW, "home1", now, sensors)
    played.late_after_s = SAMPLE_PERIOD_S + LATE_S + BLUR_S
    path = tmp_path / "home1.i2c"
    named = {name: Sensor.model_validate(sensors[name]) for name in SHUNTS}
    keeper.watch([HomePart(name="home1", bus=played, is_running=lambda: True)])
    with BusServer({path: played}):
        bus = SlowBus(f"unix:{path}")
        shunts = [maker_of(one.kind)(name, one, bus, now) for name, one in named.items()]
        until(lambda: keeper.waits().seconds, "time waits for the home")
        began_s, real_s = now(), time.monotonic()
        for _ in range(SAMPLES):
            for shunt in shunts:
                shunt.sample()
        passed_s, real_s = now() - began_s, time.monotonic() - real_s
        bus.close()

    assert (played.samples, played.late) == (SAMPLES, 0)
    assert passed_s <= SAMPLES * (SAMPLE_PERIOD_S + LATE_S + BLUR_S) < real_s
    assert keeper.waits().given_up == 0
