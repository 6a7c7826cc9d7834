"""Read or write a file of the person who asked by sudo, for a program that may do neither.

    python3 person_file.py take FILE    the file's bytes to the standard output
    python3 person_file.py put FILE     the standard input's to a new file of that person's, 0600

Neither follows a link at that name, and nothing that is there is written over. Needs the system's
own Python alone.
"""

import os
import pwd
import stat
import sys
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
_TAKEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PUT = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def take(path: Path) -> bytes:
    """Give the bytes of a regular file.

    Raises:
        OSError: it is a link, no regular file, or cannot be read.
        ValueError: it is larger than any backup.
    """
    if path.is_symlink():
        raise OSError(f"{path}: it is a link; name the file itself")
    with os.fdopen(os.open(path, _TAKEN), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path}: it is no regular file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path}: more than {MOST_BYTES} bytes")
    return content


def put(path: Path, content: bytes) -> None:
    """Write a new file with the person's own rights, and with root's only where those do not do.

    Raises:
        OSError: something is there already, or it cannot be written.
    """
    try:
        become_person()
        write(path, content)
    except PermissionError:
        os.seteuid(0)
        write(path, content)


def become_person() -> None:
    """Take the rights of whoever asked by sudo; root that asked itself stays root."""
    user = int(os.environ.get("SUDO_UID", "0"))
    if os.geteuid() != 0 or user == 0:
        return
    person = pwd.getpwuid(user)
    os.initgroups(person.pw_name, person.pw_gid)
    os.setegid(person.pw_gid)
    os.seteuid(user)


def write(path: Path, content: bytes) -> None:
    """Write a new file whole, or leave none."""
    file = os.fdopen(os.open(path, _PUT, 0o600), "wb")
    try:
        with file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def main() -> int:
    """Carry one of the two out; 1 and a sentence if it cannot be."""
    word, name = sys.argv[1:]
    try:
        if word == "take":
            sys.stdout.buffer.write(take(Path(name)))
        else:
            put(Path(name), sys.stdin.buffer.read())
    except FileExistsError:
        print(f"{name}: exists already and is left as it is", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
