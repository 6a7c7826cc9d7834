"""Say what a home has measured when it looks at its order: as much as the shipped settings give it.

An interval is ordered at two looks, both before its gate, while the interval before is running.
Where the data are hours, the running one is played as four quarters that differ by a seeded draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from node.core.auction.gate import PLACE_LEAD, REVISE_LEAD
from node.core.forecast.running import Running

QUARTERS = 4
UNEVEN = 0.4
"""How uneven the quarters of an hour are: the standard deviation of their logarithms."""
STREET_INTERVAL_S, STREET_GATE_LEAD_S = 900, 60
"""Those of a real street: quarter hours, and a gate that closes a minute before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Hold how much of the interval before has been measured at the first look and at the last."""

    first: float
    last: float


def looks_of(interval_s: int, gate_lead_s: int) -> Looks:
    """Work out the looks from an auction's two times and the node's own leads."""
    before_gate = 1 - gate_lead_s / interval_s
    return Looks(first=before_gate - PLACE_LEAD, last=before_gate - REVISE_LEAD)


STREET = looks_of(STREET_INTERVAL_S, STREET_GATE_LEAD_S)


def quarters(energy_milliwh: int, chance: Random) -> tuple[float, ...]:
    """Play an hour's energy as four quarters that add up to it."""
    weights = [exp(chance.gauss(0, UNEVEN)) for _ in range(QUARTERS)]
    return tuple(energy_milliwh * weight / sum(weights) for weight in weights)


def measured(parts: Sequence[float], part: float) -> int:
    """Give what the quarters have brought when so much of their hour has passed."""
    whole = int(part * QUARTERS)
    begun = parts[whole] * (part * QUARTERS - whole) if whole < QUARTERS else 0.0
    return round(sum(parts[:whole]) + begun)


def running(interval: int, load: int, solar: int, part: float, seed: str) -> Running:
    """Give what is known of an interval when so much of it has passed; `seed` plays its quarters.

    Energies are those of the whole interval, in milliwatt-hours.
    """
    chance = Random(f"{seed} {interval}")
    return Running(
        interval=interval,
        part=part,
        load_milliwh=measured(quarters(load, chance), part),
        solar_milliwh=measured(quarters(solar, chance), part),
    )
