"""Speak with MeterRegistry: install a meter, report its boundaries, post the price in use."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from node.core.records import Reading, Registers
from node.core.units import format_wh
from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import Artifact, UnexpectedAnswer, artifact, topic_of
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.known import Known
from node.system.words import local_time

_INSTALL = "install(address,address,uint8,uint32)"
_HAS_ROLE = "hasRole(bytes32,address)"
_INSTALLER_ROLE = "INSTALLER_ROLE()"
_LAST_READING = "lastReading(uint256)"
_METER_COUNT = "meterCount()"
_METER_OF = "meterOf(uint256)"
_METERS = "meters(uint256)"
_LATEST_ROUND = "latestRoundData()"
_OWNER_OF = "ownerOf(uint256)"
_POST_PRICE = "postPrice(uint64)"
_PROPOSAL_OF = "proposalOf(uint256)"
_PROPOSE_REPORTER = "proposeReporter(uint256,address)"
_REPORT = "report(uint256,uint32,uint112,uint112)"
_REPORT_MANY = "reportMany(uint256,uint32,(uint112,uint112)[])"
_SET_REPORTER = "setReporter(uint256,address)"
_TAKE_REPORTER = "takeReporter(uint256)"
_INTERVAL = "INTERVAL()"
_METER_REPORTED = "MeterReported(uint256,uint32,uint112,uint112)"
_METER_INSTALLED = "MeterInstalled(uint256,address,address,uint8,uint32,uint32)"

METER_KINDS = ("consumer", "solar", "chp", "battery")
"""What a home may sell, in the contract's order."""

MOST_READINGS = 96


def _register(index: int) -> str:
    return "import" if index == 0 else "export"


_SENTENCES: Mapping[str, Callable[..., str]] = {
    "RegistryZeroInterval": lambda: "an interval needs a length",
    "RegistryRingNotPowerOfTwo": lambda ring: f"a ring of {ring} is not a power of two from 2 on",
    "RegistryZeroReporter": lambda: "a meter needs a reporter",
    "RegistryZeroPower": lambda: "a meter needs a maximum power",
    "RegistryNotReporter": lambda meter, caller: f"{caller} does not report meter {meter}",
    "RegistryNotOwner": lambda meter, caller: f"{caller} does not own meter {meter}",
    "RegistryNoProposal": lambda meter: f"nobody has proposed a reporter for meter {meter}",
    "RegistryProposalWaits": lambda meter, at: (
        f"the proposed reporter of meter {meter} can be taken from {local_time(at)} on"
    ),
    "RegistryBoundaryNotRising": lambda meter, boundary, last: (
        f"meter {meter} has reported boundary {last} already, so {boundary} comes too late"
    ),
    "RegistryBoundaryAhead": lambda meter, boundary, at: (
        f"boundary {boundary} of meter {meter} is at {local_time(at)}, which has not come yet"
    ),
    "RegistryRegisterFalls": lambda meter, register, reported, last: (
        f"the {_register(register)} register of meter {meter} would fall "
        f"from {format_wh(last)} to {format_wh(reported)}"
    ),
    "RegistryRiseAboveMaximum": lambda meter, register, rise, most: (
        f"the {_register(register)} register of meter {meter} would rise by {format_wh(rise)}, "
        f"above the {format_wh(most)} that its maximum power allows"
    ),
    "RegistryBatchLength": lambda length, most: f"{length} readings are not from 1 to {most}",
    "RegistryPackageLength": lambda length, size, most: (
        f"{length} bytes are not 1 to {most} readings of {size} bytes"
    ),
    "RegistryReadingsNotSigned": lambda meter, previous: (
        f"the readings are not signed by meter {meter}'s reporter as those after {previous}"
    ),
    "RegistryTimesAboveMost": lambda times, most: f"{times} times back are more than {most}",
    "RegistryZeroPrice": lambda: "the price in use cannot be 0",
    "RegistryNoPrice": lambda: "no price has been posted yet",
}
REGISTRY = Known(
    name="MeterRegistry",
    key="registry",
    takes=("operator", "interval_s", "ring"),
    repeated=("interval_s",),
    told=("intervals of {} s, {} meters", (_INTERVAL, _METER_COUNT)),
    since="proposeReporter",
    sentences=_SENTENCES,
)


class RegistryContract:
    """Build calls and questions to the registry; registers are milliwatt-hours."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._artifact: Artifact = artifact(REGISTRY.name)
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

    def set_reporter(self, meter_id: int, reporter: str) -> str:
        """Replace a meter's reporter at once; its owner alone may."""
        return self._artifact.call_data(_SET_REPORTER, meter_id, reporter)

    def propose_reporter(self, meter_id: int, reporter: str) -> str:
        """Propose a meter's reporter, who can be taken an interval later; the installer may."""
        return self._artifact.call_data(_PROPOSE_REPORTER, meter_id, reporter)

    def take_reporter(self, meter_id: int) -> str:
        """Make the proposed reporter a meter's; anybody may."""
        return self._artifact.call_data(_TAKE_REPORTER, meter_id)

    def proposal_of(self, meter_id: int) -> Ask[tuple[str | None, int]]:
        """Ask who is proposed to report a meter, None for nobody, and from which chain time on."""
        return self._artifact.ask(self.address, _proposal, _PROPOSAL_OF, meter_id)

    def post_price(self, price_per_kwh: int) -> str:
        """Post the price in use; the price role alone may."""
        return self._artifact.call_data(_POST_PRICE, price_per_kwh)

    def meter_count(self) -> Ask[int]:
        """Ask how many meters there are; also the newest one's id."""
        return self._artifact.ask(self.address, int, _METER_COUNT)

    def owner_of(self, meter_id: int) -> Ask[str]:
        """Ask who owns a meter; refused where none has that id."""
        return self._artifact.ask(self.address, checksum_address, _OWNER_OF, meter_id)

    def owned_power_of(self, meter_id: int) -> Ask[tuple[str, int]]:
        """Ask who owns a meter, and for the watts that it was installed with; refused for none."""
        return self._artifact.ask(self.address, _owned_power, _METER_OF, meter_id)

    def reporter_of(self, meter_id: int) -> Ask[str]:
        """Ask for a meter's reporter."""
        return self._artifact.ask(self.address, _reporter, _METERS, meter_id)

    def kind_of(self, meter_id: int) -> Ask[str]:
        """Ask for a meter's kind: what it may sell."""
        return self._artifact.ask(self.address, _kind, _METERS, meter_id)

    def last_reading(self, meter_id: int) -> Ask[tuple[int, Registers]]:
        """Ask for a meter's newest boundary and its registers; refused where none has that id."""
        return self._artifact.ask(self.address, _reading, _LAST_READING, meter_id)

    def reported(self, log: Mapping[str, Any]) -> tuple[int, int]:
        """Read the meter and the boundary of a `MeterReported` event."""
        meter_id, boundary, _, _ = self._artifact.event(_METER_REPORTED, log, indexed=1)
        return int(meter_id), int(boundary)

    def price_in_use(self) -> Ask[tuple[int, int]]:
        """Ask for the price that was posted last, in base units per kilowatt-hour, and when; the
        registry refuses where none was."""
        return self._artifact.ask(self.address, _price, _LATEST_ROUND)

    def interval(self) -> Ask[int]:
        """Ask for the seconds from one boundary to the next."""
        return self._artifact.ask(self.address, int, _INTERVAL)

    def installer_role(self) -> Ask[bytes]:
        """Ask for the name of the role that installs meters."""
        return self._artifact.ask(self.address, bytes, _INSTALLER_ROLE)

    def has_role(self, role: bytes, account: str) -> Ask[bool]:
        """Ask whether an account holds a role."""
        return self._artifact.ask(self.address, bool, _HAS_ROLE, role, account)


def _owned_power(owner: str, max_power_w: int, *_: object) -> tuple[str, int]:
    return checksum_address(owner), max_power_w


def _reporter(reporter: str, *_: object) -> str:
    return checksum_address(reporter)


def _proposal(reporter: str, from_s: int) -> tuple[str | None, int]:
    return (checksum_address(reporter) if int(reporter, 16) else None), from_s


def _kind(_reporter: str, _boundary: int, _max_power_w: int, number: int, *_: object) -> str:
    if number >= len(METER_KINDS):
        raise UnexpectedAnswer(f"the registry has a meter of an unknown kind, {number}")
    return METER_KINDS[number]


def _reading(boundary: int, imported: int, exported: int) -> tuple[int, Registers]:
    return boundary, Registers(import_milliwh=imported, export_milliwh=exported)


def _price(_round: int, answer: int, _started_s: int, updated_s: int, _in: int) -> tuple[int, int]:
    return answer, updated_s
