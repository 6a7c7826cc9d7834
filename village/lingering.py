"""Let homes rest once the day is over, and wait for somebody to have seen enough."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterable
from pathlib import Path

from node.links.status import ask

REST_WITHIN_S = 30.0
"""Real seconds; homes let go of their contacts within a second of the village's."""
_LOOK_EVERY_S = 0.2


def is_interactive() -> bool:
    """Tell whether somebody watches, and can press a key."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_to_rest(places: Iterable[Path], is_at_rest: Callable[[], bool]) -> None:
    """Have the homes of these state directories stay on their own source, until all do.

    Raises:
        Refused: a home cannot be asked.
    """
    for place in places:
        ask(place, {"do": "own_source", "on": True})
    ends_s = time.monotonic() + REST_WITHIN_S
    while not is_at_rest() and time.monotonic() < ends_s:
        time.sleep(_LOOK_EVERY_S)


def wait_for_key() -> None:
    """Return at the first key or Ctrl-C; the terminal is as before then."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        # What was pressed while the day was played is no answer to this.
        termios.tcflush(terminal, termios.TCIFLUSH)
        while not select.select([terminal], [], [], _LOOK_EVERY_S)[0]:
            pass
        os.read(terminal, 1)
    except KeyboardInterrupt:
        # It ends as with a key, and not early.
        pass
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
