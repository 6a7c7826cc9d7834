"""Where each role's account and state lie: `node` is a home, `utility` the street's market."""

import os
from dataclasses import dataclass
from pathlib import Path

from node.account.show import open_node_account
from node.core.errors import Refused
from node.keys.account import Account
from node.keys.folder import keystore_in
from node.parameters.scheme import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFiles:
    """Hold what the parameters say of a role's account; `password` is the ancestor's, if any.

    `keystore` is a folder where the parameters name one in which no file can be chosen.
    """

    role: str
    state_directory: Path
    keystore: Path
    password_file: Path | None
    address: str | None
    password: str | None

    def open(self) -> Account:
        """Open the role's account.

        Raises:
            KeyRefused: there is none, it does not open, or it is not the one that is named.
        """
        return open_node_account(
            self.keystore, self.password_file, os.environ, self.password, self.address
        )


def role_files(parameters: Parameters, role: str) -> RoleFiles:
    """Give where a role's account and state lie.

    Raises:
        Refused: the file has no section of the utility's.
    """
    section = parameters.node if role == "node" else parameters.utility
    if section is None:
        raise Refused("NoUtility", "the parameters have no section utility")
    secret = parameters.node.accountpswd if role == "node" else None
    return RoleFiles(
        role=role,
        state_directory=section.state_directory,
        keystore=keystore_in(section.keystore, section.address),
        password_file=section.password_file,
        address=section.address,
        password=secret.get_secret_value() if secret is not None else None,
    )
