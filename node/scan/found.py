"""What a look has found: a sentence about it, and the lines of parameters that would use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Value = str | int | float
Section = Literal["sensors", "sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold one entry of `node.sensors` or `node.sources`; `why` says what a person must decide.

    One that `lacks` keys whose values nobody can see from here is shown as a comment.
    """

    section: Section
    name: str
    keys: Mapping[str, Value]
    why: str = ""
    lacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold one thing: where it is, what it is, and the lines for it, if it may be used."""

    where: str
    sentence: str
    lines: tuple[Line, ...] = field(default=())


def said(found: Found) -> str:
    """Write what was found as one line of a report."""
    return f"  {found.where}: {found.sentence}"
