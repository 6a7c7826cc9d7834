"""Look whether the parameters, which every program of a host reads, hold what is one's alone."""

import stat
from collections.abc import Iterator
from pathlib import Path

from node.parameters.scheme import Parameters
from node.system.report import Finding, line

_OF_A_BOARD = {"board", "pins", "loads", "sources", "connections", "gpio_chip", "feedback_pins"}
"""Keys of `relay` that only the relay's own host gives."""


def secrets_in_file(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Give a finding where the account's password can be read by another than the home."""
    home = parameters.node
    if home.accountpswd is None:
        return
    readers = [f"the {role}" for role in _others(parameters)]
    if path.exists() and path.stat().st_mode & stat.S_IROTH:
        readers.append("every user of this machine")
    if not readers:
        return
    yield line(
        "node.accountpswd",
        f"it stands in the open, and {' and '.join(readers)} can read this file, too",
        "put it into a file of mode 0600 of the home's own user, and name that in"
        " node.password_file instead",
    )


def _others(parameters: Parameters) -> Iterator[str]:
    if parameters.relay.model_fields_set & _OF_A_BOARD:
        yield "relay"
    if "utility" in parameters.given:
        yield "utility"
