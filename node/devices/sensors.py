"""Build the sensors that the parameters name, on their one bus; `MAKERS` has who makes which."""

from collections.abc import Callable, Mapping, Sequence

from node.devices.bus.i2c import I2cBus
from node.devices.bus.thread import DEFAULT_DEADLINE_S, SensorThread
from node.devices.ina219 import Ina219
from node.devices.max1704x import Max1704x
from node.parameters.scheme import Parameters
from node.parameters.sections.sensor import Chip
from node.parameters.sections.sensor import Sensor as Named
from node.ports import Sensor

Monotonic = Callable[[], float]
Maker = Callable[[str, Named, I2cBus, Monotonic], Sensor]


def _ina219(name: str, named: Named, bus: I2cBus, monotonic: Monotonic) -> Sensor:
    return Ina219(
        name=name,
        bus=bus,
        address=named.address,
        shunt_ohms=named.shunt_ohms,
        max_current_a=named.max_current_a,
        invert=named.invert,
        monotonic=monotonic,
    )


def _gauge(name: str, named: Named, bus: I2cBus, monotonic: Monotonic) -> Sensor:
    return Max1704x(name=name, bus=bus, address=named.address, monotonic=monotonic)


MAKERS: Mapping[Chip, Maker] = {"ina219": _ina219, "max17048": _gauge, "max17049": _gauge}


def make_sensors(
    parameters: Parameters,
    monotonic: Monotonic,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> SensorThread:
    """Build the sensors of the file on their one bus; touches no hardware."""
    node = parameters.node

    def sensors(bus: I2cBus) -> Sequence[Sensor]:
        return [
            MAKERS[named.chip](name, named, bus, monotonic) for name, named in node.sensors.items()
        ]

    return SensorThread(
        make_bus=lambda: I2cBus(node.i2c),
        make_sensors=sensors,
        deadline_s=deadline_s,
        monotonic=monotonic,
    )
