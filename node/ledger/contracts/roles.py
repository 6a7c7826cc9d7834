"""Speak with a contract's roles: who may do what, granted and revoked by its admin.

To add a role: its row in `ROLES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.keys.keccak import checksum_address, keccak256
from node.ledger.contracts.artifacts import Artifact, artifact, topic_of
from node.ledger.contracts.ask import Ask
from node.ledger.contracts.community import ADDRESSED

_GRANT_ROLE = "grantRole(bytes32,address)"
_REVOKE_ROLE = "revokeRole(bytes32,address)"
_HAS_ROLE = "hasRole(bytes32,address)"
_ROLE_GRANTED = "RoleGranted(bytes32,address,address)"

ADMIN = "admin"
_ADMINS = bytes(32)
"""What OpenZeppelin's access control calls the role that gives the others away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Hold what a role is called on the chain, which contracts know it, and what it lets one do."""

    number: bytes
    contracts: tuple[str, ...]
    may: str


def _role(name: str, contract: str, may: str) -> Role:
    return Role(number=keccak256(name.encode()), contracts=(contract,), may=may)


ROLES: Mapping[str, Role] = {
    "minter": _role("MINTER_ROLE", "token", "create tokens, any number for anybody"),
    "installer": _role("INSTALLER_ROLE", "registry", "install meters and propose who reports"),
    "price": _role("PRICE_ROLE", "registry", "post the price in use"),
    "market": _role("MARKET_ROLE", "registry", "say in which market a meter is"),
    "utility": _role("UTILITY_ROLE", "auction", "set tariffs, fund the grid and withdraw from it"),
    ADMIN: Role(
        number=_ADMINS,
        contracts=("token", "registry", "auction"),
        may="grant and revoke every role of this contract, this one, too",
    ),
}

_NAMES = {known.key: known.name for known in ADDRESSED}


class RoleContract:
    """Build calls and questions about roles to one contract that has them, named by its key."""

    def __init__(self, contract: str, address: str) -> None:
        self.contract = contract
        self.address = address
        self._artifact: Artifact = artifact(_NAMES[contract])
        self.granted_topic = topic_of(self._artifact.events[_ROLE_GRANTED])

    def grant(self, role: Role, account: str) -> str:
        """Give an account a role; the admin alone may."""
        return self._artifact.call_data(_GRANT_ROLE, role.number, account)

    def revoke(self, role: Role, account: str) -> str:
        """Take a role from an account; the admin alone may."""
        return self._artifact.call_data(_REVOKE_ROLE, role.number, account)

    def has(self, role: Role, account: str) -> Ask[bool]:
        """Ask whether an account holds a role."""
        return self._artifact.ask(self.address, bool, _HAS_ROLE, role.number, account)

    def granted(self, log: Mapping[str, Any]) -> tuple[bytes, str]:
        """Read the role and the account of a `RoleGranted` event."""
        number, account, _ = self._artifact.event(_ROLE_GRANTED, log, indexed=3)
        return bytes(number), checksum_address(account)
