"""Say what each chip is that a sensor may be: a row of what it gives, and where it is.

Its driver is `node/devices/<file>.py`; `devices.sensors` fetches it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Gives(Enum):
    """Say what a chip tells of."""

    POWER = "power"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold what a chip is: what it gives, where on the bus it may be, and where it is by default.

    A power chip sees no more than `highest_shunt_v` over its shunt; 0 = its shunt is inside it.
    `channels` are its lines, each a sensor of its own; empty = it has one. One that `is_analogue`
    is read by a converter, whose address and channels these are, and its zero drifts.
    """

    called: str
    gives: Gives
    file: str
    addresses: range
    address: int
    highest_shunt_v: float = 0.0
    channels: range = range(0)
    is_analogue: bool = False


def _gauge(called: str, file: str) -> Kind:
    return Kind(
        called=called,
        gives=Gives.CHARGE,
        file=file,
        addresses=range(0x36, 0x37),
        address=0x36,
    )


def _shunt(called: str, file: str, highest_shunt_v: float) -> Kind:
    return Kind(
        called=called,
        gives=Gives.POWER,
        file=file,
        addresses=range(0x40, 0x50),
        address=0x40,
        highest_shunt_v=highest_shunt_v,
    )


def _analogue(called: str, file: str) -> Kind:
    return Kind(
        called=called,
        gives=Gives.POWER,
        file=file,
        addresses=range(0x48, 0x4C),
        address=0x48,
        channels=range(8),
        is_analogue=True,
    )


CHIPS: Mapping[str, Kind] = {
    "acs712": _analogue("an acs712", "acs712"),
    "ina219": _shunt("an ina219", "ina219", 0.32),
    "ina226": _shunt("an ina226", "ina226", 0.0819),
    "ina228": _shunt("an ina228", "ina228", 0.1638),
    "ina260": _shunt("an ina260", "ina260", 0.0),
    "ina3221": Kind(
        called="an ina3221",
        gives=Gives.POWER,
        file="ina3221",
        addresses=range(0x40, 0x44),
        address=0x40,
        highest_shunt_v=0.1637,
        channels=range(1, 4),
    ),
    "max17040": _gauge("a max17040", "max17043"),
    "max17043": _gauge("a max17043", "max17043"),
    "max17044": _gauge("a max17044", "max17043"),
    "max17048": _gauge("a max17048", "max1704x"),
    "max17049": _gauge("a max17049", "max1704x"),
}


def names() -> str:
    """Give the chips' names as a sentence lists them."""
    *first, last = CHIPS
    return f"{', '.join(first)} or {last}"
