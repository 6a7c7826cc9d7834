"""Turn the parameters, which people write, into the settings that home and utility share."""

from dataclasses import replace

from node.ledger.settings import LedgerSettings
from node.links.broker.session import MqttSettings
from node.mqtt.login import broker_login
from node.parameters.scheme import Parameters
from node.system.clock import Clock, real_time_clock
from node.system.followed_time import FollowedTime

STARTING_S = 10.0
"""For so long after a start what has not been heard yet is no fault worth a line."""


def trades_at_auction(parameters: Parameters) -> bool:
    """Say whether the file names all that a home needs for the auction."""
    return None not in (
        parameters.node.auction,
        parameters.contract.auction,
        parameters.node.report.meter,
    )


def clock_of(parameters: Parameters) -> Clock:
    """Give the clock that the parameters anchor.

    Raises:
        ConfigError: it follows a time that nobody hands out.
    """
    section, origin = parameters.clock, parameters.clock.origin
    followed = FollowedTime(section.follow) if section.follow is not None else None
    if origin is None:
        return replace(real_time_clock(), followed=followed)
    return Clock(
        speed=section.speed,
        origin_real_s=origin.real,
        origin_calendar_s=origin.calendar,
        followed=followed,
    )


def ledger_settings(parameters: Parameters, read_only: bool) -> LedgerSettings | None:
    """Give where the chain is; None when the file names no chain, or not all its contracts."""
    contract = parameters.contract
    if not (contract.node and contract.token and contract.address and contract.registry):
        return None
    return LedgerSettings(
        rpc_urls=tuple(contract.node),
        chain_id=contract.chain_id,
        token=contract.token,
        sale=contract.address,
        registry=contract.registry,
        auction=contract.auction,
        sellers=tuple(seller.account for seller in parameters.sellers.values()),
        meter_id=parameters.node.report.meter,
        read_only=read_only,
        confirmations=contract.confirmations,
        poll_s=contract.poll_s,
        max_fee_per_gas_wei=contract.max_fee_wei,
        trades_at_auction=trades_at_auction(parameters),
        calendar_speed=parameters.clock.speed,
        empty_blocks=contract.empty_blocks,
    )


def mqtt_settings(
    parameters: Parameters, name: str, account: str | None, birth: int, program: str = "node"
) -> MqttSettings | None:
    """Give where the broker is, and the name to speak under; None when the file names no broker.

    Raises:
        OSError: the password file cannot be read.
    """
    mqtt = parameters.mqtt
    if mqtt is None:
        return None
    login = broker_login(program, mqtt.user, mqtt.password_file)
    return MqttSettings(
        host=mqtt.host,
        port=mqtt.port,
        user=login.user,
        password=login.password,
        ca_file=mqtt.ca_file,
        client_id=mqtt.client_id or f"peerwatt-{parameters.community}-{name}",
        keepalive_s=mqtt.keepalive_s,
        community=parameters.community,
        node=name,
        account=account,
        birth=birth,
    )
