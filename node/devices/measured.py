"""Everything that a home measures with: the chips on its bus, and the sources of its file.

A source's file is loaded when the parameters name it, and so are the libraries that it needs.
"""

import importlib
from collections.abc import Sequence

from node.core.errors import DeviceError
from node.core.records import MeterSample, Sample
from node.devices.bus.thread import DEFAULT_DEADLINE_S
from node.devices.sensors import make_sensors
from node.devices.sources.surroundings import Surroundings
from node.devices.trouble import SensorAbsent
from node.parameters.scheme import Parameters
from node.parameters.sections.source import DataSource
from node.ports import Sensor, SensorBus, Topics
from node.system.clock import Clock


class Measured:
    """Sample chips and sources together; a `SensorBus`, in the order of the file's two lists."""

    def __init__(self, chips: SensorBus | None, sources: Sequence[Sensor]) -> None:
        self._chips = chips
        self._sources = sources

    async def sample_all(self) -> Sequence[Sample | Exception]:
        """Sample each once; a failure stands in its place. A source is never waited for."""
        sampled = [] if self._chips is None else await self._chips.sample_all()
        return [*sampled, *(_outcome_of(source) for source in self._sources)]

    def close(self) -> None:
        """Let all of them go; may be called twice."""
        for each in (self._chips, *self._sources):
            if each is not None:
                each.close()


class Missing:
    """Stand in for a source whose library is not installed."""

    def __init__(self, name: str, sentence: str) -> None:
        self._name = name
        self._sentence = sentence

    @property
    def name(self) -> str:
        """Give the source's name in the parameters."""
        return self._name

    def sample(self) -> MeterSample:
        """Refuse.

        Raises:
            DeviceError: always.
        """
        raise SensorAbsent(f"{self._name}: {self._sentence}")

    def close(self) -> None:
        """Do nothing."""


def make_measured(
    parameters: Parameters, clock: Clock, street: Topics, deadline_s: float = DEFAULT_DEADLINE_S
) -> Measured:
    """Build the chips and sources of the file; `street` is what hears the street's broker."""
    node = parameters.node
    around = Surroundings(clock=clock, street=street, directory=node.state_directory)
    chips = make_sensors(parameters, clock.monotonic_s, deadline_s) if node.sensors else None
    return Measured(chips, [made(name, named, around) for name, named in node.sources.items()])


def made(name: str, source: DataSource, around: Surroundings) -> Sensor:
    """Build one source by the file of its kind's name."""
    try:
        module = importlib.import_module(f"node.devices.sources.{source.kind}")
    except ModuleNotFoundError as error:
        extra = source.row.extra
        return Missing(name, f"{error.name} is not installed: pip install 'peerwatt[{extra}]'")
    sensor: Sensor = module.make(name, source, around)
    return sensor


def _outcome_of(source: Sensor) -> Sample | Exception:
    try:
        return source.sample()
    except DeviceError as error:
        return error
