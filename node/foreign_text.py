"""Read small texts that other programs and editors write: keys, passwords, passphrases.

Their marks of the byte order and their ends of lines are not part of what they say.
"""

import codecs
import errno
import re
from pathlib import Path

_MOST_BYTES = 1_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text_of(path: Path) -> str:
    """Give a file's text, in UTF-8 or as its mark says.

    Raises:
        OSError: it cannot be read, is no text, or is far too long for one of these.
    """
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise OSError(errno.EFBIG, "far too long", str(path))
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
