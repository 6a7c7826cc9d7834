"""Give what belongs to one user to another one, through no link: FROM TO PATH...

Whose files these are may still be at work on them, so nothing is found by its path twice. A file
with further names stays as it is, as those may lie anywhere: it is told, and the exit status is 1.
Needs the system's own Python alone.
"""

import os
import pwd
import stat
import sys
from pathlib import Path


def give(place: Path, owner: int, to: pwd.struct_passwd) -> list[Path]:
    """Give a path and all below it; name the files that were left."""
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        left = [] if _given(place.name, folder, owner, to) else [place]
    finally:
        os.close(folder)
    if not place.is_symlink() and place.is_dir():
        for within, folders, files, descriptor in os.fwalk(place):
            left += [
                Path(within) / name
                for name in (*folders, *files)
                if not _given(name, descriptor, owner, to)
            ]
    return left


def _given(name: str, folder: int, owner: int, to: pwd.struct_passwd) -> bool:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if found.st_uid != owner:
        return True
    if not stat.S_ISDIR(found.st_mode) and found.st_nlink > 1:
        return False
    os.chown(name, to.pw_uid, to.pw_gid, dir_fd=folder, follow_symlinks=False)
    return True


def main() -> int:
    """Give each path that is there."""
    owner, to = (pwd.getpwnam(name) for name in sys.argv[1:3])
    left = [
        file
        for place in map(Path, sys.argv[3:])
        if os.path.lexists(place)
        for file in give(place, owner.pw_uid, to)
    ]
    for file in left:
        print(f"{file}: has another name as well, and stays {owner.pw_name}'s", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
