"""Read small texts that other programs and editors write: keys, passwords, passphrases.

Their marks of the byte order and their ends of lines are not part of what they say.
"""

import codecs
import errno
import os
import re
import select
import stat
import time
from pathlib import Path

MOST_BYTES = 1_000_000
_PIECE = 65_536
_PATIENCE_S = 5.0
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def bytes_of(path: Path, most: int) -> bytes:
    """Give all that is in a file, or comes out of a pipe within a few seconds.

    Raises:
        OSError: it cannot be read, is longer than `most` bytes, or nobody writes into the pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        is_pipe = not stat.S_ISREG(mode)
        until, waiting = time.monotonic() + _PATIENCE_S, select.poll()
        waiting.register(descriptor, select.POLLIN)
        data = bytearray()
        while len(data) <= most:
            left_ms = max(0.0, until - time.monotonic()) * 1000
            if is_pipe and not waiting.poll(left_ms):
                raise OSError(errno.ETIMEDOUT, "it is no file, and nothing comes of it", str(path))
            piece = file.read(min(_PIECE, most + 1 - len(data)))
            if piece == b"":
                return bytes(data)
            data += piece or b""
    raise OSError(errno.EFBIG, "far too long", str(path))


def text_of(path: Path) -> str:
    """Give a file's text, in UTF-8 or as its mark says.

    Raises:
        OSError: it cannot be read, is no text, or is far too long for one of these.
    """
    data = bytes_of(path, MOST_BYTES)
    encoding, behind = next(
        ((encoding, len(mark)) for mark, encoding in _MARKS if data.startswith(mark)), ("utf-8", 0)
    )
    try:
        return data[behind:].decode(encoding)
    except UnicodeDecodeError:
        raise OSError(errno.EINVAL, "not text in UTF-8", str(path)) from None


def lines_of(path: Path) -> list[str]:
    r"""Give a file's lines, whichever of \n, \r\n and \r ends them; at least one.

    Raises:
        OSError: as `text_of`.
    """
    return re.split(r"\r\n|\n|\r", text_of(path))
