"""Hold a file for one process at a time: one writer per journal, one writer per key."""

import errno
import fcntl
import os
import stat
from pathlib import Path

from node.core.errors import NodeError

_PRIVATE = 0o600
_MADE = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A lock that is a link would make whatever it leads to."""


class FileLocked(NodeError):
    """Say that another process holds this journal or this key."""


class FileLock:
    """Hold a file for this process alone; the system lets go when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, *, create: bool) -> None:
        """Take the lock at once or not at all; one that is made is of mode 0600.

        Raises:
            FileLocked: another process has it.
            OSError: the file cannot be opened, or one that may be made is a link or no file.
        """
        if self._descriptor is not None:
            return
        descriptor = self._opened(create=create)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise FileLocked(f"{self._path}: another process uses it") from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self, *, create: bool) -> int:
        if not create:
            return os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if self._path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link, and no file of ours", str(self._path))
        descriptor = os.open(self._path, _MADE, _PRIVATE)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is no regular file", str(self._path))
        return descriptor
