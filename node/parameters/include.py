"""The file that a parameters file includes, as the community's: it stands where the file is silent.

Mapping by mapping: what the file itself says, a null too, stands over what the included one says;
a list stands whole. One level: what is included includes nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from node.core.errors import ConfigError, Problem
from node.parameters.ancestor import Translation, translate
from node.parameters.problems import Complaint
from node.parameters.spelling import visible
from node.parameters.telling import mapping_in, repeats, text_of, told
from node.parameters.text import Document
from node.parameters.types import Place

KEY = "include"
_BOUND = "one file, beside this one or by an absolute path"
_HOLDS = "sections, such as node and relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """Hold an included file: how the including one names it, where it lies, and its text."""

    name: str
    path: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Hold one file's text as read, and in our words; `name` stands beside its lines, if any."""

    document: Document
    translation: Translation
    name: str | None

    def problems(self, found: list[Complaint]) -> list[Problem]:
        """Tell complaints of this file, and what is wrong with it as a text."""
        return told([*self.own, *found], self.document, self.name)

    @property
    def own(self) -> list[Complaint]:
        """Give what is wrong with it whatever the scheme says."""
        return [*repeats(self.document), *self.translation.complaints]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Hold the file itself and the one that it includes."""

    own: Part
    below: Part | None = None
    included: Included | None = None

    @property
    def content(self) -> object:
        """Give what both say together, in our words."""
        own = self.own.translation.content
        return own if self.below is None else laid_over(own, self.below.translation.content)

    @property
    def is_ancestors(self) -> bool:
        """Say whether one of them has an ancestor's words."""
        return any(part.translation.is_ancestors for part in self._all)

    def sorted_out(self, found: list[Complaint]) -> tuple[list[Complaint], list[Problem]]:
        """Give every complaint as it is written, and told: the file's own first, by their lines."""
        complaints: list[Complaint] = []
        problems: list[Problem] = []
        for part in self._all:
            its = [
                part.translation.as_written(complaint)
                for complaint in found
                if self._holder(complaint.place) is part
            ]
            complaints += [*part.own, *its]
            problems += part.problems(its)
        return complaints, problems

    @property
    def _all(self) -> tuple[Part, ...]:
        return (self.own,) if self.below is None else (self.own, self.below)

    def _holder(self, place: Place) -> Part:
        """Give the file that says what is at a place, or that lacks it."""
        if self.below is None:
            return self.own
        own, below = self.own.translation.content, self.below.translation.content
        for step in place:
            if not (isinstance(own, dict) and isinstance(below, dict)) or step not in below:
                return self.own
            if step not in own:
                return self.below
            own, below = own[step], below[step]
        return self.own


def parts_of(text: str, where: str, given: Included | None) -> Parts:
    """Read a file's text, and what it includes; `given` is that, where it was read before.

    Raises:
        ConfigError: one of them is no mapping, or what is to be included cannot be.
    """
    document = mapping_in(text, where, _HOLDS)
    translation = translate(document.content)
    included = _included(document, where, given)
    if included is None:
        return Parts(own=Part(document=document, translation=translation, name=None))
    below = mapping_in(included.text, str(included.path), _HOLDS)
    if isinstance(below.content, dict) and KEY in below.content:
        value = f"in an included file, on line {below.lines[(KEY,)]} of {included.name}"
        raise ConfigError([Problem(path=KEY, value=value, bound="one level, no more")])
    return Parts(
        own=Part(document=document, translation=translation, name=Path(where).name),
        below=Part(
            document=below, translation=translate(below.content), name=visible(included.name)
        ),
        included=included,
    )


def laid_over(own: object, below: object) -> object:
    """Give what two contents say together; the first one's word stands."""
    if not (isinstance(own, dict) and isinstance(below, dict)):
        return own
    both = {key: laid_over(own[key], below[key]) for key in own.keys() & below.keys()}
    return {**below, **own, **both}


def _included(document: Document, where: str, given: Included | None) -> Included | None:
    name = document.content.get(KEY) if isinstance(document.content, dict) else None
    if name is None:
        return None
    line = document.lines[(KEY,)]
    if not isinstance(name, str) or not name or "\0" in name:
        kind = "no name of a file"
        raise ConfigError([Problem(path=KEY, value=f"{kind} on line {line}", bound=_BOUND)])
    if given is not None and given.name == name:
        return given
    path = Path(where).parent / name
    try:
        return Included(name=name, path=path, text=text_of(path))
    except ConfigError as error:
        reason = error.problems[0].value
        value = f"{visible(name)} on line {line}: {reason}"
        raise ConfigError([Problem(path=KEY, value=value, bound=f"{_BOUND}: {path}")]) from error
