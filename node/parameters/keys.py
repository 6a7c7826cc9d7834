"""Find keys in the scheme: their names, bounds and defaults, as the file's reader sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from node.parameters.types import Place, Section


def keys_of(section: type[Section]) -> dict[str, FieldInfo]:
    """Give a section's keys by the names that they have in the file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def field_at(scheme: type[Section], place: Place) -> FieldInfo | None:
    """Give the key at a place, or for an item of a list or mapping the key that holds it."""
    section: type[Section] | None = scheme
    field = None
    steps = iter(place)
    for step in steps:
        found = keys_of(section).get(str(step)) if section else None
        if found is None:
            return field
        field = found
        section, many = inside(field.annotation)
        if many:
            next(steps, None)
    return field


def section_at(scheme: type[Section], place: Place) -> type[Section] | None:
    """Give the section that a place is, or None where there is none."""
    section: type[Section] | None = scheme
    steps = iter(place)
    for step in steps:
        found = keys_of(section).get(str(step)) if section else None
        if found is None:
            return None
        section, many = inside(found.annotation)
        if many:
            next(steps, None)
    return section


def told(field: FieldInfo, what: str) -> str:
    """Give what people are told of a key: its `bound` or its `default`."""
    return str(_extra(field)[what])


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Hold a number's unit in the file, its bounds in that unit, and how many of the attribute's
    units one of it is."""

    unit: str
    low: float
    high: float
    scale: int


def range_of(field: FieldInfo) -> Range:
    """Give the range of a key that is a number with bounds."""
    extra = _extra(field)
    return Range(**{name: extra[name] for name in Range.__slots__})


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError("a key of the scheme is not described with key()")
    return extra


def inside(annotation: object) -> tuple[type[Section] | None, str]:
    """Give the section inside an annotation, and how its items are counted if it has many."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, ""
    for part in get_args(annotation):
        section, _ = inside(part)
        if section is not None:
            origin = get_origin(annotation)
            return section, ".<name>" if origin is Mapping else ".<n>" if origin is tuple else ""
    return None, ""
