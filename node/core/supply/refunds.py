"""Ask for the money back of orders that their seller has not closed long after their end."""

from dataclasses import replace

from node.core.commands import Command, Intent, RefundOrder
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.observation import Observation
from node.core.supply.state import SupplySettings, SupplyState
from node.core.underway import absorb, ask, rest, rest_of


def absorb_fact(
    state: SupplyState, fact: Fact, now_s: float, settings: SupplySettings
) -> SupplyState:
    """Take what became of one, after a refusal all rest; other facts change nothing."""
    match fact:
        case IntentRefused(intent=RefundOrder() as refund):
            pause_s = settings.hold_off_max_s
            refunding = absorb(state.refunding, fact, now_s)
            refunding = rest(
                refunding, refund, now_s, first=pause_s, most=pause_s, about=_all_alike
            )
        case (
            IntentConfirmed(intent=RefundOrder())
            | IntentUndone(intent=RefundOrder())
            | IntentResumed(intent=RefundOrder())
        ):
            refunding = absorb(state.refunding, fact, now_s)
        case _:
            return state
    return replace(state, refunding=refunding)


def refunds(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> tuple[SupplyState, tuple[Command, ...]]:
    """Ask for each that is due, once, while the chain answers."""
    view, chain_now_s, now_s = observation.chain, observation.chain_now_s, observation.now_s
    if view is None or chain_now_s is None or observation.chain_problem is not None:
        return state, ()
    if view.block.number < state.refunding.seen_from:
        return state, ()
    # A quarter of the grace more, so that a seller who is only late still redeems first.
    late_s = settings.grace_s * 1.25
    due = (
        RefundOrder(buyer=settings.purchase.account, seller=draw.seller, number=draw.number)
        for draw in state.draws
        if chain_now_s >= draw.expires_s + late_s
    )
    commands = tuple(
        refund
        for refund in due
        if refund not in state.refunding.intents
        and rest_of(state.refunding, refund, now_s, _all_alike) is None
    )
    return replace(state, refunding=ask(state.refunding, *commands, now=now_s)), commands


def _all_alike(_: Intent) -> object:
    return RefundOrder
