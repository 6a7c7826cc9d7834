"""Speak with MeterRegistry: install a meter, report its boundaries, post the price in use."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.core.records import Reading, Registers
from node.ledger.contracts.artifacts import Artifact, UnexpectedAnswer, artifact, topic_of

_INSTALL = "install(address,address,uint8,uint32)"
_LAST_READING = "lastReading(uint256)"
_METER_COUNT = "meterCount()"
_METER_OF = "meterOf(uint256)"
_METERS = "meters(uint256)"
_OWNER_OF = "ownerOf(uint256)"
_POST_PRICE = "postPrice(uint64)"
_REPORT = "report(uint256,uint32,uint112,uint112)"
_REPORT_MANY = "reportMany(uint256,uint32,(uint112,uint112)[])"
_INTERVAL = "INTERVAL()"
_METER_REPORTED = "MeterReported(uint256,uint32,uint112,uint112)"
_METER_INSTALLED = "MeterInstalled(uint256,address,address,uint8,uint32,uint32)"

METER_KINDS = ("consumer", "solar", "chp", "battery")
"""What a home may sell, in the contract's order."""

MOST_READINGS = 96


class RegistryContract:
    """Build calls to the registry and read its answers; registers are milliwatt-hours."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact("MeterRegistry")
        self.installed_topic = topic_of(self._artifact.events[_METER_INSTALLED])
        self.reported_topic = topic_of(self._artifact.events[_METER_REPORTED])

    def install(self, owner: str, reporter: str, kind: str, max_power_w: int) -> str:
        """Create a meter; the installer alone may.

        Raises:
            ValueError: no such kind.
        """
        index = METER_KINDS.index(kind)
        return self._artifact.call_data(_INSTALL, owner, reporter, index, max_power_w)

    def report(self, meter_id: int, readings: Sequence[Reading]) -> str:
        """Report 1 to 96 readings of consecutive boundaries.

        Raises:
            ValueError: none, too many, or a boundary is skipped.
        """
        if not 1 <= len(readings) <= MOST_READINGS:
            raise ValueError(f"{len(readings)} readings are not from 1 to {MOST_READINGS}")
        first = readings[0].boundary
        if [reading.boundary for reading in readings] != list(range(first, first + len(readings))):
            raise ValueError("the readings are not of consecutive boundaries")
        pairs = [(r.registers.import_milliwh, r.registers.export_milliwh) for r in readings]
        if len(pairs) == 1:
            return self._artifact.call_data(_REPORT, meter_id, first, *pairs[0])
        return self._artifact.call_data(_REPORT_MANY, meter_id, first, pairs)

    def post_price(self, price_per_kwh: int) -> str:
        """Post the price in use; the price role alone may."""
        return self._artifact.call_data(_POST_PRICE, price_per_kwh)

    def meter_count(self) -> str:
        """Ask how many meters there are; also the newest one's id."""
        return self._artifact.call_data(_METER_COUNT)

    def count(self, answer: str) -> int:
        """Read how many meters there are."""
        return int(self._artifact.results(_METER_COUNT, answer)[0])

    def owner_of(self, meter_id: int) -> str:
        """Ask who owns a meter."""
        return self._artifact.call_data(_OWNER_OF, meter_id)

    def owner(self, answer: str) -> str:
        """Read who owns a meter."""
        return str(self._artifact.results(_OWNER_OF, answer)[0])

    def meter_of(self, meter_id: int) -> str:
        """Ask who owns a meter, and what it was installed for."""
        return self._artifact.call_data(_METER_OF, meter_id)

    def owned_power(self, answer: str) -> tuple[str, int]:
        """Read who owns a meter, and the watts that it was installed with."""
        owner, max_power_w, *_ = self._artifact.results(_METER_OF, answer)
        return str(owner), int(max_power_w)

    def meters(self, meter_id: int) -> str:
        """Ask for a meter's reporter, last boundary, maximum power and kind."""
        return self._artifact.call_data(_METERS, meter_id)

    def reporter(self, answer: str) -> str:
        """Read a meter's reporter."""
        return str(self._artifact.results(_METERS, answer)[0])

    def kind(self, answer: str) -> str:
        """Read a meter's kind: what it may sell.

        Raises:
            UnexpectedAnswer: it is none that we know.
        """
        number = int(self._artifact.results(_METERS, answer)[3])
        if number >= len(METER_KINDS):
            raise UnexpectedAnswer(f"the registry has a meter of an unknown kind, {number}")
        return METER_KINDS[number]

    def last_reading(self, meter_id: int) -> str:
        """Ask for a meter's newest reading."""
        return self._artifact.call_data(_LAST_READING, meter_id)

    def reading(self, answer: str) -> tuple[int, Registers]:
        """Read a meter's newest boundary and its registers."""
        boundary, imported, exported = self._artifact.results(_LAST_READING, answer)
        return int(boundary), Registers(import_milliwh=imported, export_milliwh=exported)

    def reported(self, log: Mapping[str, Any]) -> tuple[int, int]:
        """Read the meter and the boundary of a `MeterReported` event."""
        meter_id, boundary, _, _ = self._artifact.event(_METER_REPORTED, log, indexed=1)
        return int(meter_id), int(boundary)

    def interval(self) -> str:
        """Ask for the seconds from one boundary to the next."""
        return self._artifact.call_data(_INTERVAL)

    def interval_s(self, answer: str) -> int:
        """Read the seconds from one boundary to the next."""
        return int(self._artifact.results(_INTERVAL, answer)[0])
