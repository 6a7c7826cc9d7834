"""Build what a home senses with: its sensors, with their zeros, and the count of its battery."""

from collections.abc import Callable

from node.devices.measured import make_measured
from node.home.inward.charging import Charging
from node.home.inward.zeroing import PREFIX, Zeroing
from node.home.memory.memory import Memory
from node.home.settings import charging_settings, zero_rules
from node.parameters.scheme import Parameters
from node.ports import SensorBus, Topics
from node.system.clock import Clock


def make_sensors(
    parameters: Parameters,
    clock: Clock,
    broker: Topics,
    memory: Memory,
    is_all_open: Callable[[], bool],
) -> SensorBus:
    """Build the sensors; `is_all_open` says that it is known that no contact is closed."""
    sensors = make_measured(parameters, clock, broker)
    rules = zero_rules(parameters)
    if not rules:
        return sensors
    return Zeroing(sensors, rules, memory.recall_texts(PREFIX), memory.keep_texts, is_all_open)


def make_charging(parameters: Parameters, clock: Clock, memory: Memory) -> Charging | None:
    """Build the count of the battery; None where a gauge alone tells its charge."""
    settings = charging_settings(parameters)
    if settings is None:
        return None
    return Charging(settings, clock, memory.recall_charge(), memory.keep_charge)
