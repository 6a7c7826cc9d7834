"""Read YAML text with the line of every key, and find each key that is given twice.

Messages never quote the text: a line of it may hold a password.
"""

import re
from dataclasses import dataclass
from itertools import chain

import yaml

from node.core.errors import ConfigError, Problem
from node.parameters.types import Place

_STRING = "tag:yaml.org,2002:str"
_INTEGER = "tag:yaml.org,2002:int"
_MERGE = "tag:yaml.org,2002:merge"

# The last four are what PyYAML says of an explicit tag on a value of another shape.
_UNREADABLE = (
    yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError,
    ArithmeticError,
)  # fmt: skip


MOST_VALUES = 100_000
"""Values of a file with every alias (*name) written out: far more than any street's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Name a key that is given again, and the lines of both."""

    place: Place
    first_line: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Hold what the text says, and where."""

    content: object
    lines: dict[Place, int]
    repeats: tuple[Repeat, ...]


def read(text: str, where: str) -> Document:
    """Read one YAML document.

    Raises:
        ConfigError: it is not YAML, or holds more than plain data.
    """
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
        walk = _Walk()
        if root is not None:
            if _written_out(root, {}, set()) > MOST_VALUES:
                raise _refused(where, "an alias (*name) holds itself, or too many others")
            walk.visit(root, ())
        content = {} if root is None else loader.construct_document(root)
    except ConfigError:
        raise
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, where) from None
    except _UNREADABLE:
        raise _refused(where, "not readable as YAML") from None
    finally:
        loader.dispose()
    return Document(content=content, lines=walk.lines, repeats=tuple(walk.repeats))


def _not_yaml(error: yaml.MarkedYAMLError, where: str) -> ConfigError:
    unquoted = re.sub(r"\s*'.*'", "", error.problem or "not readable")
    mark = error.problem_mark
    spot = f" on line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return _refused(where, f"{unquoted}{spot}")


def _refused(where: str, value: str) -> ConfigError:
    bound = "YAML; a value with any of : # * & ! % @ needs quotes, and indents are spaces"
    return ConfigError([Problem(path=where, value=value, bound=bound)])


def _written_out(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """Count the values below a node, each alias as often as it stands; one in itself is endless."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in above:
        return MOST_VALUES + 1
    if id(node) not in known:
        is_list = isinstance(node, yaml.SequenceNode)
        children = node.value if is_list else chain.from_iterable(node.value)
        inside = (_written_out(child, known, above | {id(node)}) for child in children)
        known[id(node)] = min(MOST_VALUES + 1, 1 + sum(inside))
    return known[id(node)]


class _Walk:
    """Walk the nodes once, before they become values.

    Keys stay the text they are, and so does an address without quotes: YAML would take it for
    a number and lose the case that holds its checksum.
    """

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.repeats: list[Repeat] = []
        self._seen: set[int] = set()

    def visit(self, node: yaml.Node, place: Place) -> None:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            self._visit_keys(node, place)
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                self.visit(item, (*place, position))
        elif node.tag == _INTEGER and re.fullmatch(r"0x[0-9a-fA-F]{40}", node.value):
            node.tag = _STRING

    def _visit_keys(self, node: yaml.MappingNode, place: Place) -> None:
        own: dict[str, int] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                continue
            if name.tag == _MERGE:
                self.visit(value, place)
                continue
            name.tag = _STRING
            line = name.start_mark.line + 1
            here = (*place, name.value)
            if name.value in own:
                self.repeats.append(Repeat(place=here, first_line=own[name.value], line=line))
            own.setdefault(name.value, line)
            self.lines[here] = line
            self.visit(value, here)
