"""Ask a relay's leases for contacts, and read what they answer; two holders, of short names."""

from node.core.relay.board import Wiring
from node.core.relay.facts import HoldAsked
from node.core.relay.interlock import ConnectionsWanted
from node.core.relay.lease import Command, LeaseRules, Refuse

BUYER, OTHER = "0xB", "0xO"


def rules(wiring: Wiring, closings_per_hour: int = 1_000_000) -> LeaseRules:
    """Set a relay's bounds: a lease of two minutes at most, a consent of an hour."""
    return LeaseRules(
        wiring=wiring,
        longest_lease_s=120.0,
        longest_consent_s=3600.0,
        ancestor_lease_s=300.0,
        closings_per_hour=closings_per_hour,
    )


def hold(sequence: int, *contacts: int, lease_s: float = 15.0, account: str = BUYER) -> HoldAsked:
    """Ask for contacts, or for rest when there are none."""
    return HoldAsked(account=account, sequence=sequence, contacts=contacts, lease_s=lease_s)


def wants(*connections: int) -> ConnectionsWanted:
    """Want these connections closed, and no other."""
    return ConnectionsWanted(connections=frozenset(connections))


def refused_name(commands: tuple[Command, ...]) -> str:
    """Give the name of the refusal that is the only command."""
    (command,) = commands
    assert isinstance(command, Refuse)
    return command.refusal.name
