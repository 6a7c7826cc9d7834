"""Run one command for a person: what is told never stops the work, and an interruption is a word.

A pipe whose reader has gone, a terminal that was closed or a full card must not end a command
between two transactions. What the stream's encoding lacks is written as its code.
"""

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from node.core.errors import Refused

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

INTERRUPTED = 130
"""What shells give for a command that Ctrl-C ended: 128 and the signal's number."""
_NOBODY_LISTENS = (errno.EPIPE, errno.EIO)


class _Patient(io.RawIOBase):
    """Pass bytes on to a descriptor; after the first failure drop them, and remember why."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: "ReadableBuffer", /) -> int:
        if self.failure is None:
            try:
                return os.write(self._descriptor, data)
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


def run(command: Callable[[], int]) -> int:
    """Carry a command out and give its exit status; 1 if what it told could not all be written.

    Streams that are no files are left as they are.
    """
    out, err = _patient(sys.stdout), _patient(sys.stderr)
    sys.stdout, sys.stderr = out or sys.stdout, err or sys.stderr
    try:
        status = command()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        status = INTERRUPTED
    return max(status, _end(out), _end(err))


def hand_on(product: bytes) -> None:
    """Write to the standard output what, unlike a sentence, must arrive whole and as it is.

    Raises:
        OSError: it did not.
    """
    stream = sys.stdout.buffer
    stream.write(product)
    stream.flush()
    raw = getattr(stream, "raw", None)
    if isinstance(raw, _Patient) and raw.failure is not None:
        raise raw.failure


def agreed(question: str) -> bool:
    """Ask; only the whole word yes goes on, and an end of the input does not.

    Raises:
        Refused: nobody is there.
    """
    if not sys.stdin.isatty():
        raise Refused("NotAsked", "nobody is here to be asked: --yes sends without asking")
    try:
        return input(f"{question} (yes/no) ").strip().lower() == "yes"
    except EOFError:
        return False


def can_show(text: str) -> bool:
    """Say whether the standard output can carry a text as it is."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _patient(stream: TextIO | None) -> io.TextIOWrapper | None:
    if stream is None:
        return None
    try:
        descriptor = stream.fileno()
        stream.flush()
    except (OSError, ValueError):
        return None
    raw = _Patient(descriptor)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=raw.isatty() or stream is sys.__stderr__,
    )


def _end(stream: io.TextIOWrapper | None) -> int:
    if stream is None:
        return 0
    stream.flush()
    failure = stream.buffer.raw.failure  # type: ignore[attr-defined]  # ours, see above
    if failure is None or failure.errno in _NOBODY_LISTENS:
        return 0
    print(f"not all was written: {failure.strerror}", file=sys.__stderr__)
    return 1
