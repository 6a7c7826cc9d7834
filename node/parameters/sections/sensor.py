"""One sensor in the parameters: a chip on the bus, the meter it feeds, and what it can see."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from node.core.records import MeterName, Register
from node.parameters.sections.analogue import Analogue
from node.parameters.sections.chips import CHIPS, Kind, names
from node.parameters.types import BusAddress, Number, Section, Switch, Whole, key

Side = Literal["own", "seller", "both"]
_USUAL_CURRENT_A = 3.2


def _chip(found: object) -> str:
    if not isinstance(found, str) or found not in CHIPS:
        raise ValueError(names())
    return found


Chip = Annotated[str, BeforeValidator(_chip)]


def _meter(found: object) -> object:
    return None if found == "none" else found


Meter = Annotated[MeterName | None, BeforeValidator(_meter)]


def _kind_in(data: dict[str, Any]) -> Kind:
    # A chip that is none is told by its own key; what else it would be is then of no matter.
    return CHIPS.get(data.get("chip", ""), CHIPS["max17048"])


def _highest_current_a(data: dict[str, Any]) -> float:
    highest_v, shunt_ohms = _kind_in(data).highest_shunt_v, data.get("shunt_ohms")
    return (
        min(_USUAL_CURRENT_A, highest_v / shunt_ohms)
        if highest_v and shunt_ohms
        else _USUAL_CURRENT_A
    )


class Sensor(Section):
    """Hold one chip on the bus: what it measures, and on which side of the contact it sits."""

    chip: Chip = key(..., "the chip", bound="one of those in docs/wiring.md")
    address: BusAddress = key(
        lambda data: _kind_in(data).address,
        "the chip's address on the bus; hexadecimal as in 0x40",
        bound="0x03 to 0x77",
        low=0x03,
        high=0x77,
        told="0x40 for a power chip, 0x36 for a gauge",
    )
    channel: Whole | None = key(
        None,
        "which of the chip's lines it is; null = the chip has one, or its first",
        low=0,
        high=7,
    )
    feeds: Meter = key(
        None,
        "the meter that a power chip feeds",
        bound="load, generation, connection or none; a power chip must say which",
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
        _highest_current_a,
        "the highest current to measure; times shunt_ohms at most what the chip sees",
        "A",
        low=0.01,
        high=100,
        told="3.2, or what the chip sees over shunt_ohms if that is less",
    )
    analogue: Analogue | None = key(
        None,
        "how a sensor with an analogue output is read",
        bound="range_a, supply_channel and further keys; for an acs712 alone",
    )
    invert: Switch = key(False, "the shunt is wired the other way round", bound="true or false")

    @property
    def kind(self) -> Kind:
        """Give what its chip is."""
        return CHIPS[self.chip]

    @property
    def line(self) -> int | None:
        """Give which of its chip's lines it is; None where the chip has one alone."""
        if self.channel is not None or not self.kind.channels:
            return self.channel
        return self.kind.channels[0]

    @property
    def at(self) -> int | str:
        """Give where its chip or its converter is: an address on the bus, or an SPI device."""
        analogue = self.analogue
        if self.kind.is_analogue and analogue is not None and analogue.adc == "mcp3008":
            return analogue.spi
        return self.address
