"""Measure one line with an INA219: bus voltage, current and power (TI datasheet SBOS448G).

The Adafruit driver holds the registers; this file decides the range, waits for a conversion, sees
that the chip still has its set-up, and refuses what it could not measure. Positive current flows
out of the battery or panel into the load; `invert` turns a shunt around that is wired the other
way.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from adafruit_ina219 import INA219, ADCResolution, BusVoltageRange

from node.core.records import PowerSample
from node.devices.bus.i2c import I2cBus
from node.devices.bus.lazychip import LazyChip
from node.devices.trouble import SensorImplausible, SensorOverflow
from node.parameters.sections.sensor import Sensor as Named

_log = logging.getLogger(__name__)

DEFAULT_ADDRESS = 0x40
DEFAULT_SHUNT_OHMS = 0.1
DEFAULT_MAX_CURRENT_A = 2.0
MAX_BUS_VOLTAGE_V = 26.0
"""Section 6.1: more than 26 V at the inputs is beyond the chip's absolute maximum rating."""

_DRIVER_SHUNT_OHMS = 0.1
"""The shunt that the driver's calibrations take for granted."""
_CURRENT_LSB_A = 0.0001
_BUS_LSB_V = 0.004
_CONFIGURATION_REGISTER = b"\x00"
_BUS_REGISTER = b"\x02"
_CALIBRATION_REGISTER = b"\x05"
_CALIBRATION = 4096
"""What each of the driver's calibrations writes there, for its step of 0.1 mA."""
_CALIBRATION_BITS = 0xFFFE
"""Section 8.6.4.1: the lowest bit is void."""
_CONVERSION_READY = 0x02
_MATH_OVERFLOW = 0x01
_CONVERSION_TRIES = 50
_CONVERSION_PAUSE_S = 0.001
"""Table 5: bus and shunt together convert in 34 ms at 32 averaged samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Name one of the driver's calibrations, its gain's two bits (table 4), and the full scale it
    gives with a 0.1 ohm shunt."""

    method: str
    gain: int
    full_scale_a: float

    @property
    def configuration(self) -> int:
        """Give the register as it is set up: 32 V, averages of 32, converting all the time."""
        return 1 << 13 | self.gain << 11 | 0b1101 << 7 | 0b1101 << 3 | 0b111


CALIBRATIONS = (
    Calibration(method="set_calibration_16V_400mA", gain=0, full_scale_a=0.4),
    Calibration(method="set_calibration_32V_1A", gain=2, full_scale_a=1.6),
    Calibration(method="set_calibration_32V_2A", gain=3, full_scale_a=3.2),
)


def calibration_for(*, max_current_a: float, shunt_ohms: float) -> Calibration:
    """Choose the most sensitive calibration whose full scale holds a current on a shunt.

    Raises:
        ValueError: a value is not above zero, or the current is beyond 320 mV at the shunt.
    """
    if not (max_current_a > 0 and shunt_ohms > 0):
        raise ValueError("max_current_a and shunt_ohms must be above 0")
    scaled_a = max_current_a * shunt_ohms / _DRIVER_SHUNT_OHMS
    for calibration in CALIBRATIONS:
        if scaled_a <= calibration.full_scale_a:
            return calibration
    if math.isclose(scaled_a, CALIBRATIONS[-1].full_scale_a):
        return CALIBRATIONS[-1]
    raise ValueError(
        f"{max_current_a} A through {shunt_ohms} ohm is {max_current_a * shunt_ohms * 1000:.0f} mV,"
        " and the INA219 measures up to 320 mV: use a smaller shunt"
    )


class Ina219:
    """Give samples of one INA219; `name` is the sensor's name in the parameters.

    The constructor touches no hardware; it raises ValueError when no calibration fits.
    """

    def __init__(
        self,
        *,
        name: str,
        bus: I2cBus,
        address: int = DEFAULT_ADDRESS,
        shunt_ohms: float = DEFAULT_SHUNT_OHMS,
        max_current_a: float = DEFAULT_MAX_CURRENT_A,
        invert: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._monotonic = monotonic
        self._bus = bus
        self._address = address
        self._calibration = calibration_for(max_current_a=max_current_a, shunt_ohms=shunt_ohms)
        # A larger shunt shows the driver a proportionally larger current.
        self._scale = _DRIVER_SHUNT_OHMS / shunt_ohms
        self._sign = -1.0 if invert else 1.0
        self._told_lost = False
        self._chip: LazyChip[INA219] = LazyChip(
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

    def _open(self) -> INA219:
        self._bus.open()
        driver = INA219(self._bus, self._address)
        getattr(driver, self._calibration.method)()
        # The 16 V range would clip a 24 V bus, and its step is no finer (section 7.5.1).
        driver.bus_voltage_range = BusVoltageRange.RANGE_32V
        # An inverter draws its current in 100 or 120 pulses a second: a single conversion of half
        # a millisecond would catch one at a random height, an average over 17 ms does not.
        driver.shunt_adc_resolution = ADCResolution.ADCRES_12BIT_32S
        driver.bus_adc_resolution = ADCResolution.ADCRES_12BIT_32S
        lost = self._lost_set_up()
        if lost is not None:
            raise RuntimeError(f"it does not keep its set-up, is it an INA219? ({lost})")
        return driver

    def _measure(self, driver: INA219) -> PowerSample:
        # Before, as the driver writes the calibration with each current; and after, as a dip of
        # the supply may fall in between.
        self._require_set_up()
        sample = self._converted(driver)
        self._require_set_up()
        self._told_lost = False
        return sample

    def _require_set_up(self) -> None:
        """Refuse what a chip measures that went on without its set-up."""
        lost = self._lost_set_up()
        if lost is None:
            return
        self._chip.forget()
        sentence = f"{self._name}: the chip lost its set-up ({lost}); it is set up anew"
        if not self._told_lost:
            _log.warning("%s", sentence)
        self._told_lost = True
        raise SensorImplausible(sentence)

    def _lost_set_up(self) -> str | None:
        """Say what of the set-up the chip has no more; None while it has all of it."""
        configuration = self._word(_CONFIGURATION_REGISTER)
        calibration = self._word(_CALIBRATION_REGISTER) & _CALIBRATION_BITS
        if (configuration, calibration) == (self._calibration.configuration, _CALIBRATION):
            return None
        return (
            f"configuration 0x{configuration:04x} and calibration {calibration},"
            f" not 0x{self._calibration.configuration:04x} and {_CALIBRATION}"
        )

    def _converted(self, driver: INA219) -> PowerSample:
        bus_voltage_v = self._fresh_bus_voltage_v()
        driver_current_a = float(driver.current) / 1000
        taken_at_s = self._monotonic()
        # Reading the power register clears "conversion ready" (section 8.6.3.2): the next
        # sample then proves that the chip still converts.
        _ = driver.raw_power
        if abs(driver_current_a) >= self._calibration.full_scale_a - _CURRENT_LSB_A:
            limit_a = self._calibration.full_scale_a * self._scale
            raise SensorOverflow(f"{self._name}: the current is at the range's end, {limit_a:g} A")
        if not 0 <= bus_voltage_v <= MAX_BUS_VOLTAGE_V:
            raise SensorImplausible(
                f"{self._name}: bus voltage {bus_voltage_v:.3f} V, above {MAX_BUS_VOLTAGE_V:g} V"
            )
        current_a = self._sign * driver_current_a * self._scale
        return PowerSample(
            sensor=self._name,
            taken_at_s=taken_at_s,
            bus_voltage_v=bus_voltage_v,
            current_a=current_a,
            power_w=bus_voltage_v * current_a,
        )

    def _word(self, register: bytes) -> int:
        word = bytearray(2)
        self._bus.writeto_then_readfrom(self._address, register, word)
        return int.from_bytes(word, "big")

    def _fresh_bus_voltage_v(self) -> float:
        for _ in range(_CONVERSION_TRIES):
            # One read of the register tells voltage, "ready" and "overflow" of one conversion.
            value = self._word(_BUS_REGISTER)
            if value & _MATH_OVERFLOW:
                raise SensorOverflow(f"{self._name}: current or power overflows in the chip")
            if value & _CONVERSION_READY:
                return (value >> 3) * _BUS_LSB_V
            time.sleep(_CONVERSION_PAUSE_S)
        self._chip.forget()
        raise SensorImplausible(f"{self._name}: the chip does not convert; it is set up anew")


def make(
    name: str, named: Named, bus: I2cBus, monotonic: Callable[[], float] = time.monotonic
) -> Ina219:
    """Make a sensor of one INA219; touches no hardware."""
    return Ina219(
        name=name,
        bus=bus,
        address=named.address,
        shunt_ohms=named.shunt_ohms,
        max_current_a=named.max_current_a,
        invert=named.invert,
        monotonic=monotonic,
    )
