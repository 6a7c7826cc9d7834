"""The page's own parameters: a dozen keys, each with its bound; every problem is told at once.

It is no part of the node's file, which the page's user cannot read, nor of its scheme, whose
library alone would take as much memory as the page does.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import yaml

from node.core.errors import ConfigError, Problem
from node.system.foreign_text import text_of
from node.system.words import told

DEFAULT_PATH = Path("/etc/peerwatt/page.yml")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?")
_ORIGIN = re.compile(r"https?://[a-z0-9._-]+(:\d{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+){1,8}")
_MOST_PROGRAMS = 64
_TAKEN = ("login", "logout", "first", "static", "password", "events", "metrics")
"""What the page itself calls parts of its addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Hold what page.yml says: where it listens, whom it asks, and who may look.

    `hosts` are names it is reached by, beside addresses and this machine's own; `framed_by` are
    origins that may show it within theirs. With `metrics` this machine may read the metrics without
    login, or, with `metrics_token`, whoever knows what that file holds.
    """

    state_directory: Path = Path("/var/lib/peerwatt/page")
    programs: Mapping[str, Path] = field(
        default_factory=lambda: {"home": Path("/run/peerwatt/node")}
    )
    listen: str = "0.0.0.0"
    port: int = 8420
    hosts: tuple[str, ...] = ()
    prefix: str = ""
    certificate: Path | None = None
    key: Path | None = None
    framed_by: tuple[str, ...] = ()
    session_h: int = 336
    ask_every_s: float = 2.0
    metrics: bool = False
    metrics_token: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """Give what the files say of TLS; None without.

        Raises:
            ConfigError: the files cannot be read, or are no certificate and its key.
        """
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            problem = Problem(
                path="certificate",
                value=f"{self.certificate}: {told(error)}",
                bound="a chain of certificates in PEM, and its key",
            )
            raise ConfigError([problem]) from error
        return context


def load(path: Path) -> Parameters:
    """Read the file.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    try:
        content = yaml.load(text_of(path), Loader=_Loader)
    except OSError as error:
        problem = Problem(path=str(path), value=told(error), bound="a file that can be read")
        raise ConfigError([problem]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" on line {mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "it cannot be read"
        problem = Problem(path=str(path), value=f"{why}{place}", bound="YAML, without aliases")
        raise ConfigError([problem]) from error
    return parse({} if content is None else content)


def parse(content: object) -> Parameters:
    """Make the parameters of what a file says.

    Raises:
        ConfigError: with each problem in it.
    """
    if not isinstance(content, dict):
        raise ConfigError([Problem(path="file", value=_short(content), bound="keys and values")])
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, found in content.items():
        reader = _READERS.get(name)
        if reader is None:
            known = ", ".join(_READERS)
            problems.append(Problem(path=_short(name), value="unknown key", bound=f"of {known}"))
        elif found is not None:
            try:
                values[name] = reader.read(found)
            except (ValueError, TypeError):
                problem = Problem(path=name, value=_short(found), bound=reader.bound)
                problems.append(problem)
    if ("certificate" in values) != ("key" in values):
        absent = "key" if "certificate" in values else "certificate"
        problems.append(Problem(path=absent, value="is not there", bound="both, or neither"))
    if "metrics_token" in values and not values.get("metrics"):
        bound = "metrics: true beside it, or no token"
        problems.append(Problem(path="metrics_token", value="stands alone", bound=bound))
    if problems:
        raise ConfigError(problems)
    return Parameters(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Hold what is right for a key, and what makes its value of the file's, or refuses it."""

    bound: str
    read: Callable[[object], object]


def _text(pattern: re.Pattern[str]) -> Callable[[object], str]:
    def read(found: object) -> str:
        if not isinstance(found, str) or not pattern.fullmatch(found):
            raise ValueError
        return found

    return read


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(found: object) -> int:
        if type(found) is not int or not least <= found <= most:
            raise ValueError
        return found

    return read


def _number(least: float, most: float) -> Callable[[object], float]:
    def read(found: object) -> float:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise ValueError
        if not least <= found <= most:
            raise ValueError
        return float(found)

    return read


def _truth(found: object) -> bool:
    if not isinstance(found, bool):
        raise ValueError
    return found


def _list(read_one: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    def read(found: object) -> tuple[str, ...]:
        return tuple(read_one(one) for one in (found if isinstance(found, list) else [found]))

    return read


def _path(found: object) -> Path:
    if not isinstance(found, str) or not Path(found).is_absolute() or "\0" in found:
        raise ValueError
    return Path(found)


def _address(found: object) -> str:
    return str(ip_address(_text(re.compile(r"[0-9a-fA-F:.]+"))(found)))


def _prefix(found: object) -> str:
    return "" if found in ("", "/") else _text(_PREFIX)(str(found).rstrip("/"))


def _programs(found: object) -> Mapping[str, Path]:
    if not isinstance(found, dict) or not 1 <= len(found) <= _MOST_PROGRAMS:
        raise ValueError
    read = {_text(_NAME)(name): _path(directory) for name, directory in found.items()}
    if any(name in _TAKEN for name in read):
        raise ValueError
    return read


_READERS: Mapping[str, _Reader] = {
    "state_directory": _Reader(bound="an absolute path", read=_path),
    "programs": _Reader(
        bound=f"1 to {_MOST_PROGRAMS} names (a-z, 0-9, _ and -; none of {', '.join(_TAKEN)}), each"
        " with the absolute path of the directory that its status socket is in",
        read=_programs,
    ),
    "listen": _Reader(bound="an IP address of this machine, or 0.0.0.0, or '::'", read=_address),
    "port": _Reader(bound="1 to 65535", read=_whole(1, 65_535)),
    "hosts": _Reader(bound="host names in small letters, without a port", read=_list(_text(_HOST))),
    "prefix": _Reader(bound="a path like /peerwatt", read=_prefix),
    "certificate": _Reader(bound="an absolute path", read=_path),
    "key": _Reader(bound="an absolute path", read=_path),
    "framed_by": _Reader(
        bound="origins like http://homeassistant.local:8123", read=_list(_text(_ORIGIN))
    ),
    "session_h": _Reader(bound="1 to 8760", read=_whole(1, 8_760)),
    "ask_every_s": _Reader(bound="0.2 to 60", read=_number(0.2, 60.0)),
    "metrics": _Reader(bound="true or false", read=_truth),
    "metrics_token": _Reader(bound="an absolute path", read=_path),
}
assert set(_READERS) == {one.name for one in fields(Parameters)}


class _Loader(yaml.SafeLoader):
    """Read plain YAML without aliases, which may grow without bounds; no key stands twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias (*name)", problem_mark=mark)
        node = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _value in node.value:
                if key.value in seen:
                    problem = f"{_short(key.value)} stands a second time"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
                seen.add(key.value if isinstance(key.value, str) else repr(key.value))
        return node


def _short(found: object) -> str:
    text = repr(found) if not isinstance(found, str) else found
    return text if len(text) <= 60 else f"{text[:60]}..."
