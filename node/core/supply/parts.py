"""Keep count of what was drawn of each part of a pairing, in the interval that is delivered now.

After a start in the middle of an interval nobody knows what was drawn of it before. Then all that
the connection imported since the newest reading of it that the chain has counts against the parts
in their turn, and without such a reading they count as drawn: rather too little than too much.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import Licence, PartDraw, PartDraws, key_of
from node.core.observation import Observation


def follow(
    parts: PartDraws, licences: Sequence[Licence], chain_now_s: float, imported_milliwh: int
) -> PartDraws:
    """Make the counts agree with the licences, in their order.

    `imported_milliwh` is what may have been drawn before the first of an interval's licences was
    seen: it counts against them in their turn.
    """
    known = {key_of(part.licence): part for part in parts if part.licence.ends_s > chain_now_s}
    before = 0 if known else imported_milliwh
    found = []
    for licence in licences:
        part = known.pop(key_of(licence), None)
        if part is None:
            drawn = min(before, licence.energy_milliwh)
            before -= drawn
            found.append(PartDraw(licence=licence, drawn_milliwh=drawn, stands=True))
        else:
            found.append(replace(part, licence=licence, stands=True))
    return (*found, *(replace(part, stands=False) for part in known.values()))


def charge(parts: PartDraws, seller: str, energy_milliwh: int) -> PartDraws:
    """Charge metered energy to a seller's parts, in their turn.

    What goes beyond the last of them stays with it: it was drawn, and the meters settle it.
    """
    energy_milliwh = max(0, energy_milliwh)
    mine = [part for part in parts if part.licence.seller == seller]
    result = list(parts)
    for part in mine:
        is_last = part is mine[-1]
        drawn = energy_milliwh if is_last else min(energy_milliwh, part.left_milliwh)
        energy_milliwh -= drawn
        result[result.index(part)] = replace(part, drawn_milliwh=part.drawn_milliwh + drawn)
    return tuple(result)


def imported_before(
    licences: Sequence[Licence], observation: Observation, chain_started_s: float
) -> int:
    """Give what may have been imported in an interval before this run began to count.

    `chain_started_s` is when this run began, in chain time.
    """
    if not licences or chain_started_s <= licences[0].starts_s:
        return 0
    meter, view = observation.connection, observation.chain
    reading = view.meter if view is not None else None
    if meter is not None and reading is not None:
        imported = meter.registers.import_milliwh - reading.registers.import_milliwh
        # Registers below what the chain has kept are of a lost card: they tell nothing of it.
        if imported >= 0:
            return imported
    return sum(licence.energy_milliwh for licence in licences)
