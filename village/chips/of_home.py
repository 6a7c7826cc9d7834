"""Put the played chips of one home on its bus, and let them see the plant."""

import time
from collections.abc import Callable, Mapping
from zlib import crc32

from node.parameters.sections.sensor import Sensor
from village.chips.bus import PlayedBus
from village.chips.outfits import SHUNTS
from village.chips.played import PlayedChip, Wired, play
from village.plant.physics import Line, View


def bus_of_home(
    view: Callable[[], View], home: str, now: Callable[[], float], sensors: Mapping[str, object]
) -> PlayedBus:
    """Give a bus with the chips of a home's `sensors`, as its parameters have them.

    A sensor sees the line of `view` that it is named after; a gauge sees the battery.
    """
    named = {name: Sensor.model_validate(sensor) for name, sensor in sensors.items()}
    # Sensors are sampled as they are named. The gauge is not while it is given time to settle.
    bus = PlayedBus({}, now, last=[name for name in named if name in SHUNTS][-1])
    wired = {
        name: Wired(named=sensor, line=_line(view, name, bus.look), battery=_battery(view))
        for name, sensor in named.items()
    }
    bus.chips = chips_of(home, wired)
    return bus


def chips_of(
    home: str, wired: Mapping[str, Wired], monotonic: Callable[[], float] = time.monotonic
) -> dict[int, PlayedChip]:
    """Play the chip at each address; those of one address are one chip's."""
    by_address: dict[int, list[str]] = {}
    for name, one in wired.items():
        by_address.setdefault(one.named.address, []).append(name)
    return {
        address: play(
            [wired[name] for name in names], crc32(f"{home} {names[0]}".encode()), monotonic
        )
        for address, names in by_address.items()
    }


def _line(
    view: Callable[[], View], name: str, look: Callable[[str], None]
) -> Callable[[], tuple[float, float]]:
    def read() -> tuple[float, float]:
        look(name)
        line: Line = getattr(view(), name)
        return line.voltage_v, line.current_a

    def dark() -> tuple[float, float]:
        return 0.0, 0.0

    return read if name in SHUNTS else dark


def _battery(view: Callable[[], View]) -> Callable[[], tuple[float, float]]:
    def read() -> tuple[float, float]:
        seen = view()
        return seen.soc_pct, seen.cell_voltage_v

    return read
