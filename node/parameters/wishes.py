"""Values that a person may change while the home runs: which keys, and how they stand in a file.

A wish stands over what the parameters file says, and is judged by the same scheme. It is kept
together with the file's value that it replaces (`keeping`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from node.parameters.keys import Range, field_at, range_of, told
from node.parameters.scheme import Parameters
from node.parameters.spelling import Unclear
from node.parameters.types import Section

WISHED = (
    "node.limit",
    "node.resume",
    "node.delta",
    "node.sell_floor",
    "node.budget.tokens_per_day",
    "node.budget.max_price",
    "node.offer.price",
    "node.auction.buy_max_solar",
    "node.auction.buy_max_chp",
    "node.auction.sell_min",
)
"""All that can be wished. Each is a number that the home's rules alone read, at every step."""
_NEEDS_ITS_SECTION = ("node.offer", "node.auction")
"""What a home takes part in is the file's to say: here a number of it is changed, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Hold what the scheme says of a key, for whoever is asked for a value."""

    sentence: str
    bound: str
    default: str


def said_of(key: str) -> Said:
    """Give what the scheme says of a key that can be wished."""
    found = _field(key)
    return Said(
        sentence=str(found.description), bound=told(found, "bound"), default=told(found, "default")
    )


def range_in_file(key: str) -> Range:
    """Give the scheme's bounds of a key that can be wished."""
    return range_of(_field(key))


def number_in(parameters: Parameters, key: str) -> float | None:
    """Give a key's number, in the file's unit; None where it has none."""
    found: object = parameters
    for step in key.split("."):
        if not isinstance(found, Section):
            return None
        fields = type(found).model_fields.items()
        found = getattr(found, next(name for name, field in fields if step in (name, field.alias)))
    return found / range_in_file(key).scale if isinstance(found, int | float) else None


def _field(key: str) -> FieldInfo:
    found = field_at(Parameters, tuple(key.split(".")))
    assert found is not None, key
    return found


def value_in(content: object, key: str) -> str | None:
    """Give what a file says for a key, as it is written; None where it says nothing."""
    for step in key.split("."):
        content = content.get(step) if isinstance(content, dict) else None
    if content is None:
        return None
    return content.text if isinstance(content, Unclear) else str(content)


def can_be_wished(content: object, key: str) -> bool:
    """Say whether a wish for a key has a place in a file."""
    section = key.rpartition(".")[0]
    if section not in _NEEDS_ITS_SECTION:
        return key in WISHED
    node = content.get("node") if isinstance(content, dict) else None
    held = node.get(section.rpartition(".")[2]) if isinstance(node, dict) else None
    return isinstance(held, dict) and key in WISHED


def overlaid(content: object, values: Mapping[str, str]) -> object:
    """Give a file's content with wished values in their places; the content stays as it is."""
    for key, value in values.items():
        content = _put(content, key.split("."), value)
    return content


def _put(content: object, steps: list[str], value: str) -> object:
    if not steps:
        return value
    held = content if isinstance(content, dict) else {}
    return {**held, steps[0]: _put(held.get(steps[0]), steps[1:], value)}
