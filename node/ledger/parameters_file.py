"""Read and write single values of one section of a parameters file, leaving every other byte.

Works on lines, because a YAML library would lose the comments and the order. Knows block style
alone: `section:` at the left margin, its keys indented below it.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from node.core.errors import NodeError

_KEY_LINE = re.compile(r"^(?P<indent> +)(?P<key>[A-Za-z_]\w*):(?P<value>[^#]*?)(?P<rest>\s+#.*)?$")


class ParametersUneditable(NodeError):
    """Say why values could not be written into the parameters file, and what to write by hand."""


def read_values(path: Path, section: str, keys: tuple[str, ...]) -> dict[str, str | None]:
    """Give the plain values of these keys; None for one that is absent, empty or null.

    Raises:
        ParametersUneditable: the file exists and cannot be read.
    """
    found: dict[str, str | None] = dict.fromkeys(keys)
    for line in _section_lines(_lines(path), section):
        match = _KEY_LINE.match(line)
        if match and match["key"] in found:
            value = match["value"].strip().strip("'\"")
            found[match["key"]] = None if value in ("", "null", "~") else value
    return found


def write_values(path: Path, section: str, values: Mapping[str, str]) -> None:
    """Put values into a section, whole or not at all; a key that is absent is added.

    Raises:
        ParametersUneditable: the section is not in block style, or the file cannot be written.
    """
    lines = _lines(path)
    start, end = _bounds(lines, section)
    if start is None:
        lines += [*([""] if lines else []), f"{section}:"]
        start, end = len(lines) - 1, len(lines)
    elif lines[start].partition("#")[0].strip() != f"{section}:":
        wanted = ", ".join(f"{key}: {value}" for key, value in values.items())
        raise ParametersUneditable(
            f"{path}: `{section}` is not in block style; write into it by hand: {wanted}"
        )
    body = lines[start + 1 : end]
    lines[start + 1 : end] = _edited(body, values)
    _replace(path, "\n".join(lines) + "\n")


def _edited(body: list[str], values: Mapping[str, str]) -> list[str]:
    matches = [_KEY_LINE.match(line) for line in body]
    indent = min((match["indent"] for match in matches if match), key=len, default="  ")
    missing = dict(values)
    edited = []
    for line, match in zip(body, matches, strict=True):
        if match and match["indent"] == indent and match["key"] in missing:
            key = match["key"]
            line = f"{indent}{key}: {missing.pop(key)}{match['rest'] or ''}"
        edited.append(line)
    return [f"{indent}{key}: {value}" for key, value in missing.items()] + edited


def _section_lines(lines: list[str], section: str) -> list[str]:
    start, end = _bounds(lines, section)
    return [] if start is None else lines[start + 1 : end]


def _bounds(lines: list[str], section: str) -> tuple[int | None, int]:
    for start, line in enumerate(lines):
        if line.startswith(f"{section}:"):
            end = start + 1
            while end < len(lines) and (not lines[end].strip() or lines[end][0] in " #"):
                end += 1
            # Blank lines and comments at the left margin belong to what follows.
            while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1][0] == "#"):
                end -= 1
            return start, end
    return None, len(lines)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ParametersUneditable(f"{path}: cannot be read ({error})") from error


def _replace(path: Path, text: str) -> None:
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                _keep_owner(file.fileno(), path)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ParametersUneditable(f"{path}: cannot be written ({error.strerror})") from error


def _keep_owner(descriptor: int, path: Path) -> None:
    if path.exists():
        before = path.stat()
        os.fchmod(descriptor, before.st_mode & 0o7777)
        os.fchown(descriptor, before.st_uid, before.st_gid)
    else:
        os.fchmod(descriptor, 0o644)
