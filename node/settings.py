"""Turn the parameters, which people write, into the settings that home and utility share."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.ledger.settings import Headers, LedgerSettings, endpoint_name
from node.links.broker.session import MqttSettings
from node.mqtt.login import broker_login
from node.parameters.scheme import Parameters
from node.system.clock import Clock, real_time_clock
from node.system.endpoint_login import endpoint_headers
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


def ledger_settings(
    parameters: Parameters, read_only: bool, program: str = "node"
) -> LedgerSettings | None:
    """Give where the chain is; None when the file names no chain, or not all its contracts.

    Raises:
        ConfigError: what the endpoints ask for cannot be read.
    """
    contract = parameters.contract
    if not contract.node or not contract.addresses.keys() >= {"token", "registry", "sale"}:
        return None
    return LedgerSettings(
        rpc_urls=tuple(contract.node),
        chain_id=contract.chain_id,
        contracts=contract.addresses,
        sellers=tuple(seller.account for seller in parameters.sellers.values()),
        meter_id=parameters.node.report.meter,
        read_only=read_only,
        confirmations=contract.confirmations,
        poll_s=contract.poll_s,
        max_fee_per_gas_wei=contract.max_fee_wei,
        trades_at_auction=trades_at_auction(parameters),
        calendar_speed=parameters.clock.speed,
        empty_blocks=contract.empty_blocks,
        pays_by_allowance=contract.pays_by == "allowance",
        headers=headers_of(parameters, program),
    )


def headers_of(parameters: Parameters, program: str) -> Mapping[str, Headers]:
    """Give what each endpoint asks for to let somebody in, by its name.

    Raises:
        ConfigError: the file cannot be read, or names an endpoint that the parameters do not.
    """
    file = parameters.contract.login_file
    if file is None:
        return {}
    try:
        found = endpoint_headers(file, program)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _login_problem(file, why) from None
    names = {endpoint_name(url) for url in parameters.contract.node}
    for name in found:
        if name not in names:
            raise _login_problem(file, f"{name} is none of contract.node: {', '.join(names)}")
    return found


def _login_problem(file: Path, why: str) -> ConfigError:
    return ConfigError([Problem(path="contract.login_file", value=str(file), bound=why)])


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
