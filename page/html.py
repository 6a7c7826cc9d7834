"""Markup whose values are escaped unless they are markup themselves."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from string import Formatter
from typing import Any


class Html(str):
    """Mark a text as markup, which is put into other markup as it is."""

    __slots__ = ()


class _Filling(Formatter):
    """Put values into a template: markup as it is, anything else as text."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - as its base
        if isinstance(value, Html):
            return value
        if value is None:
            return ""
        if isinstance(value, list | tuple):
            return "".join(self.format_field(one, format_spec) for one in value)
        return escape(format(value, format_spec))

    def check_unused_args(
        self, used_args: set[int | str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        unused = kwargs.keys() - used_args
        assert not unused, f"the template has no place for {', '.join(sorted(unused))}"


_filling = _Filling()


def fill(template: str, **values: object) -> Html:
    """Put values into a template's {names}; a list's one after the other."""
    return Html(_filling.vformat(template, (), values))


def joined(parts: Iterable[Html]) -> Html:
    """Put pieces of markup one behind the other."""
    return Html("".join(parts))
