"""The parameters file: what it says, or everything that is wrong with it, all at once.

One file serves a node, the relay host and the utility. It touches the file itself, the one that it
includes, and nothing else that they name: whether a keystore, a chip or a chain is there, `check`
finds out.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from node.core.errors import ConfigError
from node.parameters.include import Included, parts_of
from node.parameters.notices import notices
from node.parameters.problems import Complaint, examine
from node.parameters.rules.auction import auction
from node.parameters.rules.home import (
    accounts,
    counting,
    endpoints,
    offer,
    passwords,
    sellers,
    thresholds,
    timing,
)
from node.parameters.rules.relay import board, ends, rights
from node.parameters.rules.sensors import sensors
from node.parameters.rules.sources import members, sources
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
from node.parameters.telling import text_of
from node.parameters.wishes import overlaid

__all__ = [
    "DEFAULT_PATH",
    "Budget",
    "ClockSection",
    "Connection",
    "ContractSection",
    "Home",
    "HomeAuction",
    "HomeOffer",
    "Included",
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
    "with_wishes",
]

DEFAULT_PATH = Path("/etc/peerwatt/parameters.yml")

_RULES = (
    timing,
    thresholds,
    offer,
    auction,
    sensors,
    counting,
    sources,
    members,
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


def load(path: Path, reads: Collection[str] | None = None) -> Parameters:
    """Read the parameters file; `reads` as in `parse`.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong; every problem is in it.
    """
    return parse(text_of(path), str(path), reads)


def with_wishes(parameters: Parameters, wishes: Mapping[str, str]) -> Parameters:
    """Give the parameters that their file and these wishes say together, by `parse`.

    Raises:
        ConfigError: they do not go together; every problem is in it.
    """
    return parse(*parameters.source, wishes=wishes, included=parameters.included)


def parse(
    text: str,
    where: str,
    reads: Collection[str] | None = None,
    wishes: Mapping[str, str] = MappingProxyType({}),
    included: Included | None = None,
) -> Parameters:
    """Read parameters from text; `where` names the file in messages and commands.

    `wishes` stand over what the text says, by their keys. `reads` names the sections that matter
    to the asker, None all. What is wrong in another one is then left out, and stands in
    `elsewhere`; an ancestor's file is judged as a whole. `included` is the file that the text
    includes, for who has read it before; None = it is read.

    Raises:
        ConfigError: something in it is wrong; every problem is in it, in the file's order.
    """
    parts = parts_of(text, where, included)
    parameters, found = examine(Parameters, overlaid(parts.content, wishes), _RULES)
    complaints, problems = parts.sorted_out(found)
    if reads is None or parts.is_ancestors:
        reads = Parameters.model_fields
    if parameters is None or not all(_is_elsewhere(complaint, reads) for complaint in complaints):
        raise ConfigError(problems)
    parameters._elsewhere = tuple(problems)
    parameters._source, parameters._content = (text, where), parts.content
    parameters._included = parts.included
    parameters._notices = tuple(notices(parameters, where, is_ancestors=parts.is_ancestors))
    return parameters


def _is_elsewhere(complaint: Complaint, reads: Collection[str]) -> bool:
    """Say whether a complaint is in a section that is not read; a misspelt section could be any."""
    section = complaint.place[0] if complaint.place else None
    return section in Parameters.model_fields and section not in reads
