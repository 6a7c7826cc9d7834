"""Show lines that change on a terminal: on its other screen, cut to its width, and put back after.

What was on the terminal stands there again at the end, however it ends.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TextIO

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""The other screen without a cursor, and back (xterm's control sequences, DECSET 1049 and 25)."""
_HOME, _END_OF_LINE, _END = "\x1b[H", "\x1b[K", "\x1b[J"
_RED, _PLAIN = "\x1b[31m", "\x1b[0m"
_FULL, _EMPTY, _MORE = "#", ".", "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold one line; a `warns` one is red where colours are wanted."""

    text: str
    warns: bool = False


class Screen:
    """Draw on a terminal, as a context."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = "NO_COLOR" not in os.environ

    def __enter__(self) -> "Screen":
        self._write(_ENTER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write(_LEAVE)

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these lines, as many and as much of each as there is place for."""
        size = shutil.get_terminal_size()
        shown = [self._written(line, size.columns) for line in lines[: size.lines]]
        # A line that fills the width would push the screen up at its end.
        self._write(_HOME + f"{_END_OF_LINE}\r\n".join(shown) + _END_OF_LINE + _END)

    def _written(self, line: Line, columns: int) -> str:
        text = cut(line.text, columns)
        return f"{_RED}{text}{_PLAIN}" if line.warns and self._colours else text

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def cut(text: str, columns: int) -> str:
    """Cut a line to a width, and show that it was."""
    return text if len(text) <= columns else text[: max(0, columns - 1)] + _MORE[:columns]


def bar(part: float | None, cells: int) -> str:
    """Draw a part of 1 in so many cells; nothing where it is not known."""
    if part is None:
        return f"[{'?' * cells}]"
    full = round(min(1.0, max(0.0, part)) * cells)
    return f"[{_FULL * full}{_EMPTY * (cells - full)}]"
