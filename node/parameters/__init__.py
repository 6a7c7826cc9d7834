"""The parameters file: what it says, or everything that is wrong with it, all at once.

One file serves a node, the relay host and the utility. It touches the file itself and nothing
that the file names: whether a keystore, a chip or a chain is there, `check` finds out.
"""

import re
from collections.abc import Collection
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.parameters.ancestor import translate
from node.parameters.notices import notices
from node.parameters.problems import Complaint, examine
from node.parameters.rules.auction import auction
from node.parameters.rules.home import (
    accounts,
    endpoints,
    offer,
    passwords,
    sellers,
    sensors,
    thresholds,
    timing,
)
from node.parameters.rules.relay import board, ends, rights
from node.parameters.rules.utility import gas, tariffs
from node.parameters.scheme import (
    ClockSection,
    ContractSection,
    Mqtt,
    Notice,
    Origin,
    Parameters,
    Seller,
)
from node.parameters.sections.auction import HomeAuction
from node.parameters.sections.home import Budget, Home, HomeOffer, Report, Role
from node.parameters.sections.relay import Connection, Load, Relay, Source
from node.parameters.sections.sensor import Sensor
from node.parameters.sections.utility import TariffBand, Utility
from node.parameters.spelling import visible
from node.parameters.text import Document, read
from node.parameters.types import Place
from node.system.foreign_text import MOST_BYTES, bytes_of

__all__ = [
    "DEFAULT_PATH",
    "Budget",
    "ClockSection",
    "Connection",
    "ContractSection",
    "Home",
    "HomeAuction",
    "HomeOffer",
    "Load",
    "Mqtt",
    "Notice",
    "Origin",
    "Parameters",
    "Relay",
    "Report",
    "Role",
    "Seller",
    "Sensor",
    "Source",
    "TariffBand",
    "Utility",
    "load",
    "parse",
]

DEFAULT_PATH = Path("/etc/peerwatt/parameters.yml")

_RULES = (
    timing,
    thresholds,
    offer,
    auction,
    sensors,
    sellers,
    accounts,
    endpoints,
    passwords,
    board,
    ends,
    rights,
    tariffs,
    gas,
)
_AT_THE_END = 10**9


def load(path: Path, reads: Collection[str] | None = None) -> Parameters:
    """Read the parameters file; `reads` as in `parse`.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong; every problem is in it.
    """
    try:
        text = bytes_of(path, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or "not readable"
        raise _unreadable(path, reason) from error
    except UnicodeDecodeError:
        raise _unreadable(path, "not UTF-8") from None
    return parse(re.sub(r"\r\n?", "\n", text), str(path), reads)


def parse(text: str, where: str, reads: Collection[str] | None = None) -> Parameters:
    """Read parameters from text; `where` names the file in messages and commands.

    `reads` names the sections that matter to the asker, None all. What is wrong in another one is
    then left out, and stands in `elsewhere`; an ancestor's file is judged as a whole.

    Raises:
        ConfigError: something in it is wrong; every problem is in it, in the file's order.
    """
    document = read(text, where)
    if not isinstance(document.content, dict):
        problem = Problem(path=where, value="no mapping", bound="sections, such as node and relay")
        raise ConfigError([problem])
    translation = translate(document.content)
    parameters, found = examine(Parameters, translation.content, _RULES)
    complaints = [
        *_repeats(document),
        *translation.complaints,
        *(translation.as_written(complaint) for complaint in found),
    ]
    problems = _told(complaints, document)
    if reads is None or translation.is_ancestors:
        reads = Parameters.model_fields
    if parameters is None or not all(_is_elsewhere(complaint, reads) for complaint in complaints):
        raise ConfigError(problems)
    parameters._elsewhere = tuple(problems)
    parameters._notices = tuple(notices(parameters, where, is_ancestors=translation.is_ancestors))
    return parameters


def _unreadable(path: Path, reason: str) -> ConfigError:
    return ConfigError([Problem(path=str(path), value=reason, bound="a file of YAML in UTF-8")])


def _repeats(document: Document) -> list[Complaint]:
    return [
        Complaint(
            place=repeat.place,
            value=f"again on line {repeat.line}",
            bound=f"each key once; it stands on line {repeat.first_line} already",
        )
        for repeat in document.repeats
    ]


def _is_elsewhere(complaint: Complaint, reads: Collection[str]) -> bool:
    """Say whether a complaint is in a section that is not read; a misspelt section could be any."""
    section = complaint.place[0] if complaint.place else None
    return section in Parameters.model_fields and section not in reads


def _told(complaints: list[Complaint], document: Document) -> list[Problem]:
    told = []
    for complaint in complaints:
        line = _line(document, complaint.place)
        spot = f" on line {line}" if line and " on line " not in complaint.value else ""
        bound = complaint.bound
        if complaint.taken_by is not None:
            bound += f"; {_dotted(complaint.taken_by)} has it already"
        problem = Problem(path=_dotted(complaint.place), value=complaint.value + spot, bound=bound)
        told.append((line or _AT_THE_END, problem))
    return [problem for _, problem in sorted(told, key=lambda entry: entry[0])]


def _dotted(place: Place) -> str:
    return ".".join(visible(str(step)) for step in place)


def _line(document: Document, place: Place) -> int | None:
    """Give the line of a place, or of what would hold it."""
    while place:
        if place in document.lines:
            return document.lines[place]
        place = place[:-1]
    return None
