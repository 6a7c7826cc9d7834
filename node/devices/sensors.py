"""Build the sensors that the parameters name, on their one bus."""

from collections.abc import Callable, Sequence

from node.devices.bus.i2c import I2cBus
from node.devices.bus.thread import DEFAULT_DEADLINE_S, SensorThread
from node.devices.ina219 import Ina219
from node.devices.max1704x import Max1704x
from node.parameters.scheme import Parameters
from node.ports import Sensor


def make_sensors(
    parameters: Parameters,
    monotonic: Callable[[], float],
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> SensorThread:
    """Build the sensors of the file on their one bus; touches no hardware."""
    node = parameters.node

    def sensors(bus: I2cBus) -> Sequence[Sensor]:
        made: list[Sensor] = []
        for name, sensor in node.sensors.items():
            if sensor.chip == "ina219":
                made.append(
                    Ina219(
                        name=name,
                        bus=bus,
                        address=sensor.address,
                        shunt_ohms=sensor.shunt_ohms,
                        max_current_a=sensor.max_current_a,
                        invert=sensor.invert,
                        monotonic=monotonic,
                    )
                )
            else:
                made.append(
                    Max1704x(name=name, bus=bus, address=sensor.address, monotonic=monotonic)
                )
        return made

    return SensorThread(
        make_bus=lambda: I2cBus(node.i2c),
        make_sensors=sensors,
        deadline_s=deadline_s,
        monotonic=monotonic,
    )
