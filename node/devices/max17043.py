"""Read a battery's state of charge with a first-generation gauge: MAX17040, 43 or 44.

Registers as in the Maxim datasheets 19-5210 (MAX17040/41) and 19-4811 (MAX17043/44): words, high
byte first. The gauge learns while it runs, so neither a reset nor a quick-start is ever sent. It
does not tell that it lost its power: its figure is then a guess from the cell's voltage, under
whatever load there is, and is judged over time like any gauge's (`node.core.energy.trial`).
"""

import time
from collections.abc import Callable

from node.core.records import BatterySample
from node.devices.bus.i2c import I2cBus
from node.devices.bus.lazychip import LazyChip
from node.devices.gauge import is_a_cells, judged
from node.devices.trouble import SensorImplausible
from node.devices.words import Words
from node.parameters.sections.sensor import Sensor as Named

_VCELL, _SOC, _VERSION, _CONFIG = 0x02, 0x04, 0x08, 0x0C
_CELL_LSB_V = 0.00125
"""One step of VCELL's upper twelve bits; the MAX17044's is 2.5 mV of two cells, the same of one."""
_SOC_PER_PCT = 256
_SECOND = 0x0003
_ASLEEP = 1 << 7


class WordGauge:
    """Speak the registers of one gauge; `tells_sleep` says that CONFIG has a sleep bit."""

    def __init__(self, bus: I2cBus, address: int, *, tells_sleep: bool) -> None:
        self._words = Words(bus, address)
        self._tells_sleep = tells_sleep
        version = self._words.read(_VERSION)
        # The MAX17040's datasheet gives no number for it; what is sure is that it is a small one.
        is_ours = version == _SECOND if tells_sleep else 0 < version <= _SECOND
        if not is_ours:
            raise RuntimeError(f"version 0x{version:04x} is another chip's")

    @property
    def is_asleep(self) -> bool:
        """Tell whether it was put to sleep, in which its figures stand still."""
        return self._tells_sleep and bool(self._words.read(_CONFIG) & _ASLEEP)

    @property
    def cell_voltage_v(self) -> float:
        """Give the voltage of one cell."""
        return (self._words.read(_VCELL) >> 4) * _CELL_LSB_V

    @property
    def soc_pct(self) -> float:
        """Give the state of charge as the gauge has it, which may be above 100."""
        return self._words.read(_SOC) / _SOC_PER_PCT


class WordGaugeSensor:
    """Give samples of one gauge; the constructor touches no hardware."""

    def __init__(
        self,
        *,
        name: str,
        bus: I2cBus,
        address: int,
        tells_sleep: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._bus = bus
        self._address = address
        self._tells_sleep = tells_sleep
        self._monotonic = monotonic
        self._chip: LazyChip[WordGauge] = LazyChip(
            name=name, open_chip=self._open, monotonic=monotonic
        )

    @property
    def name(self) -> str:
        """Give the sensor's name in the parameters."""
        return self._name

    def sample(self) -> BatterySample:
        """Measure now; a state of charge in 100..110 % reads as 100 %.

        Raises:
            DeviceError: absent, asleep, not estimating yet, or outside physical limits.
        """
        return self._chip.use(self._measure)

    def close(self) -> None:
        """Let the chip go; may be called twice."""
        self._chip.forget()

    def _open(self) -> WordGauge:
        self._bus.open()
        return WordGauge(self._bus, self._address, tells_sleep=self._tells_sleep)

    def _measure(self, gauge: WordGauge) -> BatterySample:
        if gauge.is_asleep:
            raise SensorImplausible(f"{self._name}: the gauge sleeps, and its figures stand still")
        cell_voltage_v = gauge.cell_voltage_v
        if not is_a_cells(cell_voltage_v):
            # Zero is what it shows before its first estimate, or another chip may sit there now.
            self._chip.forget()
        return judged(self._name, self._monotonic(), gauge.soc_pct, cell_voltage_v)


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> WordGaugeSensor:
    """Make a sensor of one first-generation gauge; touches no hardware."""
    return WordGaugeSensor(
        name=name,
        bus=bus,
        address=named.address,
        tells_sleep=named.chip != "max17040",
        monotonic=monotonic,
    )
