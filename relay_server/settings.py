"""Say what the relay server must be told: frozen, checked, and independent of any file."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.core.relay_board import Wiring, wiring_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """Hold the board: `kind` is "gpio" or "mock"; `pins` are BCM numbers, channel 0 first."""

    kind: str
    pins: tuple[int, ...]
    active_high: bool
    gpio_chip: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Hold how to reach the broker; a certificate file means TLS."""

    host: str
    port: int
    user: str | None
    password_file: Path | None
    ca_file: Path | None
    client_id: str
    keepalive_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Hold the whole; accounts in the wiring are checksummed, `trusted_clients` IP addresses.

    An `ancestor_lease_s` of 0 lasts until it is changed, which is warned of.
    """

    relay: str
    community: str
    host: str
    port: int
    board: BoardSettings
    wiring: Wiring
    dead_time_s: float
    min_change_s: float
    rated_operations: int
    trusted_clients: tuple[str, ...]
    ancestor_lease_s: float
    max_lease_s: float
    max_consent_s: float
    state_directory: Path
    mqtt: MqttSettings | None


def ensure_sound(settings: ServerSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        ConfigError: with every problem at once.
    """
    problems = list(wiring_problems(settings.wiring))
    pins = settings.board.pins
    if len(set(pins)) != len(pins):
        problems.append(Problem(path="relay.pins", value=str(list(pins)), bound="distinct"))
    if len(pins) != settings.wiring.channels:
        problems.append(
            Problem(
                path="relay.pins", value=str(len(pins)), bound=f"{settings.wiring.channels} pins"
            )
        )
    for client in settings.trusted_clients:
        try:
            ipaddress.ip_address(client)
        except ValueError:
            problems.append(
                Problem(path="relay.trusted_clients", value=client, bound="an IP address")
            )
    if problems:
        raise ConfigError(problems)
