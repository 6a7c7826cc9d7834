"""Build the sensors that the parameters name, on their one bus.

Each kind of chip says in which file of this room it is driven; that file's `make` builds it.
A driver is loaded only where the parameters name its chip: a home pays for no other's.
"""

from collections.abc import Callable, Sequence
from importlib import import_module

from node.devices.bus.i2c import I2cBus
from node.devices.bus.thread import DEFAULT_DEADLINE_S, SensorThread
from node.parameters.scheme import Parameters
from node.parameters.sections.chips import Kind
from node.parameters.sections.sensor import Sensor as Named
from node.ports import Sensor

Monotonic = Callable[[], float]
Maker = Callable[[str, Named, I2cBus, Monotonic], Sensor]


def maker_of(kind: Kind) -> Maker:
    """Load the file that drives a kind of chip, and give who makes its sensors."""
    maker: Maker = import_module(f"node.devices.{kind.file}").make
    return maker


def make_sensors(
    parameters: Parameters,
    monotonic: Monotonic,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> SensorThread:
    """Build the sensors of the file on their one bus; touches no hardware."""
    node = parameters.node
    makers = {name: maker_of(named.kind) for name, named in node.sensors.items()}

    def sensors(bus: I2cBus) -> Sequence[Sensor]:
        return [makers[name](name, named, bus, monotonic) for name, named in node.sensors.items()]

    return SensorThread(
        make_bus=lambda: I2cBus(node.i2c),
        make_sensors=sensors,
        deadline_s=deadline_s,
        monotonic=monotonic,
    )
