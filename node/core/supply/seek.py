"""Seek a neighbour's energy for a low battery: open credit, else the cheapest seller, else why not.

It serves the two modes of rest from which a home buys, `own_source` and `hold_off`.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.holdoff import left_s
from node.core.observation import Observation
from node.core.records import Offer
from node.core.supply.hysteresis import Level, level
from node.core.supply.moves import (
    ask_for_rest,
    connect,
    credit_at,
    is_interrupted,
    is_well,
    soc_text,
)
from node.core.supply.orders import buy
from node.core.supply.purchase import Obstacle, SellerSettings, merit_order, order_from, reachable
from node.core.supply.state import Cause, Step, SupplySettings, SupplyState
from node.core.supply.transitions import enter


def seek_if_low(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Rest while the battery is well, or nothing can be sought; else seek."""
    battery = observation.battery
    ready = observation.relay is not None and observation.chain is not None
    if battery.soc_pct is None or not battery.settled:
        waiting = "state of charge not settled"
    elif is_well(state, observation, settings):
        interrupted = is_interrupted(state, observation)
        bound_pct = settings.resume_soc_pct if interrupted else settings.purchase.limit_soc_pct
        waiting = f"{soc_text(observation)} >= {bound_pct:g} %"
        state = replace(state, resuming=state.resuming and not ready)
    elif not settings.may_buy:
        waiting = settings.may_not_buy_because
    elif not ready:
        waiting = obstacle or "chain or relay not seen yet"
    else:
        return _seek(state, observation, settings, obstacle)
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)


def _seek(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    view = observation.chain
    assert view is not None
    reached, unreached = [], []
    for seller, offer in merit_order(settings.purchase, view):
        connection = reachable(seller, observation, settings.purchase)
        if isinstance(connection, Obstacle):
            unreached.append(connection)
            continue
        if credit_at(state, seller.account, observation) and not _held(state, seller, observation):
            cause, how = Cause.CREDIT_OPEN, "using open credit"
            return connect(state, observation, settings, seller, connection, cause, how)
        reached.append((seller, offer))
    if level(observation.battery.soc_pct, settings) is not Level.LOW:
        # Only credit left over brought us here, and it cannot be drawn now: nothing is bought.
        waiting = f"{soc_text(observation)}, open credit out of reach for now"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    state = replace(state, resuming=False)
    if obstacle:
        return ask_for_rest(replace(state, waiting=obstacle), observation, settings)
    if state.pending:
        reason = f"order {state.pending[-1].order.number} is still under way"
        return enter(state, Cause.UNDER_WAY, observation.now_s, reason), ()
    return _purchase(state, observation, settings, reached, unreached)


def _purchase(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    reached: Sequence[tuple[SellerSettings, Offer | None]],
    unreached: Sequence[Obstacle],
) -> Step:
    obstacles = list(unreached)
    for seller, offer in reached:
        order = order_from(seller, offer, observation, settings.purchase, state.memory)
        if not isinstance(order, Obstacle):
            return buy(state, observation, settings, seller, order)
        obstacles.append(order)
    cause = Cause.PASSED_OVER if any(o.held_off for o in obstacles) else Cause.NO_SELLER
    limit = f"limit {settings.purchase.limit_soc_pct:g} %"
    reason = f"{soc_text(observation)} < {limit}, but no seller can serve"
    waiting = "; ".join(o.sentence for o in obstacles) or "no seller is configured"
    state = enter(state, cause, observation.now_s, reason)
    return ask_for_rest(replace(state, waiting=waiting), observation, settings)


def _held(state: SupplyState, seller: SellerSettings, observation: Observation) -> bool:
    return left_s(state.hold_offs, seller.account, observation.now_s) > 0
