"""Read YAML text with the line of every key, and find each key that is given twice.

What YAML takes for something else than a person would (017, 1:30, 1_000, yes) is kept as it
stands, marked as unclear: the key that it is for decides. Messages never quote the text: a line of
it may hold a password.
"""

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

import yaml

from node.core.errors import ConfigError, Problem
from node.parameters.plain import understood
from node.parameters.spelling import Unclear
from node.parameters.types import Place, is_secret

_CORE = "tag:yaml.org,2002:"
_STRING = f"{_CORE}str"
_MERGE = f"{_CORE}merge"
_UNCLEAR = "!unclear"
_KNOWN_TAGS = frozenset({f"{_CORE}map", f"{_CORE}seq"})

# The last four are what PyYAML says of an explicit tag on a value of another shape.
_UNREADABLE = (
    yaml.YAMLError, ValueError, RecursionError, LookupError, AttributeError, TypeError,
    ArithmeticError,
)  # fmt: skip


MOST_VALUES = 100_000
"""Values of a file with every alias (*name) written out: far more than any street's."""
MOST_DEEP = 64
"""Lists and mappings in each other; the composer calls itself for each, and a stack has an end."""


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
    loader = _Loader(text.removeprefix("\ufeff"))
    try:
        if (too_deep := _line_too_deep(text)) is not None:
            raise _refused(where, f"lists and mappings too deep in each other on line {too_deep}")
        root = loader.get_single_node()
        walk = _Walk(text.removeprefix("\ufeff").splitlines())
        if root is not None:
            if _written_out(root, {}, set()) > MOST_VALUES:
                raise _refused(where, "an alias (*name) holds itself, or too many others")
            walk.visit(root, ())
            if walk.tagged:
                raise _refused(where, f"a tag (!name) on line {walk.tagged[0]}")
            loader.unclear = walk.unclear
        content = {} if root is None else loader.construct_document(root)
    except ConfigError:
        raise
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, where) from None
    except yaml.reader.ReaderError as error:
        raise _refused(where, f"a character that no text has{_line_of(text, error)}") from None
    except _UNREADABLE:
        raise _refused(where, "not readable as YAML") from None
    finally:
        loader.dispose()
    return Document(content=content, lines=walk.lines, repeats=tuple(walk.repeats))


class _Loader(yaml.CSafeLoader):
    """Load plain data; what is unclear, by its node, comes out as that."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.unclear: dict[int, Unclear] = {}


def _construct_unclear(loader: Any, node: yaml.Node) -> Unclear:  # noqa: ANN401 - any loader's
    found: Unclear = loader.unclear[id(node)]
    return found


_Loader.add_constructor(_UNCLEAR, _construct_unclear)


def _line_too_deep(text: str) -> int | None:
    depth = 0
    for event in yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEEP:
            assert event.start_mark is not None
            return event.start_mark.line + 1
    return None


def _line_of(text: str, error: yaml.reader.ReaderError) -> str:
    """Say on which line a character stands that may not."""
    bad = re.search(yaml.reader.Reader.NON_PRINTABLE, text)
    return f" on line {text.count(chr(10), 0, bad.start()) + 1}" if bad else ""


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

    Keys stay the text they are. An address without quotes does, too: YAML would take it for a
    number and lose the case that holds its checksum.
    """

    def __init__(self, written: list[str]) -> None:
        self._written = written
        self.lines: dict[Place, int] = {}
        self.repeats: list[Repeat] = []
        self.tagged: list[int] = []
        self.unclear: dict[int, Unclear] = {}
        self._seen: set[int] = set()

    def visit(self, node: yaml.Node, place: Place) -> None:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _KNOWN_TAGS:
            self.tagged.append(node.start_mark.line + 1)
        elif isinstance(node, yaml.MappingNode):
            self._visit_keys(node, place)
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                self.visit(item, (*place, position))
        elif isinstance(node, yaml.ScalarNode) and node.tag != _STRING:
            self._judge(node)
        elif isinstance(node, yaml.ScalarNode) and is_secret(place):
            self._look_behind(node)

    def _look_behind(self, node: yaml.ScalarNode) -> None:
        """Mark a password without quotes that seems to go on behind a #."""
        line, column = node.end_mark.line, node.end_mark.column
        behind = self._written[line][column:] if line < len(self._written) else ""
        if not node.style and re.match(r"\s+#\S", behind):
            node.tag = _UNCLEAR
            self.unclear[id(node)] = Unclear(
                text="", kind="str", taken_for="a comment from # on", better="write it in quotes"
            )

    def _judge(self, node: yaml.ScalarNode) -> None:
        """Leave a scalar what YAML takes it for, make it text again, or mark it as unclear."""
        kind = node.tag.removeprefix(_CORE)
        found = understood(kind, node.value)
        if isinstance(found, Unclear):
            node.tag = _UNCLEAR
            self.unclear[id(node)] = found
        elif found is str:
            node.tag = _STRING

    def _visit_keys(self, node: yaml.MappingNode, place: Place) -> None:
        own: dict[str, int] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                continue
            line = name.start_mark.line + 1
            here = (*place, name.value)
            if name.value in own:
                self.repeats.append(Repeat(place=here, first_line=own[name.value], line=line))
            own.setdefault(name.value, line)
            if name.tag == _MERGE:
                self.visit(value, place)
                continue
            name.tag = _STRING
            self.lines[here] = line
            self.visit(value, here)
