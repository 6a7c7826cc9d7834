"""Measure one line with a power chip: what every one of them owes, whatever its registers are.

A chip is asked whether it still has its set-up, before a sample and after it, as a dip of its
supply may fall in between; whether it has converted since the sample before; and whether the
current is within its range. What it could not measure is refused, by name. Positive current flows
out of the battery or panel into the load; `invert` turns a shunt around that is wired the other
way.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from node.core.records import PowerSample
from node.devices.bus.i2c import I2cBus
from node.devices.bus.lazychip import LazyChip
from node.devices.trouble import SensorImplausible, SensorOverflow

_log = logging.getLogger(__name__)
_CONVERSION_TRIES = 100
_CONVERSION_PAUSE_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Hold what a chip saw in one conversion; `is_beyond` says that the current is past its range.

    `current_a` has the chip's own sign.
    """

    bus_voltage_v: float
    current_a: float
    is_beyond: bool


class PowerChip(Protocol):
    """Speak one kind of power chip's registers; each verb raises OSError where it is away."""

    def lost_set_up(self) -> str | None:
        """Say what of its set-up the chip has no more; None while it has all of it."""
        ...

    def is_ready(self) -> bool:
        """Tell whether it has converted since this was last told."""
        ...

    def measure(self) -> Measured:
        """Read the newest conversion."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hold what a chip can see: the range's end in A, and the most that its inputs may have, V."""

    full_scale_a: float
    max_bus_voltage_v: float


class PowerSensor:
    """Give samples of one power chip; `name` is the sensor's name in the parameters.

    `open_chip` sets a chip up; it raises RuntimeError or ValueError where it is another chip.
    `bus` is None where it is not on I2C; `let_go` ends what it holds otherwise. The constructor
    touches no hardware.
    """

    def __init__(
        self,
        *,
        name: str,
        bus: I2cBus | None,
        open_chip: Callable[[], PowerChip],
        limits: Limits,
        invert: bool,
        monotonic: Callable[[], float] = time.monotonic,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._bus = bus
        self._open_chip = open_chip
        self._limits = limits
        self._sign = -1.0 if invert else 1.0
        self._monotonic = monotonic
        self._let_go = let_go
        self._told_lost = False
        self._chip: LazyChip[PowerChip] = LazyChip(
            name=name, open_chip=self._open, monotonic=monotonic
        )

    @property
    def name(self) -> str:
        """Give the sensor's name in the parameters."""
        return self._name

    def sample(self) -> PowerSample:
        """Measure now; power is bus voltage times current, so that it has the current's sign.

        Raises:
            DeviceError: absent, not converting, overflowing, or outside physical limits.
        """
        return self._chip.use(self._measure)

    def close(self) -> None:
        """Let the chip go; may be called twice."""
        self._chip.forget()
        self._let_go()

    def _open(self) -> PowerChip:
        if self._bus is not None:
            self._bus.open()
        chip = self._open_chip()
        lost = chip.lost_set_up()
        if lost is not None:
            raise RuntimeError(f"it does not keep its set-up, is it another chip? ({lost})")
        return chip

    def _measure(self, chip: PowerChip) -> PowerSample:
        self._require_set_up(chip)
        self._await_conversion(chip)
        measured = chip.measure()
        taken_at_s = self._monotonic()
        self._require_set_up(chip)
        self._told_lost = False
        return self._judged(measured, taken_at_s)

    def _require_set_up(self, chip: PowerChip) -> None:
        lost = chip.lost_set_up()
        if lost is None:
            return
        self._chip.forget()
        sentence = f"{self._name}: the chip lost its set-up ({lost}); it is set up anew"
        if not self._told_lost:
            _log.warning("%s", sentence)
        self._told_lost = True
        raise SensorImplausible(sentence)

    def _await_conversion(self, chip: PowerChip) -> None:
        for _ in range(_CONVERSION_TRIES):
            if chip.is_ready():
                return
            time.sleep(_CONVERSION_PAUSE_S)
        self._chip.forget()
        raise SensorImplausible(f"{self._name}: the chip does not convert; it is set up anew")

    def _judged(self, measured: Measured, taken_at_s: float) -> PowerSample:
        limits = self._limits
        if measured.is_beyond:
            raise SensorOverflow(
                f"{self._name}: the current is at the range's end, {limits.full_scale_a:g} A"
            )
        if not 0 <= measured.bus_voltage_v <= limits.max_bus_voltage_v:
            raise SensorImplausible(
                f"{self._name}: bus voltage {measured.bus_voltage_v:.3f} V,"
                f" not 0 to {limits.max_bus_voltage_v:g} V"
            )
        current_a = self._sign * measured.current_a
        return PowerSample(
            sensor=self._name,
            taken_at_s=taken_at_s,
            bus_voltage_v=measured.bus_voltage_v,
            current_a=current_a,
            power_w=measured.bus_voltage_v * current_a,
        )
