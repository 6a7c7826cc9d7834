"""The moves that the supply states make: ask for rest, connect, leave, give up."""

from dataclasses import replace

from node.core.commands import HoldContacts
from node.core.holdoff import hold_off
from node.core.observation import Observation
from node.core.records import ConnectionView
from node.core.relay.connections import closed_for
from node.core.supply import credit
from node.core.supply.feeding import tail_end_s
from node.core.supply.hysteresis import Level, level
from node.core.supply.purchase import SellerSettings
from node.core.supply.state import (
    Cause,
    Step,
    SupplySettings,
    SupplyState,
    ask_for,
)
from node.core.supply.transitions import enter
from node.core.units import format_soc

ASK_AGAIN_S = 1.0


def ask_for_rest(state: SupplyState, observation: Observation, settings: SupplySettings) -> Step:
    """Ask for rest while the relay still shows one of this home's contacts closed."""
    closed = closed_for(observation.relay, settings.purchase.account)
    asked = state.contact.asked_at_s
    recently = asked is not None and observation.now_s - asked < ASK_AGAIN_S
    if not closed or recently:
        return state, ()
    command = HoldContacts(contacts=(), lease_s=settings.lease_s)
    contact = replace(state.contact, asked_at_s=observation.now_s)
    return replace(state, contact=contact), (command,)


def chain_now(observation: Observation) -> float:
    """Give the chain's time now, by the calendar as long as no block has been seen."""
    now_s = observation.chain_now_s
    return observation.calendar_s if now_s is None else now_s


def credit_at(state: SupplyState, seller: str, observation: Observation) -> credit.Draws:
    """Give the credit that can be drawn from a seller now."""
    return credit.usable(state.draws, seller, chain_now(observation))


def is_interrupted(state: SupplyState, observation: Observation) -> bool:
    """Tell whether credit is left of a draw that an earlier run was in the middle of."""
    return state.resuming and any(
        credit_at(state, draw.seller, observation) for draw in state.draws
    )


def is_well(state: SupplyState, observation: Observation, settings: SupplySettings) -> bool:
    """Tell whether the battery wants nothing, as far as that is settled.

    Credit left over from an interrupted run is drawn on up to the upper bound, as it was bought.
    """
    battery = observation.battery
    found = level(battery.soc_pct, settings)
    if not battery.settled or found in (Level.UNKNOWN, Level.LOW):
        return False
    return found is Level.FULL or not is_interrupted(state, observation)


def soc_text(observation: Observation) -> str:
    """Write the state of charge for a sentence."""
    soc_pct = observation.battery.soc_pct
    return f"SoC {format_soc(soc_pct)}"


def connect(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    connection: ConnectionView,
    cause: Cause,
    how: str,
) -> Step:
    """Ask for the contact to a seller with paid credit."""
    is_low = level(observation.battery.soc_pct, settings) is Level.LOW
    below = f" < limit {settings.purchase.limit_soc_pct:g} %" if is_low else ""
    reason = f"{soc_text(observation)}{below}: {how}"
    state = replace(
        enter(state, cause, observation.now_s, reason),
        contact=ask_for(seller.account, None, observation.now_s, is_closed=False),
        resuming=False,
    )
    return state, (HoldContacts(contacts=connection.channels, lease_s=settings.lease_s),)


def give_up(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    sentence: str,
) -> Step:
    """Go back to own source and pass over a seller for a while."""
    held = hold_off(
        state.hold_offs,
        seller.account,
        observation.now_s,
        settings.hold_off_s,
        settings.hold_off_max_s,
    )
    state = replace(state, hold_offs=held)
    return leave(state, observation, settings, Cause.SELLER_FAILED, sentence)


def leave(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    cause: Cause,
    sentence: str,
) -> Step:
    """Go back to own source first; the accounts follow."""
    reason = f"{sentence}: back on own source"
    return let_go(state, observation, settings, cause, reason)


def let_go(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    cause: Cause,
    reason: str,
) -> Step:
    """Ask for rest whatever the relay shows: an earlier request may still be on its way."""
    left = replace(
        state.contact,
        closed_at_s=None,
        undelivered_since_s=None,
        asked_at_s=observation.now_s,
        tail_ends_s=tail_end_s(state.contact, observation, settings),
    )
    state = replace(enter(state, cause, observation.now_s, reason), contact=left)
    return state, (HoldContacts(contacts=(), lease_s=settings.lease_s),)
