"""Name what can be wrong with a sensor, so that a loop can tell one fault from another.

    DeviceError
      SensorAbsent        the chip does not answer, or is another chip
      SensorImplausible   the chip answers a value outside physical limits
      SensorOverflow      the current is beyond what the chip can measure
      BusFailed           the bus itself is away or hung: no chip on it can answer

`kind` is the same distinction as a word, for rooms that may not import this one.
"""

from typing import ClassVar

from node.core.errors import DeviceError


class SensorAbsent(DeviceError):
    """Say that a chip does not answer at its address, or is not the chip expected there."""

    kind: ClassVar[str] = "absent"


class SensorImplausible(DeviceError):
    """Say that a chip answered something that cannot be true."""

    kind: ClassVar[str] = "implausible"


class SensorOverflow(DeviceError):
    """Say that a current is at or beyond the end of the chip's range, so its value is unknown."""

    kind: ClassVar[str] = "overflow"


class BusFailed(DeviceError):
    """Say that the bus is away or hung."""

    kind: ClassVar[str] = "bus"
