"""Read what endpoints of the chain ask for to let somebody in: a private file, a line for each.

A line is ENDPOINT basic USER:PASSWORD, ENDPOINT bearer TOKEN, or ENDPOINT header NAME: VALUE; an
endpoint is named as `check` names it, by host and port. What is said there is in no error.
"""

import base64
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from node.system.foreign_text import lines_of

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_MOST_CHARACTERS = 8_192
_OURS = frozenset({"host", "content-length", "content-type", "accept-encoding", "connection"})
"""Headers that are not for others to say: a reply could not be read any more."""
_FORMS = "ENDPOINT basic USER:PASSWORD, ENDPOINT bearer TOKEN or ENDPOINT header NAME: VALUE"


def endpoint_headers(file: Path, program: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Give each endpoint's headers, by its name; FILE.node and .utility are a program's own.

    Raises:
        ValueError: a line says nothing that can be, or others may read the file.
        OSError: it cannot be read.
    """
    own = file.with_name(f"{file.name}.{program}")
    chosen = own if own.exists() else file
    mode = stat.S_IMODE(chosen.stat().st_mode)
    if mode & 0o077:
        raise ValueError(f"mode {mode:04o} lets others read it; run chmod 600 {chosen}")
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for number, line in enumerate(lines_of(chosen), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        endpoint, header = _read(line.strip(), number)
        found[endpoint] = (*found.get(endpoint, ()), header)
    return found


def _read(line: str, number: int) -> tuple[str, tuple[str, str]]:
    words = line.split(None, 2)
    if len(words) != 3 or len(line) > _MOST_CHARACTERS or not line.isprintable():
        raise ValueError(f"line {number}: {_FORMS}")
    endpoint, kind, said = words
    match kind.lower():
        case "basic" if ":" in said:
            told = base64.b64encode(said.encode()).decode()
            return endpoint, ("Authorization", f"Basic {told}")
        case "bearer" if said.isascii() and " " not in said:
            return endpoint, ("Authorization", f"Bearer {said}")
        case "header":
            name, colon, value = said.partition(":")
            is_ours = name.lower() in _OURS
            if colon and _NAME.fullmatch(name) and value.strip().isascii() and not is_ours:
                return endpoint, (name, value.strip())
    raise ValueError(f"line {number}: {_FORMS}")
