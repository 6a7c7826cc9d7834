"""What an ancestor's parameters file says in other words, and how it is said here."""

from dataclasses import dataclass, replace

from node.parameters.problems import UNKNOWN, Complaint, did_you_mean
from node.parameters.types import Place

_SECTIONS = {"contracts": "contract"}
_KEYS = {
    "contract": {"daisee": "address", "contract": "address", "contracts": "address"},
    "node": {"id": "sensorId", "sensor": "sensorId", "typ": "role", "type": "role"},
}
_ROLES = {"C": "consumer", "c": "consumer", "P": "producer", "p": "producer"}
_TWO_PORTS = frozenset({("relay", "readingPort"), ("relay", "updatePort")})
_ANCESTORS_ALONE = frozenset({"accountpswd", "url", "sensorId", "login", "password", "fuelgauge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Hold the content in our words, how each place was written, and whether that was needed."""

    content: object
    written: dict[Place, Place]
    complaints: tuple[Complaint, ...]
    is_ancestors: bool

    def as_written(self, complaint: Complaint) -> Complaint:
        """Give a complaint with its places in the words of the file."""
        bound = complaint.bound
        if complaint.place in _TWO_PORTS:
            bound = "leave it out: one port, relay.port, is for both"
        if self.is_ancestors and complaint.place == ("node", "limit") and complaint.value.isdigit():
            bound += "; the charge below which to buy, which a template's 1000 is not"
        if complaint.value == UNKNOWN and (meant := _in_small_letters(complaint.place)) is not None:
            bound = did_you_mean(meant)
        return replace(
            complaint,
            bound=bound,
            place=self._written(complaint.place),
            taken_by=self._written(complaint.taken_by) if complaint.taken_by else None,
        )

    def _written(self, place: Place) -> Place:
        for depth in range(len(place), 0, -1):
            if place[:depth] in self.written:
                return self.written[place[:depth]] + place[depth:]
        return place


def translate(content: object) -> Translation:
    """Say an ancestor's content in our words; what is ours already stays as it is."""
    written: dict[Place, Place] = {}
    complaints: list[Complaint] = []
    if not isinstance(content, dict):
        return Translation(content=content, written={}, complaints=(), is_ancestors=False)
    ours = _renamed(content, _SECTIONS, (), (), written, complaints)
    for section, names in _KEYS.items():
        inner = ours.get(section)
        if isinstance(inner, dict):
            above = written.get((section,), (section,))
            ours[section] = _renamed(inner, names, (section,), above, written, complaints)
    home = ours.get("node")
    if isinstance(home, dict) and written.get(("node", "role")):
        home["role"] = _ROLES.get(str(home["role"]), home["role"])
    alone = isinstance(home, dict) and any(home.get(name) is not None for name in _ANCESTORS_ALONE)
    renamed = any(place[-1] != step[-1] for place, step in written.items())
    is_ancestors = alone or renamed
    return Translation(
        content=_without_blanks(ours) if is_ancestors else ours,
        written=written,
        complaints=tuple(complaints),
        is_ancestors=is_ancestors,
    )


def _in_small_letters(place: Place) -> str | None:
    """Give an ancestor's key that stands there in other letters."""
    names = _SECTIONS if len(place) == 1 else _KEYS.get(str(place[0]), {})
    small = str(place[-1]).lower()
    return next((name for name in names if name.lower() == small), None)


def _without_blanks(content: object) -> object:
    """Leave out what an ancestor's template has blank, or in quotes with nothing in them."""
    if not isinstance(content, dict):
        return content
    given = {name: value for name, value in content.items() if value not in ("", None)}
    return {name: _without_blanks(value) for name, value in given.items()}


def _renamed(
    section: dict[str, object],
    names: dict[str, str],
    place: Place,
    above: Place,
    written: dict[Place, Place],
    complaints: list[Complaint],
) -> dict[str, object]:
    renamed: dict[str, object] = {}
    spelled: dict[str, str] = {}
    for name, value in section.items():
        ours = names.get(name, name)
        if ours in renamed:
            complaints.append(
                Complaint(
                    place=(*above, name),
                    value=f"beside {spelled[ours]}, which is the same",
                    bound="one of the two",
                )
            )
            continue
        renamed[ours] = value
        spelled[ours] = name
        if ours != name:
            written[(*place, ours)] = (*above, name)
    return renamed
