"""Keep wishes in a file of the node's own: each with when, by whom, and what it replaces.

When the parameters file's own value is another than that, the file has the last word.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.parameters import Parameters, parse, with_wishes
from node.parameters.edit import Uneditable, edited
from node.parameters.file import ParametersUneditable, put
from node.parameters.telling import mapping_in, text_of
from node.parameters.text import read
from node.parameters.wishes import WISHED, value_in

MOST_VALUE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Hold one wish: its value, when and by whom, and the file's value then (None: none)."""

    value: str
    at: str
    by: str
    replaces: str | None


def read_wishes(path: Path) -> dict[str, Kept]:
    """Read the wishes that were kept; none where there is no file.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    if not path.exists():
        return {}
    content = mapping_in(text_of(path), str(path), "wishes").content
    assert isinstance(content, dict)
    return {str(key): _kept(str(key), found, path) for key, found in content.items()}


def _kept(key: str, found: object, path: Path) -> Kept:
    held = found if isinstance(found, dict) else {}
    texts = {name: held.get(name) for name in ("value", "at", "by", "replaces")}
    value, at, by, replaces = texts.values()
    if (
        key not in WISHED
        or not isinstance(value, str)
        or len(value) > MOST_VALUE
        or not isinstance(at, str)
        or not isinstance(by, str)
        or not isinstance(replaces, str | None)
    ):
        problem = Problem(path=f"{path}, {key}", value="no wish", bound="as the node writes them")
        raise ConfigError([problem])
    return Kept(value=value, at=at, by=by, replaces=replaces)


def write_wishes(path: Path, wishes: Mapping[str, Kept]) -> None:
    """Write the wishes in place of those before.

    Raises:
        ParametersUneditable: the file cannot be written.
    """
    lines = ["# What this home's person wishes beside the parameters. The node writes it."]
    for key, kept in wishes.items():
        told = {"value": kept.value, "at": kept.at, "by": kept.by, "replaces": kept.replaces}
        lines.append(f"{key}: {json.dumps(told)}")
    put(path, "\n".join(lines) + "\n" if wishes else lines[0] + "\n{}\n")


def as_read(value: str) -> str | None:
    """Give a wished value as it is read of a file that says it."""
    return value_in(read(f"wished: {value}", "").content, "wished")


def written_in(parameters: Parameters, values: Mapping[str, str]) -> Parameters:
    """Give the parameters of a file into whose text wished values are written, all else left.

    Raises:
        ConfigError: they do not go together.
        ParametersUneditable: the text has no place for one of them.
    """
    wanted = with_wishes(parameters, values)
    text, where = parameters.source
    sections: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, {})[name] = value
    try:
        for section, held in sections.items():
            text = edited(text, section, held)
        found = parse(text, where, included=parameters.included)
        if dict(found) != dict(wanted):
            raise Uneditable("the text says one of them in words of its own")
    except (Uneditable, ConfigError) as error:
        by_hand = ", ".join(f"{key}: {value}" for key, value in values.items())
        raise ParametersUneditable(f"{where}: {error}; write by hand: {by_hand}") from error
    return found


def put_in_file(parameters: Parameters) -> None:
    """Write the parameters' text in place of their file's, whole or not at all.

    Raises:
        ParametersUneditable: it cannot be written.
    """
    text, where = parameters.source
    put(Path(where), text)
