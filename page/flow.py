"""Where a home's power comes from and goes to, in whole watts, both sides the same.

The meters of load, connection and generation are measured; what they leave open is the battery's
(with what is lost on the way), for its own power is not metered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """Name where power comes from or goes to."""

    SUN = "sun"
    NEIGHBOUR = "neighbour"
    GRID = "grid"
    BATTERY = "battery"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """Hold one flow, above 0 W; `name` is the neighbour's, where it is known."""

    place: Place
    watts: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Hold the arrows in and out; their sums are the same."""

    sources: tuple[Arrow, ...]
    sinks: tuple[Arrow, ...]

    @property
    def watts(self) -> int:
        """Give the sum of either side."""
        return sum(arrow.watts for arrow in self.sources)


def flow_of(picture: Mapping[str, object]) -> Flow | None:
    """Draw the flow from a home's picture; None while its load is not measured."""
    load = _power(picture, "load")
    if load is None:
        return None
    generation, connection = _power(picture, "generation"), _power(picture, "connection")
    seller = _seller(picture)
    if connection is None:
        connection = load if seller is not None else 0
    is_neighbours = seller is not None or _delivers(picture)
    other = Place.NEIGHBOUR if is_neighbours else Place.GRID
    sources = [
        Arrow(place=Place.SUN, watts=generation or 0),
        Arrow(place=other, watts=connection, name=seller or ""),
    ]
    sinks = [
        Arrow(place=Place.LOAD, watts=load),
        Arrow(place=other, watts=-connection),
    ]
    given = sum(max(0, arrow.watts) for arrow in sources)
    rest = given - sum(max(0, arrow.watts) for arrow in sinks)
    sources.append(Arrow(place=Place.BATTERY, watts=-rest))
    sinks.append(Arrow(place=Place.BATTERY, watts=rest))
    return Flow(
        sources=tuple(arrow for arrow in sources if arrow.watts > 0),
        sinks=tuple(arrow for arrow in sinks if arrow.watts > 0),
    )


def _power(picture: Mapping[str, object], meter: str) -> int | None:
    found = picture.get(meter)
    power = found.get("power_w") if isinstance(found, dict) else None
    if isinstance(power, bool) or not isinstance(power, int | float):
        return None
    return round(power)


def _seller(picture: Mapping[str, object]) -> str | None:
    supply = picture.get("supply")
    if not isinstance(supply, dict) or supply.get("closed") is not True:
        return None
    return str(supply.get("seller") or "")


def _delivers(picture: Mapping[str, object]) -> bool:
    delivery = picture.get("delivery")
    return isinstance(delivery, dict) and delivery.get("mode") == "delivering"
