"""Rest, whatever the mode: a fault demands it, the home's person wishes it, the auction bars."""

from dataclasses import replace

from node.core.auction.licence import Rights
from node.core.observation import Observation
from node.core.supply.contact import recent_drops
from node.core.supply.moves import ask_for_rest, leave, let_go
from node.core.supply.on_pairing import due
from node.core.supply.own_source import learn_voltage
from node.core.supply.state import Cause, Mode, Step, SupplySettings, SupplyState
from node.core.supply.transitions import enter

WISH = "on own source, as its person wishes"


def rest(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    cause: Cause,
    sentence: str,
) -> Step:
    """Rest for a cause; a contact that a fault opens counts as dropped."""
    if state.mode in (Mode.ON_SELLER, Mode.ON_PAIRING):
        if cause is Cause.FAULT:
            drops = (*recent_drops(state, observation), observation.now_s)
            state = replace(state, drops=drops)
        return let_go(state, observation, settings, cause, sentence)
    state = enter(state, cause, observation.now_s, sentence)
    # The reason is today's, though the home may have rested before.
    return ask_for_rest(replace(state, reason=sentence, cause=cause), observation, settings)


def lifted(state: SupplyState) -> SupplyState:
    """End the person's wish, if that is why the home rests."""
    if state.cause is not Cause.WISH:
        return state
    reason = "its person has lifted the wish for own source"
    return replace(state, reason=reason, cause=Cause.WISH_LIFTED)


def barred(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> Step:
    """Rest while the interval belongs to the auction: open credit and the threshold wait."""
    if state.mode is Mode.ON_SELLER:
        return leave(state, observation, settings, Cause.BARRED, rights.bars_sale)
    state = learn_voltage(state, observation)
    state = enter(state, Cause.BARRED, observation.now_s, rights.bars_sale)
    why = due(state, observation, settings) if settings.may_buy else settings.may_not_buy_because
    waits = f"; {why}" if isinstance(why, str) and why else ""
    waiting = f"{rights.bars_sale}: nothing of the sale is bought or drawn{waits}"
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)
