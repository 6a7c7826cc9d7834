"""Let the highest authority rule, then the mode's own function.

Order of authority: a fault, the person's wish, the auction's pairing, then the threshold. In an
interval of which the connection belongs to the auction, nothing of the sale is bought or drawn.
Every function returns the next state and its commands, and leaves the reason in the state.
"""

from collections.abc import Sequence
from typing import assert_never

from node.core.auction.licence import Rights
from node.core.faults import Fault, Severity, worst
from node.core.observation import Observation
from node.core.supply.hold_off import hold_off
from node.core.supply.on_pairing import Turn, draw, due, on_pairing
from node.core.supply.on_seller import on_seller
from node.core.supply.own_source import own_source
from node.core.supply.purchasing import purchasing
from node.core.supply.rest import WISH, barred, lifted, rest
from node.core.supply.safe import safe
from node.core.supply.state import Cause, Mode, Step, SupplySettings, SupplyState


def decide(
    state: SupplyState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: SupplySettings,
    rights: Rights,
) -> Step:
    """Decide on what is known now."""
    severity = worst(tuple(faults))
    if severity is Severity.REST:
        return rest(state, observation, settings, Cause.FAULT, faults[0].sentence)
    if observation.wants_own_source:
        return rest(state, observation, settings, Cause.WISH, WISH)
    state = lifted(state)
    if state.mode is Mode.SAFE:
        state, commands = safe(state, observation, settings)
        if state.mode is Mode.SAFE:
            return state, commands
    if state.mode is Mode.ON_PAIRING:
        return on_pairing(state, observation, settings)
    turn = due(state, observation, settings) if settings.may_buy else ""
    if isinstance(turn, Turn):
        return draw(state, observation, settings, turn)
    if rights.bars_sale:
        return barred(state, observation, settings, rights)
    obstacle = faults[0].sentence if severity is Severity.NO_PURCHASE else ""
    match state.mode:
        case Mode.OWN_SOURCE:
            return own_source(state, observation, settings, obstacle)
        case Mode.HOLD_OFF:
            return hold_off(state, observation, settings, obstacle)
        case Mode.PURCHASING:
            return purchasing(state, observation, settings)
        case Mode.ON_SELLER:
            return on_seller(state, observation, settings, obstacle)
        case _:
            assert_never(state.mode)
