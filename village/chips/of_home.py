"""Put the played chips of one home on its bus, and let them see the plant."""

from collections.abc import Callable
from zlib import crc32

from village.chips.bus import PlayedBus
from village.chips.played import PlayedIna219, PlayedMax17048
from village.plant.physics import Line, View

SHUNTS = {"load": 0x40, "generation": 0x41, "connection": 0x44}
GAUGE_ADDRESS = 0x36
SHUNT_OHMS = 0.1
"""What breakout boards carry; it measures to 3.2 A, far more than a played home draws."""


def bus_of_home(view: Callable[[], View], home: str, now: Callable[[], float]) -> PlayedBus:
    """Give a bus with the home's three shunts and its gauge, which see what `view` gives."""
    chips = {
        address: PlayedIna219(
            line=_line(view, shunt),
            shunt_ohms=SHUNT_OHMS,
            seed=crc32(f"{home} {shunt}".encode()),
        )
        for shunt, address in SHUNTS.items()
    }
    gauge = PlayedMax17048(battery=_battery(view))
    # Each sample reads the load's shunt. The gauge is not asked while it is given time to settle.
    return PlayedBus({**chips, GAUGE_ADDRESS: gauge}, now, leader=SHUNTS["load"])


def _line(view: Callable[[], View], shunt: str) -> Callable[[], tuple[float, float]]:
    pick: Callable[[View], Line] = {
        "load": lambda seen: seen.load,
        "generation": lambda seen: seen.generation,
        "connection": lambda seen: seen.connection,
    }[shunt]

    def read() -> tuple[float, float]:
        line = pick(view())
        return line.voltage_v, line.current_a

    return read


def _battery(view: Callable[[], View]) -> Callable[[], tuple[float, float]]:
    def read() -> tuple[float, float]:
        seen = view()
        return seen.soc_pct, seen.cell_voltage_v

    return read
