"""Keep wishes in a file of the node's own: each with when, by whom, and what it replaces.

When the parameters file's own value is another than that, the file has the last word.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.parameters.file import put
from node.parameters.telling import mapping_in, text_of
from node.parameters.wishes import WISHED

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
