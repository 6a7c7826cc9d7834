"""Give a running program's journal to a backup: a copy that only its own user can fetch."""

from pathlib import Path
from typing import Protocol

from node.core.errors import NodeError, Refused

COPY_NAME, HISTORY_COPY_NAME = "journal.copy", "history.copy"
"""In the state directory of whose they are: whole, and left to whoever asked for one."""


class Copied(Protocol):
    """Write all that one keeps to another file."""

    def copy_to(self, path: Path) -> None:
        """Raise a NodeError where that cannot be."""


def copy_beside(journal: Copied, state_directory: Path) -> str:
    """Copy a running program's journal for a backup, where only its own user can fetch it.

    Raises:
        Refused: it cannot be copied.
    """
    path = state_directory / COPY_NAME
    try:
        journal.copy_to(path)
    except NodeError as error:
        raise Refused("NoJournal", str(error)) from error
    return str(path)
