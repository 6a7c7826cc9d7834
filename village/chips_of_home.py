"""Put the played chips of one home on its bus, and let them see the plant."""

from collections.abc import Callable
from zlib import crc32

from village.bus import PlayedBus
from village.chips import PlayedIna219, PlayedMax17048
from village.plant import Line, Plant, View

SHUNTS = {"load": 0x40, "generation": 0x41, "connection": 0x44}
GAUGE_ADDRESS = 0x36
SHUNT_OHMS = 0.1
"""What breakout boards carry; it measures to 3.2 A, far more than a played home draws."""


def bus_of_home(plant: Plant, home: str) -> PlayedBus:
    """Give a bus with the home's three shunts and its gauge."""
    chips = {
        address: PlayedIna219(
            line=_line(plant, home, shunt),
            shunt_ohms=SHUNT_OHMS,
            seed=crc32(f"{home} {shunt}".encode()),
        )
        for shunt, address in SHUNTS.items()
    }
    return PlayedBus({**chips, GAUGE_ADDRESS: PlayedMax17048(battery=_battery(plant, home))})


def _line(plant: Plant, home: str, shunt: str) -> Callable[[], tuple[float, float]]:
    pick: Callable[[View], Line] = {
        "load": lambda view: view.load,
        "generation": lambda view: view.generation,
        "connection": lambda view: view.connection,
    }[shunt]

    def read() -> tuple[float, float]:
        line = pick(plant.view(home))
        return line.voltage_v, line.current_a

    return read


def _battery(plant: Plant, home: str) -> Callable[[], tuple[float, float]]:
    def read() -> tuple[float, float]:
        view = plant.view(home)
        return view.soc_pct, view.cell_voltage_v

    return read
