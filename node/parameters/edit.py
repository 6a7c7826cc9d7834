"""Put single values into a section of a parameters file's text, and leave every other byte.

Places are those that the loader found, so that whatever loads can be written: an ancestor's words,
quotes, braces, any indent, any line's end. The result is read again, and says what it is to say and
else what it said before, or is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from node.core.errors import NodeError
from node.parameters.ancestor import translate
from node.parameters.text import read
from node.parameters.types import Place

_BOM = "\ufeff"
_INDENT = "  "
_DOCUMENT_END = re.compile(r"\.\.\.(?:\s|$)")


class Uneditable(NodeError):
    """Say that a text has no place where the values could be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Replace what stands between two positions."""

    start: int
    end: int
    text: str


def edited(text: str, section: str, values: Mapping[str, str]) -> str:
    """Give the text with these values, written as YAML, in a section, or in one within it (a.b).

    Raises:
        ConfigError: the text is not YAML.
        Uneditable: there is no place for them.
    """
    mark, plain = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    before = read(plain, "")
    written = translate(before.content).written
    place = tuple(section.split("."))
    own = tuple(str(step) for step in _own_words(place, written))
    names = {_own_words((*place, key), written)[-1]: value for key, value in values.items()}
    changed = _Editor(plain).edit(own, {str(name): value for name, value in names.items()})
    if not _says(changed, before.content, own, names):
        raise Uneditable("the text says the same key in a way that has no place of its own")
    return mark + changed


def _own_words(place: Place, written: Mapping[Place, Place]) -> Place:
    """Give a place as the text spells it."""
    for depth in range(len(place), 0, -1):
        if place[:depth] in written:
            return written[place[:depth]] + place[depth:]
    return place


def _says(
    text: str, before: object, place: tuple[str, ...], values: Mapping[str | int, str]
) -> bool:
    """Say whether a text says what another did, but for these values."""
    wanted = {name: yaml.safe_load(value) for name, value in values.items()}
    try:
        return bool(read(text, "").content == _merged(before, place, wanted))
    except NodeError:
        return False


def _merged(
    content: object, place: tuple[str, ...], values: Mapping[str | int, object]
) -> dict[object, object]:
    held = content if isinstance(content, dict) else {}
    if not place:
        return {**held, **values}
    return {**held, place[0]: _merged(held.get(place[0]), place[1:], values)}


class _Editor:
    """Find the places in one text, and change it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        # The loader that `read` has: another one refuses texts that it takes.
        self._root = yaml.compose(text, Loader=yaml.CSafeLoader)

    def edit(self, place: tuple[str, ...], values: Mapping[str, str]) -> str:
        """Put values into a section; what of the way to it is not there is begun."""
        root, section = self._root, place[0]
        if root is None:
            return self._with(self._begun(section, _within(place[1:], values), ""))
        if not isinstance(root, yaml.MappingNode):
            raise Uneditable("the text has no sections")
        found = _found_in(root, section)
        if found is not None:
            return self._with(*self._deep_inside(root, *found, place[1:], values))
        values = _within(place[1:], values)
        if root.flow_style:
            flow = f"{section}: {{{_listed(values)}}}"
            return self._with(self._first_in_braces(root, flow))
        return self._with(self._begun(section, values, " " * root.start_mark.column))

    def _deep_inside(
        self,
        above: yaml.MappingNode,
        name: yaml.Node,
        held: yaml.Node,
        place: tuple[str, ...],
        values: Mapping[str, str],
    ) -> list[_Change]:
        """Go down to the section that is there, and put in what is not."""
        further = _found_in(held, place[0]) if place else None
        if further is None or held.start_mark.index < name.end_mark.index:
            return self._inside(above, name, held, _within(place, values))
        assert isinstance(held, yaml.MappingNode)
        return self._deep_inside(held, *further, place[1:], values)

    def _with(self, *changes: _Change) -> str:
        text = self._text
        for change in sorted(changes, key=lambda one: one.start, reverse=True):
            text = text[: change.start] + change.text + text[change.end :]
        return text

    def _begun(self, section: str, values: Mapping[str, str], indent: str) -> _Change:
        """Append a section, before the mark that ends the document if there is one."""
        end = self._end_of_document()
        above = self._text[:end]
        lead = "" if not above or above.endswith(("\n", "\r")) else self._newline
        gap = self._newline if above.strip() else ""
        lines = [f"{indent}{section}:", *(f"{indent}{_INDENT}{k}: {v}" for k, v in values.items())]
        written = lead + gap + "".join(line + self._newline for line in lines)
        return _Change(start=end, end=end, text=written)

    def _end_of_document(self) -> int:
        position = 0
        for line in self._text.splitlines(keepends=True):
            if _DOCUMENT_END.match(line):
                return position
            position += len(line)
        return len(self._text)

    def _inside(
        self, above: yaml.MappingNode, name: yaml.Node, held: yaml.Node, values: Mapping[str, str]
    ) -> list[_Change]:
        if held.start_mark.index < name.end_mark.index:
            raise Uneditable("the section stands elsewhere in the text, by an alias (*name)")
        if not isinstance(held, yaml.MappingNode):
            return [self._filled(above, name, held, values)]
        missing = dict(values)
        changes = [
            self._replaced(key, value, missing.pop(key.value))
            for key, value in held.value
            if key.value in missing
        ]
        if missing and held.flow_style:
            changes.append(self._first_in_braces(held, _listed(missing)))
        elif missing:
            changes.append(self._first_in_block(name, held, missing))
        return changes

    def _replaced(self, key: yaml.Node, value: yaml.Node, text: str) -> _Change:
        start, end = value.start_mark.index, value.end_mark.index
        if start < key.end_mark.index:
            raise Uneditable(f"{key.value} stands elsewhere in the text, by an alias (*name)")
        if start == end:
            colon = self._colon_after(key)
            return _Change(start=colon, end=colon, text=f" {text}")
        return _Change(start=start, end=end, text=text)

    def _filled(
        self, above: yaml.MappingNode, name: yaml.Node, held: yaml.Node, values: Mapping[str, str]
    ) -> _Change:
        """Give a section that is null its keys: in braces, which need no line of their own."""
        start, end = held.start_mark.index, held.end_mark.index
        colon = self._colon_after(name)
        line_end = self._line_end(colon)
        alone = not self._text[colon:line_end].partition("#")[0].strip()
        if above.flow_style or not alone:
            space = "" if start > colon else " "
            start, end = (start, end) if start > colon else (colon, colon)
            return _Change(start=start, end=end, text=f"{space}{{{_listed(values)}}}")
        indent = " " * name.start_mark.column + _INDENT
        lines = "".join(f"{self._newline}{indent}{key}: {v}" for key, v in values.items())
        return _Change(start=line_end, end=line_end, text=lines)

    def _first_in_block(
        self, name: yaml.Node, held: yaml.MappingNode, values: Mapping[str, str]
    ) -> _Change:
        first = held.value[0][0].start_mark
        start = self._line_end(name.end_mark.index)
        start += len(self._newline) if self._text.startswith(self._newline, start) else 1
        if start > first.index:
            raise Uneditable("the section begins on the line of its name")
        indent = " " * first.column
        lines = "".join(f"{indent}{key}: {value}{self._newline}" for key, value in values.items())
        return _Change(start=start, end=start, text=lines)

    def _first_in_braces(self, node: yaml.MappingNode, text: str) -> _Change:
        start = self._text.index("{", node.start_mark.index) + 1
        return _Change(start=start, end=start, text=f"{text}, " if node.value else text)

    def _colon_after(self, key: yaml.Node) -> int:
        """Give the position behind a key's colon."""
        end: int = key.end_mark.index
        rest = self._text[end:]
        if not rest.lstrip(" ").startswith(":"):
            raise Uneditable(f"{key.value} has no colon")
        return end + rest.index(":") + 1

    def _line_end(self, position: int) -> int:
        rest = self._text[position:]
        return position + next((at for at, mark in enumerate(rest) if mark in "\r\n"), len(rest))


def _found_in(node: yaml.Node, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Give a key and what it holds; None where it is not there."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key, held) for key, held in pairs if key.value == name), None)


def _within(place: tuple[str, ...], values: Mapping[str, str]) -> Mapping[str, str]:
    """Give values as those of the first section on a way to theirs: in braces, on its line."""
    if not place:
        return values
    return {place[0]: f"{{{_listed(_within(place[1:], values))}}}"}


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in values.items())
