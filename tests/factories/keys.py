"""Every key of the parameters, as people are told of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from node.parameters.keys import inside, keys_of, told
from node.parameters.types import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Hold what people are told of one key; `path` has <name> and <n> where the file chooses."""

    path: str
    says: str
    bound: str
    default: str
    ancestor: bool
    is_section: bool


def all_keys(scheme: type[Section], above: str = "") -> Iterator[Key]:
    """Give every key of a scheme, sections before what they hold."""
    for name, field in keys_of(scheme).items():
        inner, many = inside(field.annotation)
        yield Key(
            path=above + name,
            says=field.description or "",
            bound=told(field, "bound"),
            default=told(field, "default"),
            ancestor=told(field, "ancestor") == "True",
            is_section=inner is not None,
        )
        if inner is not None:
            yield from all_keys(inner, f"{above}{name}{many}.")
