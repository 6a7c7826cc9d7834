"""Read and write single values of one section of a parameters file, leaving every other byte.

What is written goes into the file itself, never into the one that it includes.

What would be written is read before it replaces the file: a file that loads goes on loading.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from node.core.errors import ConfigError, NodeError
from node.parameters import parse
from node.parameters.edit import Uneditable, edited
from node.parameters.include import parts_of
from node.parameters.spelling import Unclear
from node.system.foreign_text import MOST_BYTES, bytes_of


class ParametersUneditable(NodeError):
    """Say why values could not be written into the parameters file, and what to write by hand."""


def read_values(path: Path, section: str, keys: tuple[str, ...]) -> dict[str, str | None]:
    """Give the plain values of these keys, the included file's where this one is silent.

    None is one that is absent, empty or null.

    Raises:
        ParametersUneditable: the file exists and cannot be read.
    """
    try:
        content = parts_of(_text(path), str(path), None).content
    except ConfigError as error:
        raise ParametersUneditable(f"{path}: cannot be read ({error})") from error
    held = content.get(section) if isinstance(content, dict) else None
    found = held if isinstance(held, dict) else {}
    return {key: _plain(found.get(key)) for key in keys}


def write_values(path: Path, section: str, values: Mapping[str, str]) -> None:
    """Put values into a section, whole or not at all; a key that is absent is added.

    Raises:
        ParametersUneditable: the text has no place for them, or the file cannot be written.
    """
    by_hand = ", ".join(f"{key}: {value}" for key, value in values.items())
    try:
        _write(path, _changed(path, section, values), replace=True)
    except (Uneditable, ConfigError) as error:
        raise ParametersUneditable(
            f"{path}: {error}; write into `{section}` by hand: {by_hand}"
        ) from error


def put(path: Path, text: str) -> None:
    """Put a text in place of what a file holds, whole or not at all.

    Raises:
        ParametersUneditable: the file cannot be written.
    """
    _write(path, text, replace=True)


def ensure_writable(path: Path, section: str, values: Mapping[str, str]) -> None:
    """Do all of `write_values` but the last step, before what costs money is done for it.

    Raises:
        ParametersUneditable: as `write_values`.
    """
    try:
        _write(path, _changed(path, section, values), replace=False)
    except (Uneditable, ConfigError) as error:
        raise ParametersUneditable(
            f"{path}: {error}; without --parameters the addresses are printed alone, to be written"
            f" into `{section}` by hand"
        ) from error


def _changed(path: Path, section: str, values: Mapping[str, str]) -> str:
    text = _text(path)
    changed = edited(text, section, values)
    refused = _refusal(changed, path)
    if refused is not None and _refusal(text, path) is None:
        raise Uneditable(f"it would not load any more ({refused})")
    return changed


def _refusal(text: str, path: Path) -> str | None:
    try:
        parse(text, str(path))
    except ConfigError as error:
        return str(error)
    return None


def _plain(value: object) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return (value.text if isinstance(value, Unclear) else str(value)) or None


def _text(path: Path) -> str:
    try:
        return bytes_of(path, MOST_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ParametersUneditable(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise ParametersUneditable(f"{path}: cannot be read (not UTF-8)") from None


def _write(path: Path, text: str, *, replace: bool) -> None:
    # A link to the file stays a link.
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise ParametersUneditable(f"{path}: cannot be written (it is no file)")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                _keep_owner(file.fileno(), path)
                os.fsync(file.fileno())
            if replace:
                Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ParametersUneditable(f"{path}: cannot be written ({error.strerror})") from error


def _keep_owner(descriptor: int, path: Path) -> None:
    if path.exists():
        before = path.stat()
        os.fchmod(descriptor, before.st_mode & 0o7777)
        os.fchown(descriptor, before.st_uid, before.st_gid)
    else:
        os.fchmod(descriptor, 0o644)
