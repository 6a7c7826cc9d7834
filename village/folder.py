"""The folder that a village fills and empties: its own by a mark, or one that holds nothing yet."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.system.lock import FileLock

MARK = ".peerwatt-village"
_SENTENCE = "A village made this folder, and empties it at its next start.\n"


@contextmanager
def taken_folder(directory: Path) -> Iterator[None]:
    """Hold a folder for one village, made or emptied, while it lasts.

    Raises:
        NodeError: another village holds it.
        ValueError: something is there that no village has made.
        OSError: it cannot be made or emptied.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory.parent / f"{directory.name}.lock")
    lock.acquire(create=True)
    try:
        take_folder(directory)
        yield
    finally:
        lock.release()


def take_folder(directory: Path) -> None:
    """Make a folder, or empty one of an earlier village; another's is left as it is.

    Raises:
        ValueError: something is there that no village has made.
        OSError: it cannot be made or emptied.
    """
    mark = directory / MARK
    if directory.exists():
        held = list(directory.iterdir()) if directory.is_dir() else [directory]
        if held and mark not in held:
            raise ValueError(
                f"{directory} holds what no village has made ({held[0].name}), and would be"
                " emptied: name another folder by --directory, or empty this one yourself"
            )
        # The mark stays to the last, so that an emptying that was cut off can go on.
        for path in held:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != mark:
                path.unlink()
    directory.mkdir(parents=True, exist_ok=True)
    mark.write_text(_SENTENCE, encoding="utf-8")
