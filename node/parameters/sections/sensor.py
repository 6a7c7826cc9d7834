"""One sensor in the parameters: a chip on the bus, the meter it feeds, and what it can see.

`CHIPS` says what each chip is; `devices.sensors` has who makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

from pydantic import BeforeValidator

from node.core.records import MeterName, Register
from node.parameters.types import BusAddress, Number, Section, Switch, key

Chip = Literal["ina219", "max17048", "max17049"]
Side = Literal["own", "seller", "both"]


class Gives(Enum):
    """Say what a chip tells of."""

    POWER = "power"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Hold what a chip is: what it gives, where on the bus it may be, and where it is by default.

    A power chip sees no more than `highest_shunt_v` over its shunt.
    """

    called: str
    gives: Gives
    addresses: range
    address: int
    highest_shunt_v: float = 0.0


def _gauge(called: str) -> Kind:
    return Kind(called=called, gives=Gives.CHARGE, addresses=range(0x36, 0x37), address=0x36)


CHIPS: Mapping[Chip, Kind] = {
    "ina219": Kind(
        called="an ina219",
        gives=Gives.POWER,
        addresses=range(0x40, 0x50),
        address=0x40,
        highest_shunt_v=0.32,
    ),
    "max17048": _gauge("a max17048"),
    "max17049": _gauge("a max17049"),
}


def _meter(found: object) -> object:
    return None if found == "none" else found


Meter = Annotated[MeterName | None, BeforeValidator(_meter)]


class Sensor(Section):
    """Hold one chip on the bus: what it measures, and on which side of the contact it sits."""

    chip: Chip = key(..., "the chip", bound="ina219, max17048 or max17049")
    address: BusAddress = key(
        # A chip that is none is told by its own key; its address is then of no matter.
        lambda data: CHIPS.get(data.get("chip"), CHIPS["max17048"]).address,
        "the chip's address on the bus; hexadecimal as in 0x40",
        bound="0x03 to 0x77",
        low=0x03,
        high=0x77,
        told="0x40 for an ina219, 0x36 for a gauge",
    )
    feeds: Meter = key(
        None,
        "the meter that an ina219 feeds",
        bound="load, generation, connection or none; an ina219 must say which",
        told="none",
    )
    positive: Register = key(
        "import",
        "the register that positive power feeds; import = into the home",
        bound="import or export",
        told="import; export for a producer's connection; a prosumer's connection must say",
    )
    side: Side = key(
        "both",
        "the side of the contact that it sees; what sees the load's whole use sees both",
        bound="own, seller or both",
    )
    shunt_ohms: Number = key(0.1, "the shunt's resistance", "ohm", low=0.0001, high=10)
    max_current_a: Number = key(
        3.2,
        "the highest current to measure; times shunt_ohms at most 0.32 V",
        "A",
        low=0.01,
        high=100,
    )
    invert: Switch = key(False, "the shunt is wired the other way round", bound="true or false")

    @property
    def kind(self) -> Kind:
        """Give what its chip is."""
        return CHIPS[self.chip]
