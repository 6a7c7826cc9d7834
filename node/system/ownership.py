"""Touch files that another user may write to as that user, and never through a link.

Root is asked to look after files in folders of others: what such a folder names, its owner may have
put there to have root hand over or spoil a file of somebody else's.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_NEAREST = (FileNotFoundError, NotADirectoryError)


@contextlib.contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Have no more rights inside than the folder's owner and group; only root is changed by it.

    Of a folder that is not there yet the nearest one above it counts. It may be nested; the
    whole process is changed, so no other thread may be at work.

    Raises:
        OSError: the folder cannot be looked at.
    """
    if os.getuid() != 0:
        yield
        return
    owner, group = _owner(folder)
    before = os.geteuid(), os.getegid(), os.getgroups()
    _become(owner, group, [])
    try:
        yield
    finally:
        _become(*before)


def read_file(path: Path, most_bytes: int) -> bytes:
    """Read a regular file that lies there itself.

    Raises:
        OSError: it is a link, no regular file, or cannot be read.
        ValueError: it has more bytes than that.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{path}: more than {most_bytes} bytes")
    return content


def _become(user: int, group: int, groups: list[int]) -> None:
    # Only root may change groups, so the user is changed last.
    os.seteuid(0)
    os.setgroups(groups)
    os.setegid(group)
    os.seteuid(user)


def _owner(folder: Path) -> tuple[int, int]:
    for place in (folder, *folder.parents):
        with contextlib.suppress(*_NEAREST):
            # Of a link its own owner counts, who chose where it leads.
            found = place.lstat()
            return found.st_uid, found.st_gid
    raise FileNotFoundError(f"{folder}: nothing of it is there")
