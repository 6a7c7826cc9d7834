"""Turn the utility's parameters into the settings that each of its parts reads."""

from dataclasses import replace

from node.core.auction.tariff import ladder
from node.core.utility.state import UtilitySettings
from node.ledger.settings import LedgerSettings
from node.links.broker.session import MqttSettings
from node.parameters.scheme import Parameters
from node.parameters.sections.relay import DEFAULT_RELAY_NAME
from node.parameters.sections.utility import DAYS, Utility
from node.settings import ledger_settings, mqtt_settings
from node.utility.tariffs import Band, Tariffs


def utility_of(parameters: Parameters) -> Utility:
    """Give the section `utility`, or what it is by default."""
    return parameters.utility or Utility()


def rules_of(utility: Utility) -> UtilitySettings:
    """Give the settings of the utility's rules."""
    return UtilitySettings(
        peak_w=round(utility.peak_w),
        gas_target_wei=utility.gas_target_wei,
        gas_per_day_wei=utility.gas_per_day_wei,
        gas_all_per_day_wei=utility.gas_all_per_day_wei,
    )


def tariffs_of(utility: Utility) -> Tariffs:
    """Give the grid's prices by local time."""
    bands = [
        Band(
            begins_min=band.begins_min,
            weekdays=frozenset(DAYS.index(day) for day in band.days),
            tariff=ladder(band.feed_in_per_kwh, band.retail_per_kwh),
        )
        for band in utility.tariff
    ]
    return Tariffs(utility.time_zone, bands)


def relays_of(parameters: Parameters) -> tuple[str, ...]:
    """Name the relays whose wiring is believed."""
    named = utility_of(parameters).relays
    return (parameters.relay.name or DEFAULT_RELAY_NAME,) if named is None else named


def utility_ledger_settings(parameters: Parameters, *, read_only: bool) -> LedgerSettings | None:
    """Give where the chain is; None when the file names no chain, no auction, or not all else."""
    if parameters.contract.auction is None:
        return None
    return ledger_settings(parameters, read_only=read_only, program="utility")


def utility_mqtt_settings(
    parameters: Parameters, account: str | None, birth: int
) -> MqttSettings | None:
    """Give where the broker is; None when the file names none.

    Raises:
        OSError: the password file cannot be read.
    """
    name = utility_of(parameters).name
    settings = mqtt_settings(parameters, name, account, birth, program="utility")
    if settings is None or "node" not in parameters.given:
        return settings
    # A broker lets two clients of one id take the connection from each other for ever.
    return replace(settings, client_id=f"peerwatt-{parameters.community}-{name}")
