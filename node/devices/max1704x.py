"""Read a battery's state of charge with a MAX17048 or MAX17049 (Maxim datasheet 19-6171).

The gauge learns while it runs, so a restart of this service must not restart it: the Adafruit
driver's constructor sends a reset command, and here that one step is replaced. A gauge that lost
its power has reset itself and says so (STATUS.RI); it is then given time to estimate anew.
"""

import time
from collections.abc import Callable

from adafruit_max1704x import MAX17048

from node.core.records import BatterySample
from node.devices.bus.i2c import I2cBus
from node.devices.bus.lazychip import LazyChip
from node.devices.gauge import is_a_cells, judged
from node.devices.trouble import SensorImplausible
from node.parameters.sections.sensor import Sensor as Named

DEFAULT_ADDRESS = 0x36
_SETTLING_S = 0.25
"""Section "Power-Up": the first estimate stands about 0.2 s after power came."""


class RunningGauge(MAX17048):  # type: ignore[misc]  # the driver ships no types
    """Drive a gauge without ever sending it a reset."""

    reset_alert: bool
    settled_at_s: float

    def __init__(self, bus: I2cBus, address: int, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        super().__init__(bus, address)

    def reset(self) -> None:
        """Acknowledge a reset that the gauge already had; the constructor calls this."""
        self.settled_at_s = self._monotonic()
        if self.reset_alert:
            self.reset_alert = False
            self.settled_at_s += _SETTLING_S


class Max1704x:
    """Give samples of one fuel gauge; `name` is the sensor's name in the parameters.

    The constructor touches no hardware.
    """

    def __init__(
        self,
        *,
        name: str,
        bus: I2cBus,
        address: int = DEFAULT_ADDRESS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._monotonic = monotonic
        self._bus = bus
        self._address = address
        self._chip: LazyChip[RunningGauge] = LazyChip(
            name=name, open_chip=self._open, monotonic=monotonic
        )

    @property
    def name(self) -> str:
        """Give the sensor's name in the parameters."""
        return self._name

    def sample(self) -> BatterySample:
        """Measure now; a state of charge in 100..110 % reads as 100 %.

        Raises:
            DeviceError: absent, just restarted, or outside physical limits.
        """
        return self._chip.use(self._measure)

    def close(self) -> None:
        """Let the chip go; may be called twice."""
        self._chip.forget()

    def _open(self) -> RunningGauge:
        self._bus.open()
        return RunningGauge(self._bus, self._address, self._monotonic)

    def _measure(self, gauge: RunningGauge) -> BatterySample:
        now_s = self._monotonic()
        if now_s < gauge.settled_at_s:
            raise SensorImplausible(f"{self._name}: the gauge restarted and is estimating anew")
        cell_voltage_v = float(gauge.cell_voltage)
        if not is_a_cells(cell_voltage_v):
            # Zero is also what the gauge shows before its first measurement after a brown-out:
            # look at its reset flag again.
            self._chip.forget()
        return judged(self._name, now_s, float(gauge.cell_percent), cell_voltage_v)


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> Max1704x:
    """Make a sensor of one gauge; touches no hardware."""
    return Max1704x(name=name, bus=bus, address=named.address, monotonic=monotonic)
