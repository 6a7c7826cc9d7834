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
class Sign:
    """Hold what a chip is known by: the bits of `mask` in one of its words are those of `value`.

    Reading that word changes nothing in any chip that may be at the same address.
    """

    register: int
    value: int
    mask: int = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold what a chip is: what it gives, where on the bus it may be, and where it is by default.

    A power chip sees no more than `highest_shunt_v` over its shunt; 0 = its shunt is inside it.
    `channels` are its lines, each a sensor of its own; empty = it has one. One that `is_analogue`
    is read by a converter, whose address and channels these are, and its zero drifts. `signs` are
    what tells it, or its converter, from others.
    """

    called: str
    gives: Gives
    file: str
    addresses: range
    address: int
    highest_shunt_v: float = 0.0
    channels: range = range(0)
    is_analogue: bool = False
    signs: tuple[Sign, ...]


def _die(value: int, register: int = 0xFF) -> tuple[Sign, ...]:
    """Give the word of a die's name, whose last four bits are its revision.

    The maker's name is not asked for: its register, 0xFE, is a humidity sensor's reset.
    """
    return (Sign(register=register, value=value, mask=0xFFF0),)


def _version(value: int, mask: int = 0xFFFF) -> tuple[Sign, ...]:
    return (Sign(register=0x08, value=value, mask=mask),)


_NAMELESS = (
    Sign(register=0x00, value=0, mask=0xC000),
    Sign(register=0x02, value=0, mask=0x0004),
    Sign(register=0x05, value=0, mask=0x0001),
)
"""An INA219 has no name: these of its bits are void, or never seen set (SBOS448G, 8.6)."""
_CONVERTER = (
    Sign(register=0x01, value=0x0003, mask=0x001F),
    Sign(register=0x02, value=0x8000),
)
"""An ADS1115 whose comparator nobody uses (SBAS444D, 8.6)."""


def _gauge(called: str, file: str, signs: tuple[Sign, ...]) -> Kind:
    return Kind(
        called=called,
        gives=Gives.CHARGE,
        file=file,
        addresses=range(0x36, 0x37),
        address=0x36,
        signs=signs,
    )


def _shunt(called: str, file: str, highest_shunt_v: float, signs: tuple[Sign, ...]) -> Kind:
    return Kind(
        called=called,
        gives=Gives.POWER,
        file=file,
        addresses=range(0x40, 0x50),
        address=0x40,
        highest_shunt_v=highest_shunt_v,
        signs=signs,
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
        signs=_CONVERTER,
    )


CHIPS: Mapping[str, Kind] = {
    "acs712": _analogue("an acs712", "acs712"),
    "ina219": _shunt("an ina219", "ina219", 0.32, _NAMELESS),
    "ina226": _shunt("an ina226", "ina226", 0.0819, _die(0x2260)),
    "ina228": _shunt("an ina228", "ina228", 0.1638, _die(0x2280, 0x3F)),
    "ina260": _shunt("an ina260", "ina260", 0.0, _die(0x2270)),
    "ina3221": Kind(
        called="an ina3221",
        gives=Gives.POWER,
        file="ina3221",
        addresses=range(0x40, 0x44),
        address=0x40,
        highest_shunt_v=0.1637,
        channels=range(1, 4),
        signs=_die(0x3220),
    ),
    "max17040": _gauge("a max17040", "max17043", _version(0x0000, 0xFFFC)),
    "max17043": _gauge("a max17043", "max17043", _version(0x0003)),
    "max17044": _gauge("a max17044", "max17043", _version(0x0003)),
    "max17048": _gauge("a max17048", "max1704x", _version(0x0010, 0xFFF0)),
    "max17049": _gauge("a max17049", "max1704x", _version(0x0010, 0xFFF0)),
}


def names() -> str:
    """Give the chips' names as a sentence lists them."""
    *first, last = CHIPS
    return f"{', '.join(first)} or {last}"
