"""Name every reason for caution, worst first; each says what it forbids and when it clears."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from node.core.observation import Observation


class Severity(IntEnum):
    """Order what a fault forbids; the worst wins."""

    NOTICE = 1
    NO_PURCHASE = 2
    REST = 3


class FaultName(Enum):
    """Name the faults of a home."""

    JOURNAL_UNWRITABLE = "journal_unwritable"
    SOC_MISSING = "soc_missing"
    SENSOR_FAILED = "sensor_failed"
    RELAY_LOST = "relay_lost"
    CHAIN_UNREACHABLE = "chain_unreachable"
    CHAIN_BEHIND = "chain_behind"
    CLOCK_BEHIND = "clock_behind"
    GAS_LOW = "gas_low"
    CLOCK_STEPPED = "clock_stepped"
    BROKER_LOST = "broker_lost"
    CONTACT_STUCK = "contact_stuck"
    TARIFF_REFUSED = "tariff_refused"
    TRADING_PAUSED = "trading_paused"
    REPORT_REFUSED = "report_refused"
    PAIRING_DIFFERS = "pairing_differs"
    PAIRING_UNCHECKED = "pairing_unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Hold one fault: its name, what it forbids, and a sentence that says when it clears."""

    name: FaultName
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSettings:
    """Hold the bounds of the faults; spans are monotonic seconds, the gas one is days.

    Without `empty_blocks` the chain makes one only when there is work. A home without contacts
    misses neither a relay nor a state of charge.
    """

    lease_s: float
    chain_max_age_s: float
    gas_low_days: float
    gas_per_day: int
    metering_sensors: frozenset[str]
    empty_blocks: bool = True
    has_contacts: bool = True


def find(observation: Observation, settings: FaultSettings) -> tuple[Fault, ...]:
    """Find every fault that stands now, worst first."""
    faults = [
        *_house_faults(observation, settings),
        *_chain_faults(observation, settings),
        *_notices(observation),
    ]
    return tuple(sorted(faults, key=lambda fault: -fault.severity))


def worst(faults: tuple[Fault, ...]) -> Severity | None:
    """Give the severity that rules, if any fault stands."""
    return faults[0].severity if faults else None


def _house_faults(observation: Observation, settings: FaultSettings) -> list[Fault]:
    faults = []
    if observation.journal_problem is not None:
        faults.append(
            _fault(
                FaultName.JOURNAL_UNWRITABLE,
                Severity.REST,
                f"the journal cannot be used: {observation.journal_problem}"
                " (clears when all is written)",
            )
        )
    if settings.has_contacts and observation.battery.soc_pct is None:
        faults.append(
            _fault(
                FaultName.SOC_MISSING,
                Severity.REST,
                f"state of charge unknown: {observation.battery.problem}"
                " (clears with a fresh, plausible sample)",
            )
        )
    for sensor, sentence in observation.sensor_problems:
        severity = Severity.REST if sensor in settings.metering_sensors else Severity.NOTICE
        text = f"sensor {sensor}: {sentence} (clears with its next good sample)"
        faults.append(_fault(FaultName.SENSOR_FAILED, severity, text))
    lost_at_s = observation.relay_lost_at_s
    if settings.has_contacts and lost_at_s is not None:
        # Within the lease the contacts still obey the last command, so a short cut changes nothing.
        away = observation.now_s - lost_at_s >= settings.lease_s
        severity = Severity.REST if away else Severity.NO_PURCHASE
        # No running number: the sentence becomes a state's reason, and each change of it is logged.
        span = f"{settings.lease_s:g} s or more, its lease" if away else "less than its lease"
        text = f"relay away for {span} (clears when it answers)"
        faults.append(_fault(FaultName.RELAY_LOST, severity, text))
    return faults


def _chain_faults(observation: Observation, settings: FaultSettings) -> list[Fault]:
    view = observation.chain
    if view is None or observation.chain_problem is not None:
        reason = observation.chain_problem or "not seen yet"
        text = f"chain unreachable: {reason} (clears with its next block)"
        return [_fault(FaultName.CHAIN_UNREACHABLE, Severity.NO_PURCHASE, text)]
    faults = []
    behind_s = (observation.calendar_s - view.block.timestamp_s) / observation.clock_speed
    silent_s = observation.now_s - view.observed_at_s
    if not settings.empty_blocks:
        # Its newest block may be of any age: what counts is that an endpoint says it is the newest.
        silent_s = observation.now_s - max(
            view.observed_at_s, observation.chain_stood_at_s or view.observed_at_s
        )
        behind_s = min(behind_s, silent_s)
    if -behind_s > settings.chain_max_age_s:
        text = (
            f"clock behind: block {view.block.number} is {-behind_s:.0f} s ahead of this calendar,"
            f" more than {settings.chain_max_age_s:g} s (clears when the clock is set)"
        )
        faults.append(_fault(FaultName.CLOCK_BEHIND, Severity.NO_PURCHASE, text))
    if silent_s > settings.chain_max_age_s or behind_s > settings.chain_max_age_s:
        text = (
            f"chain behind: block {view.block.number} is {max(silent_s, behind_s):.0f} s old,"
            f" more than {settings.chain_max_age_s:g} s (clears with a fresh block)"
        )
        faults.append(_fault(FaultName.CHAIN_BEHIND, Severity.NO_PURCHASE, text))
    daily_fee_wei = view.gas_price_wei * settings.gas_per_day
    if daily_fee_wei and view.gas_balance_wei < daily_fee_wei * settings.gas_low_days:
        days = view.gas_balance_wei / daily_fee_wei
        text = f"gas lasts {days:.1f} days more at this rate (clears when topped up)"
        severity = Severity.NOTICE if view.gas_balance_wei else Severity.NO_PURCHASE
        faults.append(_fault(FaultName.GAS_LOW, severity, text))
    return faults


def _notices(observation: Observation) -> list[Fault]:
    faults = []
    if observation.clock_problem is not None:
        text = f"clock stepped: {observation.clock_problem} (clears after a minute)"
        faults.append(_fault(FaultName.CLOCK_STEPPED, Severity.NOTICE, text))
    for sentence in observation.relay.stuck if observation.relay is not None else ():
        text = f"relay: {sentence} (clears when it follows again)"
        faults.append(_fault(FaultName.CONTACT_STUCK, Severity.NOTICE, text))
    if observation.report_problem is not None:
        text = f"report: {observation.report_problem} (clears when the chain takes a report)"
        faults.append(_fault(FaultName.REPORT_REFUSED, Severity.NOTICE, text))
    if observation.pairing_differs:
        text = f"{observation.pairing_differs} (clears with the next pairing)"
        faults.append(_fault(FaultName.PAIRING_DIFFERS, Severity.NOTICE, text))
    if observation.pairing_unchecked:
        text = f"{observation.pairing_unchecked} (clears when it is worked out here)"
        faults.append(_fault(FaultName.PAIRING_UNCHECKED, Severity.NOTICE, text))
    if observation.broker_problem is not None:
        text = f"broker away: {observation.broker_problem} (clears when it answers)"
        faults.append(_fault(FaultName.BROKER_LOST, Severity.NOTICE, text))
    return faults


def _fault(name: FaultName, severity: Severity, sentence: str) -> Fault:
    return Fault(name=name, severity=severity, sentence=sentence)
