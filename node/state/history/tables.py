"""Say what a history's rows are made of, and how long they are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Marks = Mapping[str, Any]
Finish = Callable[[Row, Marks], tuple[Row | None, Marks]]
"""Make of what was handed over the row to be kept (None: none), and the marks for the next one."""

QUARTER_HOUR_S = 900
YEAR_S = 366 * 86_400


def as_it_is(row: Row, marks: Marks) -> tuple[Row | None, Marks]:
    """Keep a row as it was handed over."""
    return row, marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Hold one kind of row: its columns and their types (INTEGER, REAL, TEXT, JSON), its bounds.

    Rows older than `kept_s` go, and the oldest beyond `most_rows`.
    """

    name: str
    columns: Mapping[str, str]
    kept_s: int
    most_rows: int
    finish: Finish = as_it_is


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold rows, newest first; `more` says that the span has older ones."""

    rows: tuple[Row, ...]
    more: bool
