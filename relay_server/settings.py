"""Say what the relay server must be told: frozen, checked, and independent of any file."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from node.core.errors import ConfigError, Problem
from node.core.relay.board import Wiring, wiring_problems

OUTPUTS: Mapping[str, int] = MappingProxyType({"mcp23017": 16, "pcf8574": 8})
"""How many outputs each kind of expander has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpanderSettings:
    """Hold one port expander: its kind, its address, and the BCM pin that its reset is tied to."""

    chip: str
    address: int
    reset_pin: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """Hold the board: `kind` is "gpio" or "mock"; pins are BCM numbers, channel 0 first.

    The channels after them are the outputs of the expanders, in their order. A channel beyond
    `feedback_pins`, or with None there, has no feedback.
    """

    kind: str
    pins: tuple[int, ...]
    active_high: bool
    gpio_chip: int | None
    feedback_pins: tuple[int | None, ...]
    feedback_active_high: bool
    expander_bus: str = ""
    expanders: tuple[ExpanderSettings, ...] = ()

    @property
    def channels(self) -> int:
        """Give how many channels it has."""
        return len(self.pins) + sum(OUTPUTS[expander.chip] for expander in self.expanders)


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

    An `ancestor_lease_s` of 0 lasts until it is changed, which is warned of. `follow` is the file
    of a village's time.
    """

    relay: str
    community: str
    host: str
    port: int
    board: BoardSettings
    wiring: Wiring
    dead_time_s: float
    min_change_s: float
    settle_s: float
    rated_operations: int
    closings_per_hour: int
    nonce_s: float
    trusted_clients: tuple[str, ...]
    ancestor_lease_s: float
    max_lease_s: float
    max_consent_s: float
    state_directory: Path
    mqtt: MqttSettings | None
    follow: Path | None


def ensure_sound(settings: ServerSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        ConfigError: with every problem at once.
    """
    problems = list(wiring_problems(settings.wiring))
    pins = settings.board.pins
    if len(set(pins)) != len(pins):
        problems.append(Problem(path="relay.pins", value=str(list(pins)), bound="distinct"))
    channels = settings.board.channels
    if channels != settings.wiring.channels:
        bound = f"{settings.wiring.channels} pins"
        problems.append(Problem(path="relay.pins", value=str(channels), bound=bound))
    problems += _problems_of_feedback(settings.board)
    for client in settings.trusted_clients:
        try:
            ipaddress.ip_address(client)
        except ValueError:
            problems.append(
                Problem(path="relay.trusted_clients", value=client, bound="an IP address")
            )
    if problems:
        raise ConfigError(problems)


def _problems_of_feedback(board: BoardSettings) -> list[Problem]:
    path, told = "relay.feedback_pins", str(list(board.feedback_pins))
    given = [pin for pin in board.feedback_pins if pin is not None]
    problems = []
    if len(board.feedback_pins) > board.channels:
        problems.append(Problem(path=path, value=told, bound=f"at most {board.channels} pins"))
    if len(set(given)) != len(given):
        problems.append(Problem(path=path, value=told, bound="distinct"))
    if not set(given).isdisjoint(board.pins):
        problems.append(Problem(path=path, value=told, bound="none of relay.pins"))
    return problems
