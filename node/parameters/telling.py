"""Read a file of YAML as text with lines; tell each complaint with the line that it is about."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from node.core.errors import ConfigError, Problem
from node.parameters.problems import Complaint, examine
from node.parameters.spelling import visible
from node.parameters.text import Document, read
from node.parameters.types import Place, Section
from node.system.foreign_text import MOST_BYTES, bytes_of

S = TypeVar("S", bound=Section)

_AT_THE_END = 10**9


def text_of(path: Path) -> str:
    """Give a file's text, its lines ended as YAML's are.

    Raises:
        ConfigError: it cannot be read, or is not UTF-8.
    """
    try:
        text = bytes_of(path, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or "not readable"
        raise _unreadable(path, reason) from error
    except UnicodeDecodeError:
        raise _unreadable(path, "not UTF-8") from None
    return re.sub(r"\r\n?", "\n", text)


def mapping_in(text: str, where: str, holds: str) -> Document:
    """Read a text that is one mapping; `holds` says of what, to whom it is not.

    Raises:
        ConfigError: it is no YAML, or no mapping.
    """
    document = read(text, where)
    if not isinstance(document.content, dict):
        raise ConfigError([Problem(path=where, value="no mapping", bound=holds)])
    return document


def read_as(
    scheme: type[S],
    text: str,
    where: str,
    holds: str,
    rules: Iterable[Callable[[S], Iterable[Complaint]]],
) -> S:
    """Read a text that stands by itself by its scheme; `where` and `holds` are for people.

    Raises:
        ConfigError: something in it is wrong; every problem is in it, in the order of the text.
    """
    document = mapping_in(text, where, holds)
    whole, found = examine(scheme, document.content, rules)
    problems = told([*repeats(document), *found], document)
    if whole is None or problems:
        raise ConfigError(problems)
    return whole


def repeats(document: Document) -> list[Complaint]:
    """Complain of each key that stands there twice."""
    return [
        Complaint(
            place=repeat.place,
            value=f"again on line {repeat.line}",
            bound=f"each key once; it stands on line {repeat.first_line} already",
        )
        for repeat in document.repeats
    ]


def told(complaints: list[Complaint], document: Document, name: str | None = None) -> list[Problem]:
    """Give complaints as problems with their lines, in the order of the file.

    `name` is said beside a line where there is more than one file.
    """
    found = []
    for complaint in complaints:
        line = _line(document, complaint.place)
        spot = f" on line {line}" if line and " on line " not in complaint.value else ""
        if name is not None:
            spot += f" of {name}" if line else f" in {name}"
        bound = complaint.bound
        if complaint.taken_by is not None:
            bound += f"; {_dotted(complaint.taken_by)} has it already"
        problem = Problem(path=_dotted(complaint.place), value=complaint.value + spot, bound=bound)
        found.append((line or _AT_THE_END, problem))
    return [problem for _, problem in sorted(found, key=lambda entry: entry[0])]


def _dotted(place: Place) -> str:
    return ".".join(visible(str(step)) for step in place)


def _line(document: Document, place: Place) -> int | None:
    """Give the line of a place, or of what would hold it."""
    while place:
        if place in document.lines:
            return document.lines[place]
        place = place[:-1]
    return None


def _unreadable(path: Path, reason: str) -> ConfigError:
    return ConfigError([Problem(path=str(path), value=reason, bound="a file of YAML in UTF-8")])
