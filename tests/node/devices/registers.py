"""Put a sensor on a bus whose one chip holds just the words that a test writes there."""

from contextlib import contextmanager

from node.devices.bus.i2c import I2cBus
from node.devices.sensors import maker_of
from node.parameters.sections.sensor import Sensor
from village.chips.bus import BusServer, PlayedBus
from village.chips.words import WordPort


@contextmanager
def sensor_on(path, keys, words, size_of=lambda register: 2):
    """Give the sensor that `keys` name, on registers with these words."""
    named = Sensor.model_validate(keys)
    port = WordPort(words.__getitem__, words.__setitem__, size_of)
    with BusServer({path: PlayedBus({named.address: port})}):
        yield maker_of(named.kind)("load", named, I2cBus(f"unix:{path}"), lambda: 1.0)
