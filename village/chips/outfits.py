"""Say what a home of the village measures with: the sensors of its parameters file, by outfit."""

from collections.abc import Mapping

SHUNTS = {"load": 0x40, "generation": 0x41, "connection": 0x44}
GAUGE_ADDRESS = 0x36
SHUNT_OHMS = 0.1
"""What breakout boards carry; an INA219 measures to 3.2 A with it, far more than a played home
draws."""
USUAL = "ina219"

Sensors = Mapping[str, Mapping[str, object]]


def _shunts(chip: str, most_v: float, shunt_ohms: float = SHUNT_OHMS) -> Sensors:
    """Give a home's three shunts; `most_v` is what the chip is to see over one at most."""
    return {
        name: {
            "chip": chip,
            "address": address,
            "feeds": name,
            "positive": "import",
            "shunt_ohms": shunt_ohms,
            "max_current_a": most_v / shunt_ohms,
        }
        for name, address in SHUNTS.items()
    }


def _lines_of_one(chip: str, most_v: float, shunt_ohms: float) -> Sensors:
    """Give a home's three shunts at one chip."""
    return {
        name: {**sensor, "address": SHUNTS["load"], "channel": channel}
        for channel, (name, sensor) in enumerate(_shunts(chip, most_v, shunt_ohms).items(), 1)
    }


def _gauge(chip: str) -> Sensors:
    return {"gauge": {"chip": chip, "address": GAUGE_ADDRESS}}


OUTFITS: Mapping[str, Sensors] = {
    USUAL: {**_gauge("max17048"), **_shunts("ina219", 0.31)},
    "ina226": {**_gauge("max17043"), **_shunts("ina226", 0.08, shunt_ohms=0.02)},
    "ina228": {**_gauge("max17048"), **_shunts("ina228", 0.16, shunt_ohms=0.05)},
    "ina260": {**_gauge("max17048"), **_shunts("ina260", 0.31)},
    "ina3221": {**_gauge("max17044"), **_lines_of_one("ina3221", 0.16, shunt_ohms=0.05)},
}
"""By the chip that measures power."""
