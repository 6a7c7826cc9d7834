"""Ask for the money back of orders that their seller has not closed long after their end."""

from dataclasses import replace

from node.core.commands import Command, RefundOrder
from node.core.observation import Observation
from node.core.supply.state import SupplySettings, SupplyState


def refused(state: SupplyState, refund: RefundOrder, now_s: float) -> SupplyState:
    """Be free to ask for it again, after a pause."""
    asked = state.refunds - {(refund.seller, refund.number)}
    return replace(state, refunds=asked, refund_refused_at_s=now_s)


def refunds(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> tuple[SupplyState, tuple[Command, ...]]:
    """Ask for each that is due, once, while the chain answers."""
    chain_now_s = observation.chain_now_s
    refused_at_s = state.refund_refused_at_s
    pausing = (
        refused_at_s is not None and observation.now_s - refused_at_s < settings.hold_off_max_s
    )
    if chain_now_s is None or observation.chain_problem is not None or pausing:
        return state, ()
    # A quarter of the grace more, so that a seller who is only late still redeems first.
    late_s = settings.grace_s * 1.25
    due = [
        draw
        for draw in state.draws
        if chain_now_s >= draw.expires_s + late_s
        and (draw.seller, draw.number) not in state.refunds
    ]
    asked = state.refunds | {(draw.seller, draw.number) for draw in due}
    open_now = {(draw.seller, draw.number) for draw in state.draws}
    commands = tuple(
        RefundOrder(buyer=settings.purchase.account, seller=draw.seller, number=draw.number)
        for draw in due
    )
    return replace(state, refunds=frozenset(asked & open_now)), commands
