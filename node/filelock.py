"""Hold a file for one process at a time: one writer per journal, one writer per key."""

import fcntl
from pathlib import Path
from typing import IO

from node.core.errors import NodeError


class FileLocked(NodeError):
    """Say that another process holds this journal or this key."""


class FileLock:
    """Hold a file for this process alone; the system lets go when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self, *, create: bool) -> None:
        """Take the lock at once or not at all.

        Raises:
            FileLocked: another process has it.
            OSError: the file cannot be opened.
        """
        if self._file is not None:
            return
        file = self._path.open("ab" if create else "rb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise FileLocked(f"{self._path}: another process uses it") from None
        self._file = file

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._file is not None:
            self._file.close()
            self._file = None
