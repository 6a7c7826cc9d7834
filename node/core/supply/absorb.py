"""Take in what has happened: what the ledger and the relay said, and what view and meter show."""

from dataclasses import replace

from node.core.auction.licence import Rights
from node.core.facts import Fact, LeaseGranted
from node.core.observation import Observation
from node.core.supply import credit, orders, refunds
from node.core.supply.feeding import absorb_meter
from node.core.supply.moves import chain_now
from node.core.supply.parts import charge, follow, imported_before
from node.core.supply.state import SupplySettings, SupplyState


def absorb_fact(
    state: SupplyState, fact: Fact, observation: Observation, settings: SupplySettings
) -> SupplyState:
    """Take in what the ledger said of an order, or the relay of a lease."""
    state = orders.absorb_fact(state, fact, observation, settings)
    state = refunds.absorb_fact(state, fact, observation.now_s, settings)
    match fact:
        case LeaseGranted(contacts=contacts) if contacts:
            contact = replace(state.contact, granted_at_s=observation.now_s)
            return replace(state, contact=contact)
        case _:
            # A receipt that arrives is not verified yet: `Observation.receipts` has those that are.
            return state


def absorb_views(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> SupplyState:
    """Make the credit agree with the orders on the chain, and with the own receipts."""
    view = observation.chain
    if view is not None:
        state = orders.after_view(state, view, observation.now_s)
        pending = {p.order.number for p in state.pending}
        account = settings.purchase.account
        draws = credit.absorb_view(state.draws, view, account, observation.now_s, pending)
        state = replace(state, draws=draws)
    for receipt in observation.receipts:
        if receipt.buyer == settings.purchase.account:
            state = replace(state, draws=credit.absorb_receipt(state.draws, receipt))
    return state


def absorb_energy(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> SupplyState:
    """Charge what came over the contact to the part or the order that licensed it."""
    state, energy_milliwh = absorb_meter(state, observation, settings)
    seller = state.contact.seller
    if seller is None or not energy_milliwh:
        return state
    if state.contact.paired is not None:
        parts = charge(state.parts, seller, energy_milliwh)
        return replace(state, parts=parts)
    if rights.settles_meter and not settings.draws_from_load:
        # The auction settles it by the same meter: to sign for it would be to pay twice.
        return state
    # What no credit covers is the seller's loss; its own meter sees it and it withdraws.
    chain_now_s = chain_now(observation)
    draws, _uncovered = credit.absorb_energy(state.draws, seller, energy_milliwh, chain_now_s)
    return replace(state, draws=draws)


def absorb_rights(state: SupplyState, observation: Observation, rights: Rights) -> SupplyState:
    """Keep the counts of the parts that the auction licenses now."""
    if not state.parts and not rights.draws:
        return state
    chain_now_s = chain_now(observation)
    run_s = (observation.now_s - state.started_at_s) * observation.clock_speed
    before = imported_before(rights.draws, observation, chain_now_s - run_s)
    return replace(state, parts=follow(state.parts, rights.draws, chain_now_s, before))
