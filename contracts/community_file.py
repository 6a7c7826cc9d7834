"""Write `community.yml`: what every home of a community says alike, for its file to include.

It is made of the operator's parameters file once the contracts stand, and holds no secret: an
endpoint with a login, or one that only the operator's machine reaches, is left out of it. In a file
that is there the contracts' values are put right, and all else stays.
"""

import argparse
import ipaddress
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

from node.ledger.contracts.community import ADDRESSED
from node.parameters import Parameters, load, parse
from node.parameters.file import ensure_writable, put, write_values
from node.parameters.scheme import CONTRACTS

_SECTION = "contract"
_NAMES = tuple(name for known in ADDRESSED for name in (CONTRACTS[known.key], *known.repeated))


def require_place(chosen: argparse.Namespace, chain_id: int | None) -> None:
    """Refuse what could not be written, before anything is deployed.

    Raises:
        ParametersUneditable: the file cannot be written.
        ValueError: an option lacks another, or no endpoint is left that a home could ask.
    """
    if chosen.community is None:
        for option, given in (("--endpoint", chosen.endpoint), ("--worth", chosen.worth)):
            if given:
                raise ValueError(f"{option}: it stands in the community's file, with --community")
        return
    if chosen.parameters is None:
        raise ValueError("--community needs --parameters, of which it is made")
    parameters = load(chosen.parameters)
    endpoints = _endpoints(chosen, parameters)
    ensure_writable(chosen.community, _SECTION, _contract(parameters, endpoints, chain_id))


def write_community(
    chosen: argparse.Namespace,
    chain_id: int | None,
    utility: str | None,
    tell: Callable[[str], None],
) -> None:
    """Write the file, as the parameters file has the contracts now.

    Raises:
        ConfigError: what the file would say is wrong.
        ParametersUneditable: it cannot be written.
    """
    file: Path = chosen.community
    parameters = load(chosen.parameters)
    endpoints = _endpoints(chosen, parameters)
    values = _contract(parameters, endpoints, chain_id)
    if file.exists():
        before = file.read_bytes()
        write_values(file, _SECTION, values)
        same = file.read_bytes() == before
        tell(f"already: {file}" if same else f"done: the contracts are in {file}")
        return
    text = community_text(parameters, values, utility, chosen.worth)
    parse(text, str(file))
    put(file, text)
    tell(f"done: {file}, for the homes to include")


def community_text(
    parameters: Parameters, contract: dict[str, str], utility: str | None, worth: str | None
) -> str:
    """Give the text of a new file; `contract` as it stands in YAML, `worth` as 0.30 EUR."""
    lines = [
        f"# What all homes of {parameters.community} say alike. Put it beside a home's parameters,",
        "# and say there, in a line of its own: include: community.yml",
        *([f"# The utility's account: {utility}"] if utility is not None else []),
        *([f"# One token is worth {worth}."] if worth is not None else []),
        f"community: {json.dumps(parameters.community)}",
        *_section(_SECTION, contract),
    ]
    relay, mqtt = parameters.relay, parameters.mqtt
    if relay.host is not None:
        lines += _section("relay", _said(host=relay.host, port=relay.port, name=relay.name))
    if mqtt is not None:
        lines += _section("mqtt", _said(host=mqtt.host, port=mqtt.port, ca_file=mqtt.ca_file))
    return "\n".join(lines) + "\n"


def _contract(parameters: Parameters, endpoints: list[str], chain_id: int | None) -> dict[str, str]:
    contract = parameters.contract
    return _said(
        node=endpoints,
        chain_id=contract.chain_id if chain_id is None else chain_id,
        **{name: getattr(contract, name) for name in _NAMES},
    )


def _endpoints(chosen: argparse.Namespace, parameters: Parameters) -> list[str]:
    """Give the endpoints to hand on: the option's, else the file's that a home may have.

    Raises:
        ValueError: none is left.
    """
    if chosen.endpoint:
        return list(chosen.endpoint)
    known: Iterable[str] = parameters.contract.node or (chosen.rpc,)
    shared = [url for url in known if _may_be_shared(url)]
    if not shared:
        raise ValueError(
            "--endpoint: name one for the community's file; those of this machine are this"
            " machine's alone, or have a login in them"
        )
    return shared


def _may_be_shared(url: str) -> bool:
    parted = urlsplit(url)
    if "@" in parted.netloc or not parted.hostname or parted.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(parted.hostname).is_loopback
    except ValueError:
        return True


def _said(**values: object) -> dict[str, str]:
    """Give values as YAML has them, in quotes where they are text; without those that are None."""
    return {
        key: json.dumps(value if isinstance(value, int | list) else str(value))
        for key, value in values.items()
        if value is not None
    }


def _section(name: str, values: dict[str, str]) -> list[str]:
    return ["", f"{name}:", *(f"  {key}: {value}" for key, value in values.items())]
