"""Keep a seller's offer on the chain in step with what its battery can give."""

from collections.abc import Sequence
from dataclasses import replace

from node.core.commands import PostOffer
from node.core.delivery.sales import Sale
from node.core.delivery.state import Delivery, DeliverySettings, DeliveryState, Step, is_pausing
from node.core.observation import Observation
from node.core.underway import ask


def offer(
    state: DeliveryState,
    observation: Observation,
    settings: DeliverySettings,
    sales: Sequence[Sale],
) -> Step:
    """Keep the offer on chain in step with the battery, without a transaction per percent."""
    view, chain_now_s = observation.chain, observation.chain_now_s
    if state.mode is Delivery.PAIRED:
        # Without a consent nobody buys on it, and it is there again after: no transaction for that.
        return state, ()
    if view is None or chain_now_s is None:
        return state, ()
    if any(isinstance(intent, PostOffer) for intent in state.underway.intents):
        return state, ()
    if observation.chain_problem is not None:
        return state, ()
    if is_pausing(state, observation.now_s):
        return state, ()
    pause_s = max(2 * view.block_period_s, 1.0)
    if state.offered_at_s is not None and observation.now_s - state.offered_at_s < pause_s:
        return state, ()
    own = next((o for o in view.offers if o.seller == settings.account), None)
    stands = own is not None and own.available_milliwh > 0 and own.until_s > chain_now_s
    available = _available(state, observation, settings, sales)
    if own is not None and stands:
        drift = abs(own.available_milliwh - available)
        fresh = own.until_s - chain_now_s > settings.valid_s / 4
        same = own.price_per_kwh == settings.price_per_kwh
        kept = drift <= max(own.available_milliwh // 4, settings.least_milliwh)
        if available and fresh and same and kept:
            return state, ()
    elif not available:
        return state, ()
    posted = PostOffer(
        price_per_kwh=settings.price_per_kwh,
        available_milliwh=available,
        least_milliwh=settings.least_milliwh,
        until_s=int(chain_now_s) + settings.valid_s,
        duration_s=settings.duration_s,
    )
    now_s = observation.now_s
    underway = ask(state.underway, posted, now=now_s)
    return replace(state, underway=underway, offered_at_s=now_s), (posted,)


def _available(
    state: DeliveryState,
    observation: Observation,
    settings: DeliverySettings,
    sales: Sequence[Sale],
) -> int:
    soc_pct = observation.battery.soc_pct
    if state.mode not in (Delivery.OFFERING, Delivery.DELIVERING) or soc_pct is None:
        return 0
    bounds = [] if settings.most_available_milliwh is None else [settings.most_available_milliwh]
    if settings.battery_milliwh is not None:
        above_pct = max(0.0, soc_pct - settings.sell_floor_pct)
        promised = sum(sale.order.energy_milliwh - sale.signed_milliwh for sale in sales)
        bounds.append(int(settings.battery_milliwh * above_pct / 100) - promised)
    available = min(bounds, default=0)
    return available if available >= settings.least_milliwh else 0
