"""What a home does while its order is under way: wait at rest, and connect on what is confirmed."""

from dataclasses import replace

from node.core.observation import Observation
from node.core.supply.hysteresis import Level, level
from node.core.supply.moves import ask_for_rest, connect, credit_at, give_up, soc_text
from node.core.supply.purchase import Obstacle, reachable
from node.core.supply.state import Cause, Step, SupplySettings, SupplyState, seller_named
from node.core.supply.transitions import enter
from node.core.units import format_tokens, format_wh


def purchasing(state: SupplyState, observation: Observation, settings: SupplySettings) -> Step:
    """Close no contact on an unconfirmed order; what was bought is kept if it is not needed."""
    if state.pending:
        oldest = state.pending[0]
        seconds = observation.now_s - oldest.asked_at_s
        waiting = f"order {oldest.order.number} not confirmed yet ({seconds:.0f} s)"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    if observation.relay is None or observation.relay_lost_at_s is not None:
        waiting = "relay away; the credit waits for it"
        return ask_for_rest(replace(state, waiting=waiting), observation, settings)
    if level(observation.battery.soc_pct, settings) is Level.FULL:
        sentence = f"{soc_text(observation)} recovered before the contact closed: credit is kept"
        return enter(state, Cause.RESUMED, observation.now_s, sentence), ()
    for draw in reversed(state.draws):
        seller = seller_named(settings, draw.seller)
        if seller is None or not credit_at(state, draw.seller, observation):
            continue
        connection = reachable(seller, observation, settings.purchase)
        if isinstance(connection, Obstacle):
            return give_up(state, observation, settings, seller, connection.sentence)
        bought = (
            f"bought {format_wh(draw.energy_milliwh)} from {seller.name} at"
            f" {format_tokens(draw.price_per_kwh)}/kWh, order {draw.number},"
            f" confirmed in block {draw.block}"
        )
        cause = Cause.CONFIRMED
        return connect(state, observation, settings, seller, connection, cause, bought)
    # Its reason is that of the refusal, or of the purchase that came to nothing.
    return enter(state, Cause.NO_CREDIT, observation.now_s, state.reason), ()
