"""Find every problem of a file at once: each key by itself, then the keys among each other.

What is wrong by itself is left out before the keys are compared, so that a bad key neither hides
a second problem nor causes a false one. Values of passwords are never told.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from node.parameters.keys import field_at, keys_of, section_at, told
from node.parameters.spelling import Unclear, visible
from node.parameters.types import Place, Section, is_secret

UNKNOWN = "unknown key"
_SEE_EXAMPLE = "see parameters.example.yml for what there is"
_ROUNDS = 20
_LONGEST_SHOWN = 60
_MOST_BITS_SHOWN = 200
_NOTHING = object()
_TOO_SHORT = "too_short"
_NOT_WORKED_OUT = "default_factory_not_called"
_OUT_OF_RANGE = frozenset({"greater_than_equal", "less_than_equal"})
_WRONG_KIND = frozenset({"model_type", "dict_type", "tuple_type", "mapping_type"})

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Hold one problem: its place, what was found, and what would do.

    `judged_by` are the other places that it depends on; `taken_by` is the one that has what this
    one wants for itself.
    """

    place: Place
    value: str
    bound: str
    judged_by: tuple[Place, ...] = ()
    taken_by: Place | None = None


def examine(
    scheme: type[S], content: object, rules: Iterable[Callable[[S], Iterable[Complaint]]]
) -> tuple[S | None, list[Complaint]]:
    """Give the parameters, if enough of them can be read, and everything that is wrong."""
    rest = _Rest(content)
    complaints: list[Complaint] = []
    for round_ in range(_ROUNDS):
        try:
            whole = scheme.model_validate(rest.content)
        except ValidationError as error:
            details = _own_errors(error)
            if round_ == 0:
                complaints = [_finding(scheme, content, detail) for detail in details]
            rest.leave_out(details)
            continue
        compared = [rest.as_written(found) for rule in rules for found in rule(whole)]
        return whole, complaints + [found for found in compared if not rest.touches(found)]
    return None, complaints


class _Rest:
    """Hold what is left of the content, and tell places in it as the file counts them."""

    def __init__(self, content: object) -> None:
        self.content = _copied(content)
        self._broken: set[Place] = set()
        self._positions: dict[Place, list[int]] = {}

    def leave_out(self, details: Iterable[ErrorDetails]) -> None:
        """Take out what the errors name; for a missing key, what lacks it."""
        doomed = set()
        for detail in details:
            place = place_of(detail)
            self._broken.add(self._written(place))
            lacking = place[:-1] if detail["type"] == "missing" else place
            doomed.add(_standing(self.content, lacking))
        for place in sorted(doomed, key=_by_position, reverse=True):
            self._take_out(place)

    def touches(self, complaint: Complaint) -> bool:
        """Say whether a complaint was judged by something that is broken by itself."""
        return any(
            place[: len(broken)] == broken or broken[: len(place)] == place
            for place in (
                complaint.place,
                *complaint.judged_by,
                complaint.taken_by or complaint.place,
            )
            for broken in self._broken
        )

    def as_written(self, complaint: Complaint) -> Complaint:
        """Give the complaint with the places that the whole file has."""
        return Complaint(
            place=self._written(complaint.place),
            value=complaint.value,
            bound=complaint.bound,
            judged_by=tuple(self._written(place) for place in complaint.judged_by),
            taken_by=self._written(complaint.taken_by) if complaint.taken_by else None,
        )

    def _take_out(self, place: Place) -> None:
        if not place:
            self.content = {}
            return
        holder = value_at(self.content, place[:-1])
        step = place[-1]
        if isinstance(holder, dict):
            del holder[step]
        elif isinstance(holder, list) and isinstance(step, int):
            positions = self._positions.setdefault(
                self._written(place[:-1]), list(range(len(holder)))
            )
            del positions[step], holder[step]

    def _written(self, place: Place) -> Place:
        written: Place = ()
        for step in place:
            if isinstance(step, int) and written in self._positions:
                step = self._positions[written][step]
            written = (*written, step)
        return written


def value_at(content: object, place: Place) -> object:
    """Give the value at a place, or a mark that there is none."""
    for step in place:
        match content:
            case dict() if step in content:
                content = content[step]
            case list() if isinstance(step, int) and step < len(content):
                content = content[step]
            case _:
                return _NOTHING
    return content


def _standing(content: object, place: Place) -> Place:
    """Give the deepest part of a place that the content has."""
    while place and value_at(content, place) is _NOTHING:
        place = place[:-1]
    return place


def place_of(detail: ErrorDetails) -> Place:
    """Give the place of an error; a bad name in a mapping stands at that name."""
    location = detail["loc"]
    return location[:-1] if location and location[-1] == "[key]" else location


def _own_errors(error: ValidationError) -> list[ErrorDetails]:
    """Give the errors that do not merely follow from another one."""
    details = error.errors(include_url=False)
    above = {place_of(d)[:depth] for d in details for depth in range(len(place_of(d)))}
    return [
        detail
        for detail in details
        if detail["type"] != _NOT_WORKED_OUT
        and not (detail["type"] == _TOO_SHORT and place_of(detail) in above)
    ]


def _finding(scheme: type[Section], content: object, detail: ErrorDetails) -> Complaint:
    place = place_of(detail)
    if detail["type"] == "extra_forbidden":
        return Complaint(place=place, value=UNKNOWN, bound=_nearest(scheme, place))
    field = field_at(scheme, place)
    bound = told(field, "bound") if field else "sections of the scheme"
    if detail["type"] == "missing":
        return Complaint(place=place, value="missing", bound=bound)
    place = _standing(content, place)
    value = value_at(content, place)
    reason = str(detail.get("ctx", {}).get("error", "")) if detail["type"] == "value_error" else ""
    if isinstance(value, Unclear) and detail["type"] not in _OUT_OF_RANGE:
        reason = value.reason
    return Complaint(
        place=place,
        value=_shown(place, content, only_kind=detail["type"] in _WRONG_KIND),
        bound="; ".join(part for part in (bound, reason) if part),
    )


def _nearest(scheme: type[Section], place: Place) -> str:
    import difflib  # only a file with a mistake pays for this

    if re.fullmatch("[0-9]+", str(place[-1])):
        return "a name; is it the rest of a number before it? Decimals stand behind a point"

    section = section_at(scheme, place[:-1])
    known = {name.lower(): name for name in (keys_of(section) if section else ())}
    close = difflib.get_close_matches(str(place[-1]).lower(), known, n=1)
    return did_you_mean(known[close[0]]) if close else _SEE_EXAMPLE


def did_you_mean(name: str) -> str:
    """Say what an unknown key may have been meant to be."""
    return f"did you mean {name}?"


def _shown(place: Place, content: object, *, only_kind: bool) -> str:
    value = value_at(content, place)
    if is_secret(place):
        return "not shown"
    match value:
        case dict():
            return "a mapping"
        case list():
            return f"a list of {len(value)}"
        case None:
            return "nothing"
        case str() if only_kind:
            return "text"
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > _MOST_BITS_SHOWN:
            # Python writes no number of thousands of digits.
            return "a number beyond every bound"
        case Unclear(text=text):
            return text[:_LONGEST_SHOWN]
        case "":
            return "''"
        case str():
            text = visible(re.sub(r"//[^@/]*@", "//...@", value))
            return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
    return str(value)[:_LONGEST_SHOWN]


def _by_position(place: Place) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (-1, step) for step in place)


def _copied(content: object) -> object:
    if isinstance(content, dict):
        return {name: _copied(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_copied(value) for value in content]
    return content
