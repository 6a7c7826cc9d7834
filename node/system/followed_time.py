"""Read time that another process hands out, from a small file that is mapped into memory.

A village plays its days 720 times too fast. So that a busy machine plays them slower and not
wrong, it hands out the seconds that all its processes live by: they pass as real ones do, at `pace`
of them, up to an instant that the village moves on once its slowest part is there. On a real
machine nothing is followed.

The file holds one of two records in force and which, so that a reader never meets half a record
and never waits for the writer. All programs of one machine share its monotonic clock, from which
the record's own instant is.
"""

import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import ConfigError, Problem

NANOSECONDS = 10**9
_HEAD = struct.Struct("=8sQQ")
"""The mark, the giver's process, and which record is in force."""
_RECORD = struct.Struct("=QQQd")
_MARK = b"handtime"
_IN_FORCE_AT = 16
_IN_FORCE = struct.Struct("=Q")
SIZE = _HEAD.size + 2 * _RECORD.size


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """Say how time passes: from an instant that was reached at a real one, and up to another.

    Nanoseconds; `real_ns` is of the machine's monotonic clock, `pace` is per real second.
    """

    from_ns: int
    real_ns: int
    until_ns: int
    pace: float

    def at_ns(self, real_ns: int) -> int:
        """Give the time at an instant of the machine's monotonic clock."""
        passed_ns = int((real_ns - self.real_ns) * self.pace)
        return max(self.from_ns, min(self.until_ns, self.from_ns + passed_ns))


class HandingOut:
    """Write a file of handed-out time; the one writer."""

    def __init__(self, path: Path, first: HandedOut) -> None:
        # Whoever finds the file finds all of it.
        begun = path.with_name(f"{path.name}.new")
        begun.write_bytes(_HEAD.pack(_MARK, os.getpid(), 0) + _packed(first) + bytes(_RECORD.size))
        begun.replace(path)
        self._map = _mapped(path, mmap.ACCESS_WRITE)
        self._in_force = 0

    def write(self, record: HandedOut) -> None:
        """Put a record in force: the other place first, and then which."""
        other = 1 - self._in_force
        at = _HEAD.size + other * _RECORD.size
        self._map[at : at + _RECORD.size] = _packed(record)
        _IN_FORCE.pack_into(self._map, _IN_FORCE_AT, other)
        self._in_force = other

    def close(self) -> None:
        """Let the file go; may be called twice."""
        self._map.close()


class FollowedTime:
    """Read a file of handed-out time; safe on any thread."""

    def __init__(self, path: Path) -> None:
        """Map the file.

        Raises:
            ConfigError: nobody hands out time there.
        """
        try:
            self._map = _mapped(path, mmap.ACCESS_READ)
            mark, self._giver, _ = _HEAD.unpack_from(self._map)
        except (OSError, ValueError, struct.error) as error:
            raise _nobody(path) from error
        if mark != _MARK or not self.is_handed_out():
            raise _nobody(path)

    def seconds(self) -> float:
        """Give the time now, in seconds."""
        return self._record().at_ns(time.monotonic_ns()) / NANOSECONDS

    def is_handed_out(self) -> bool:
        """Tell whether the process that hands the time out is there."""
        return Path(f"/proc/{self._giver}").exists()

    def _record(self) -> HandedOut:
        while True:
            (in_force,) = _IN_FORCE.unpack_from(self._map, _IN_FORCE_AT)
            from_ns, real_ns, until_ns, pace = _RECORD.unpack_from(
                self._map, _HEAD.size + in_force * _RECORD.size
            )
            # Written over since, by the record after the next: rare, and read again at once.
            if _IN_FORCE.unpack_from(self._map, _IN_FORCE_AT) == (in_force,):
                return HandedOut(from_ns=from_ns, real_ns=real_ns, until_ns=until_ns, pace=pace)


def _packed(record: HandedOut) -> bytes:
    return _RECORD.pack(record.from_ns, record.real_ns, record.until_ns, record.pace)


def _mapped(path: Path, access: int) -> mmap.mmap:
    with path.open("rb" if access == mmap.ACCESS_READ else "r+b") as file:
        return mmap.mmap(file.fileno(), SIZE, access=access)


def _nobody(path: Path) -> ConfigError:
    return ConfigError(
        [
            Problem(
                path="clock.follow",
                value=str(path),
                bound="a file by which a running village hands out time; a real machine has none",
            )
        ]
    )
