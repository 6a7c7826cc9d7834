"""Read from a machine's console what its GPIO lines did, from the kernel's first instant on.

The kernel tells every direction and level as it sets them (its gpio_direction and gpio_value
tracepoints), so what a killed machine did last is known too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINES = 28
HIGHEST_NUMBER = 1023
"""The kernel numbers the lines of its first chip downwards from here."""
_TOLD = re.compile(
    r"\[ *(?P<at>\d+\.\d+)\] gpio_(?:value: (?P<set>\d+) set (?P<level>[01])"
    r"|direction: (?P<turned>\d+)  ?(?P<way>in|out) \(0\))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hold one change: seconds since the kernel's start, the line, and "0", "1", "in" or "out"."""

    at_s: float
    line: int
    to: str


def changes(console: str) -> Iterator[Change]:
    """Give every change of a line, in order; what the kernel refused is none."""
    first = HIGHEST_NUMBER + 1 - LINES
    for told in _TOLD.finditer(console):
        number, to = (told["set"] or told["turned"]), (told["level"] or told["way"])
        yield Change(at_s=float(told["at"]), line=int(number) - first, to=to)
