"""Say commands, errors and times as the person at this machine types and reads them."""

import logging
import os
import re
import shlex
import sys
from datetime import datetime, tzinfo
from itertools import pairwise
from pathlib import Path

from node.core.errors import Refused

_PLACE = ("opt", "peerwatt")
"""Below it the installer keeps the program; its command `peerwatt` is there, too."""

_INTERVAL = re.compile(r"\b(interval|part in|boundary) (\d{5,})")
"""Intervals and their boundaries are numbered from 1970 on, so a real one has as many digits."""
_LONG_MIN = 5
"""From here on minutes tell more than seconds."""


def is_installed() -> bool:
    """Say whether this program was put here by the installer, rather than run in a checkout."""
    return _PLACE in pairwise(Path(sys.prefix).parts)


def program() -> str:
    """Give how this program's commands begin here."""
    return "sudo peerwatt" if is_installed() else "python -m node"


def called(word: str, module: str) -> str:
    """Give how a program was called: by its word of the command `peerwatt`, or by its module."""
    caller = Path(sys.argv[0])
    if "peerwatt" in (caller.name, caller.parent.name if caller.name == "__main__.py" else ""):
        return f"peerwatt {word}"
    return f"python -m {module}"


def own_command(words: str, path: Path) -> str:
    """Give what to type for one of the node's commands; `path` is the parameters file.

    The installer's command knows its file and its user by itself.
    """
    if is_installed():
        return f"{program()} {words}"
    return f"{program()} {words} --parameters {shlex.quote(str(path))}"


def told(error: Exception) -> str:
    """Give an error's sentence; the names that programs tell refusals by are left out.

    There is always one: an error without words is told by what kind of thing it is.
    """
    if isinstance(error, Refused):
        return error.sentence
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        # Without the system's number of it, which tells a person nothing.
        return ": ".join(str(part) for part in (error.filename, _why(error)) if part)
    return str(error) or f"failed without a word ({type(error).__name__})"


_ASYNCIOS = ("Connect call", "error while attempting")


def _why(error: OSError) -> str:
    """Give an error's own words; for asyncio's, which have the address again, the system's."""
    said = str(error.strerror)
    return os.strerror(error.errno) if said.startswith(_ASYNCIOS) and error.errno else said


def span(seconds: float) -> str:
    """Write a span for people, in its two largest units: `2 days 3 h`, `75 s`."""
    whole = round(seconds)
    minutes, rest_s = divmod(whole, 60)
    hours, rest_min = divmod(minutes, 60)
    days, rest_h = divmod(hours, 24)
    if days:
        return f"{days} day{'s' if days > 1 else ''} {rest_h} h"
    if hours:
        return f"{hours} h {rest_min} min"
    return f"{minutes} min {rest_s} s" if minutes >= _LONG_MIN else f"{whole} s"


def with_local_times(text: str, interval_s: int, zone: tzinfo | None = None) -> str:
    """Add to the number of each interval or boundary when it begins, in this machine's own zone or
    a given one."""

    def told(found: re.Match[str]) -> str:
        begins = _written("%a %H:%M %z", int(found[2]) * interval_s, zone)
        return found[0] if begins is None else f"{found[0]} ({begins})"

    return _INTERVAL.sub(told, text)


class LocalTimes(logging.Formatter):
    """Write a log's lines with the times that their intervals begin at."""

    def __init__(self, layout: str, interval_s: int) -> None:
        super().__init__(layout)
        self._interval_s = interval_s

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Give the line itself; what a traceback says below it stays as it is."""
        return with_local_times(super().formatMessage(record), self._interval_s)


def local_time(calendar_s: float) -> str:
    """Write an instant in this machine's own zone: `Sun 29 Nov 14:15:00 +0100`.

    One that no calendar has (a chain may tell any number) stays the number that it is.
    """
    return _written("%a %d %b %H:%M:%S %z", calendar_s) or f"second {round(calendar_s)}"


def _written(layout: str, calendar_s: float, zone: tzinfo | None = None) -> str | None:
    """Write an instant in a zone, or this machine's own; None of one that no calendar has."""
    try:
        return datetime.fromtimestamp(calendar_s, zone).astimezone(zone).strftime(layout)
    except (OverflowError, OSError, ValueError):
        return None
