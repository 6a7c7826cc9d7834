import asyncio
import threading
import time

import pytest

from node.core.records import BatterySample, PowerSample
from node.devices.bus.i2c import I2cBus
from node.devices.bus.thread import SensorThread
from node.devices.ina219 import Ina219
from node.devices.max1704x import Max1704x
from node.devices.trouble import BusFailed, SensorAbsent
from village.chips.played import ChipFault


def sensors_on(bus):
    return (Max1704x(name="gauge", bus=bus), Ina219(name="load", bus=bus))


@pytest.fixture
def street(home):
    home.run_the_gauge()
    made = []

    def make_bus():
        made.append(I2cBus(home.place, socket_timeout_s=60))
        return made[-1]

    thread = SensorThread(make_bus=make_bus, make_sensors=sensors_on, deadline_s=0.2, opening_s=0.1)
    thread.made = made
    yield thread
    home.bus.hung = False
    thread.close()


async def until(condition, deadline_s=5.0):
    ends_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < ends_s
        await asyncio.sleep(0.01)


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


async def test_a_round_samples_every_sensor_in_order(street):
    outcomes = await street.sample_all()

    assert street.names == ("gauge", "load")
    assert kinds(outcomes) == [BatterySample, PowerSample]


async def test_nothing_is_touched_before_the_first_round(street, home):
    assert home.bus.transactions == 0
    assert "sensors" not in [thread.name for thread in threading.enumerate()]


async def test_a_failed_sensor_stands_in_its_place(street, home):
    home.gauge.fault = ChipFault.NO_ANSWER

    assert kinds(await street.sample_all()) == [SensorAbsent, PowerSample]


@pytest.mark.failure(
    part="sensors",
    failure="the bus hangs",
    person="a bus fault of every sensor; the loop goes on",
)
async def test_a_hung_bus_is_a_fault_of_every_sensor_and_never_blocks_the_loop(street, home):
    await street.sample_all()
    home.bus.hung = True
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    outcomes = await street.sample_all()
    ticking.cancel()

    assert kinds(outcomes) == [BusFailed, BusFailed]
    assert BusFailed.kind == "bus"
    assert ticks >= 5


@pytest.mark.failure(
    part="sensors",
    failure="the bus hangs, and comes back",
    person="bus faults, then samples again; its thread is replaced once",
    lasts="until the bus answers",
)
async def test_a_hung_thread_is_replaced_once_and_recovers_with_the_bus(street, home):
    await street.sample_all()
    home.bus.hung = True
    for _ in range(4):
        assert kinds(await street.sample_all()) == [BusFailed, BusFailed]
    assert len(street.made) == 2

    home.bus.hung = False
    await until(lambda: not street._worker.hung)

    assert kinds(await street.sample_all()) == [BatterySample, PowerSample]
    assert len(street.made) == 2


async def test_a_chip_that_holds_the_clock_is_a_fault_and_never_blocks_the_loop(street, home):
    await street.sample_all()
    home.bus.stretch_s = 0.5
    before_s = time.monotonic()
    outcomes = await street.sample_all()
    asked_s = time.monotonic() - before_s

    assert kinds(outcomes) == [BusFailed, BusFailed]
    assert "no answer within 0.2 s" in str(outcomes[0])
    assert asked_s < 0.5
    home.bus.stretch_s = 0.0
    await until(lambda: not street._worker.hung)
    assert kinds(await street.sample_all()) == [BatterySample, PowerSample]


async def test_chips_that_open_slower_than_a_round_may_take_are_opened_once(street, home):
    street._opening_s = 60.0
    home.bus.stretch_s = 0.5
    for _ in range(3):
        assert kinds(await street.sample_all()) == [BusFailed, BusFailed]
    home.bus.stretch_s = 0.0
    await until(lambda: not street._worker.hung)

    assert kinds(await street.sample_all()) == [BatterySample, PowerSample]
    assert len(street.made) == 1


async def test_a_second_hang_is_told_at_once(street, home):
    await street.sample_all()
    home.bus.hung = True
    for _ in range(2):
        await street.sample_all()

    before_s = time.monotonic()
    outcomes = await street.sample_all()

    assert time.monotonic() - before_s < 0.1
    assert "still hung" in str(outcomes[0])


async def test_when_the_old_call_returns_a_hung_thread_may_be_replaced_again(street, home):
    await street.sample_all()
    home.bus.hung = True
    await street.sample_all()
    home.bus.hung = False
    await until(lambda: not street._abandoned.busy)
    home.bus.hung = True
    await street.sample_all()

    assert len(street.made) == 3


async def test_an_abandoned_thread_touches_the_bus_no_more(street, home):
    await street.sample_all()
    home.bus.hung = True
    await street.sample_all()
    abandoned = street._abandoned
    before = home.bus.transactions
    home.bus.hung = False
    await until(lambda: not abandoned._thread.is_alive())

    assert home.bus.transactions == before + 1


async def test_a_cancelled_round_is_not_taken_for_a_hang(street, home):
    await street.sample_all()
    home.bus.hung = True
    asking = asyncio.create_task(street.sample_all())
    await asyncio.sleep(0.02)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    home.bus.hung = False

    assert kinds(await street.sample_all()) == [BatterySample, PowerSample]
    assert len(street.made) == 1


async def test_a_bug_in_a_sensor_reaches_the_loop(home):
    class Broken:
        name = "broken"

        def sample(self):
            raise ZeroDivisionError

        def close(self):
            pass

    thread = SensorThread(make_bus=lambda: I2cBus(home.place), make_sensors=lambda bus: (Broken(),))
    with pytest.raises(ZeroDivisionError):
        await thread.sample_all()
    thread.close()


async def test_close_ends_the_thread_and_may_be_called_twice(street):
    await street.sample_all()
    thread = street._worker._thread
    street.close()
    street.close()

    assert not thread.is_alive()
    assert kinds(await street.sample_all()) == [BusFailed, BusFailed]
