"""What a home does while a seller feeds it: watch, renew, buy again in time, and go back."""

from dataclasses import replace

from node.core.holdoff import forgive
from node.core.observation import Observation
from node.core.supply import credit
from node.core.supply.contact import Closed, renew, watch
from node.core.supply.hysteresis import Level, level
from node.core.supply.moves import credit_at, leave
from node.core.supply.orders import buy
from node.core.supply.purchase import Obstacle, SellerSettings, order_from
from node.core.supply.state import Cause, Step, SupplySettings, SupplyState, seller_named
from node.core.units import MILLIWH_PER_WH, format_soc, format_wh


def on_seller(
    state: SupplyState, observation: Observation, settings: SupplySettings, obstacle: str
) -> Step:
    """Act on the contact as the relay shows it; `obstacle` says why nothing may be bought now."""
    seller = seller_named(settings, state.contact.seller)
    assert seller is not None
    if not credit_at(state, seller.account, observation):
        sentence = f"the credit at {seller.name} has ended"
        return leave(state, observation, settings, Cause.NO_CREDIT, sentence)
    watched = watch(state, observation, settings, seller, "on the same order", by_power=True)
    if not isinstance(watched, Closed):
        return watched
    return _while_closed(watched, observation, settings, seller, obstacle)


def _while_closed(
    watched: Closed,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    obstacle: str,
) -> Step:
    state, now_s = watched.state, observation.now_s
    usable = credit_at(state, seller.account, observation)
    soc_pct = observation.battery.soc_pct
    dwell_left_s = settings.dwell_left_s(now_s - state.since_s)
    if observation.battery.settled and level(soc_pct, settings) is Level.FULL:
        if dwell_left_s <= 0:
            state = replace(state, hold_offs=forgive(state.hold_offs, seller.account))
            sentence = f"SoC {format_soc(soc_pct)} >= resume {settings.resume_soc_pct:g} %"
            return leave(state, observation, settings, Cause.RESUMED, sentence)
        state = replace(state, waiting=f"dwell {dwell_left_s:.0f} s left")
        obstacle = "the battery has recovered"
    else:
        left = format_wh(credit.left_milliwh(usable) // MILLIWH_PER_WH * MILLIWH_PER_WH)
        state = replace(state, waiting=f"{left} of credit left at {seller.name}")
    state, commands = _successor(state, observation, settings, seller, obstacle)
    state, renewal = renew(state, observation, settings, watched.connection)
    return state, (*renewal, *commands)


def _successor(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    obstacle: str,
) -> Step:
    """Buy again from the same seller before the credit or its time ends, so nothing blinks."""
    view, chain_now_s = observation.chain, observation.chain_now_s
    usable = credit_at(state, seller.account, observation)
    if level(observation.battery.soc_pct, settings) in (Level.NEARLY_FULL, Level.FULL):
        # The way back is so near that a successor's escrow would lie idle.
        return state, ()
    if view is None or chain_now_s is None or obstacle:
        return state, ()
    if state.pending or len(usable) > 1:
        return state, ()
    speed = observation.clock_speed
    lead_s = (settings.confirmations + 3) * view.block_period_s + 2 * settings.sample_period_s
    meter = observation.load if settings.draws_from_load else observation.connection
    power_w = meter.power_w if meter is not None and meter.power_w is not None else 0.0
    milliwh_per_s = max(0.0, power_w) * 1000 * speed / 3600
    time_left_s = min(draw.expires_s - chain_now_s for draw in usable) / speed
    if credit.left_milliwh(usable) > milliwh_per_s * lead_s and time_left_s > lead_s:
        return state, ()
    offer = next((o for o in view.offers if o.seller == seller.account), None)
    order = order_from(seller, offer, observation, settings.purchase, state.memory)
    if isinstance(order, Obstacle):
        return replace(state, waiting=f"{state.waiting}; no successor: {order.sentence}"), ()
    return buy(state, observation, settings, seller, order)
