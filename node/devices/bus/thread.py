"""Run every sensor of a bus on one thread of its own, so that no transfer blocks the loop.

A round has a deadline. When it passes, the bus counts as hung: the thread is abandoned with its
bus and its sensors (all refuse to go on when the stuck call returns) and replaced once. While two
calls are stuck nothing more is started; the first to return makes room again.

The first round of a thread opens every chip, and on a slow machine takes longer than any other.
It fails at the same deadline, but is left time to come back: to begin anew would never end.
"""

import asyncio
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence

from node.core.errors import DeviceError
from node.core.records import Sample
from node.devices.bus.i2c import I2cBus
from node.devices.trouble import BusFailed
from node.ports import Sensor

DEFAULT_DEADLINE_S = 1.0
DEFAULT_OPENING_S = 5.0
_CLOSING_WAIT_S = 0.5

Outcome = Sample | Exception


class SensorThread:
    """Sample the sensors of one bus; a `SensorBus`.

    `make_bus` and `make_sensors` are called again for each thread that replaces a stuck one.
    They must not touch hardware. A thread that opens its chips is replaced after `opening_s`.
    """

    def __init__(
        self,
        *,
        make_bus: Callable[[], I2cBus],
        make_sensors: Callable[[I2cBus], Sequence[Sensor]],
        deadline_s: float = DEFAULT_DEADLINE_S,
        opening_s: float = DEFAULT_OPENING_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make_bus = make_bus
        self._make_sensors = make_sensors
        self._deadline_s = deadline_s
        self._opening_s = opening_s
        self._monotonic = monotonic
        self._worker = self._new_worker()
        self._abandoned: _Worker | None = None
        self._closed = False

    @property
    def names(self) -> tuple[str, ...]:
        """Give the sensors' names, in the order of `sample_all`."""
        return tuple(sensor.name for sensor in self._worker.sensors)

    async def sample_all(self) -> Sequence[Outcome]:
        """Sample each sensor once, within the deadline; a failure stands in its sensor's place."""
        if self._closed:
            return self._all_faulted("closed")
        if self._worker.hung and not self._replace():
            return self._all_faulted("still hung")
        try:
            return await asyncio.wait_for(self._worker.round(), self._deadline_s)
        except TimeoutError:
            self._worker.miss_deadline()
            self._replace()
            return self._all_faulted(f"no answer within {self._deadline_s:g} s")

    def close(self) -> None:
        """Stop the thread and close the bus; a stuck thread does so when its call returns."""
        self._closed = True
        self._worker.stop()

    def _new_worker(self) -> "_Worker":
        bus = self._make_bus()
        return _Worker(bus, tuple(self._make_sensors(bus)), self._monotonic)

    def _replace(self) -> bool:
        if self._worker.opens_for_s < self._opening_s:
            return False
        if self._abandoned is not None and self._abandoned.busy:
            return False
        self._worker.stop()
        self._abandoned = self._worker
        self._worker = self._new_worker()
        return True

    def _all_faulted(self, reason: str) -> Sequence[Outcome]:
        place = self._worker.bus.place
        return [BusFailed(f"{name}: bus {place}: {reason}") for name in self.names]


class _Worker:
    """Hold one thread with its own bus and sensors.

    Counters tell its state without a lock: the loop alone writes `_asked` and `_missed`, the
    thread alone writes `_answered`.
    """

    def __init__(
        self, bus: I2cBus, sensors: tuple[Sensor, ...], monotonic: Callable[[], float]
    ) -> None:
        self._monotonic = monotonic
        self.bus = bus
        self.sensors = sensors
        self._asked = 0
        self._answered = 0
        self._missed = 0
        self._began_s = math.inf
        self._stopping = False
        self._rounds: queue.SimpleQueue[_Round | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Tell whether a round is under way."""
        return self._answered < self._asked

    @property
    def hung(self) -> bool:
        """Tell whether a round that missed its deadline has still not come back."""
        return self._answered < self._missed

    @property
    def opens_for_s(self) -> float:
        """Give for how long the first round has been under way; endless once it has come back."""
        return math.inf if self._answered else self._monotonic() - self._began_s

    def miss_deadline(self) -> None:
        """Note that the newest round missed its deadline."""
        self._missed = self._asked

    async def round(self) -> list[Outcome]:
        """Have the thread sample everything, and wait for it."""
        loop = asyncio.get_running_loop()
        wanted = _Round(loop, loop.create_future())
        self._asked += 1
        if self._thread is None:
            self._began_s = self._monotonic()
            # A daemon: a thread stuck in the kernel must not keep the process from ending.
            self._thread = threading.Thread(target=self._run, name="sensors", daemon=True)
            self._thread.start()
        self._rounds.put(wanted)
        return await wanted.done

    def stop(self) -> None:
        """End the thread after its present call; may be called twice."""
        self._stopping = True
        self.bus.abandon()
        self._rounds.put(None)
        if self._thread is None:
            self._let_go()
        elif not self.busy:
            self._thread.join(_CLOSING_WAIT_S)

    def _run(self) -> None:
        while (wanted := self._rounds.get()) is not None:
            outcomes: list[Outcome] | Exception
            try:
                outcomes = [_outcome_of(sensor) for sensor in self.sensors if not self._stopping]
            except Exception as bug:  # noqa: BLE001  # handed to the loop, which ends the process
                outcomes = bug
            self._answered += 1  # before the loop can hear of it
            wanted.finish(outcomes)
        self._let_go()

    def _let_go(self) -> None:
        for sensor in self.sensors:
            sensor.close()
        self.bus.close()


class _Round:
    """Carry one round's outcomes from the thread to the loop that waits for them."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, done: "asyncio.Future[list[Outcome]]"
    ) -> None:
        self._loop = loop
        self.done = done

    def finish(self, outcomes: list[Outcome] | Exception) -> None:
        """Hand over the outcomes, or a bug of ours, if anybody still waits."""
        try:
            self._loop.call_soon_threadsafe(self._set, outcomes)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits
            return

    def _set(self, outcomes: list[Outcome] | Exception) -> None:
        if self.done.done():
            return
        if isinstance(outcomes, Exception):
            self.done.set_exception(outcomes)
        else:
            self.done.set_result(outcomes)


def _outcome_of(sensor: Sensor) -> Outcome:
    try:
        return sensor.sample()
    except DeviceError as error:
        return error
