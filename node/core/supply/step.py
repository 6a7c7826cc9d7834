"""Decide where a home's energy comes from: one step from what is observed to commands.

Own source is rest. A contact is asked for only on a confirmed purchase with credit left, and
every doubt ends on own source. `step` takes account of what has happened; `decide` decides.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.core.auction.licence import NO_RIGHTS, Rights
from node.core.budget import give_back
from node.core.commands import Command, OpenOrder, RefundOrder
from node.core.errors import NoSuchMove
from node.core.facts import (
    Fact,
    IntentConfirmed,
    IntentRefused,
    IntentResumed,
    IntentUndone,
    LeaseGranted,
)
from node.core.faults import Fault
from node.core.holdoff import hold_off
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.supply import credit
from node.core.supply.credit import Draw, Draws
from node.core.supply.decide import decide
from node.core.supply.feeding import absorb_meter
from node.core.supply.moves import chain_now
from node.core.supply.parts import charge, follow, imported_before
from node.core.supply.rest import rest
from node.core.supply.state import Cause, Mode, Pending, Step, SupplySettings, SupplyState

ALREADY_PROMISED = "AlreadyPromised"
"""The ledger's name for an order whose number is under way, from an earlier run, on other terms."""


def step(
    state: SupplyState,
    observation: Observation,
    faults: Sequence[Fault],
    settings: SupplySettings,
    rights: Rights = NO_RIGHTS,
) -> Step:
    """Take one step; the commands are in the order in which they must leave.

    `rights` are what the auction says about this home's contacts; without it, none.
    """
    drawn = state.draws
    for fact in observation.facts:
        state = _absorb_fact(state, fact, observation, settings)
    state = _absorb_views(state, observation, settings, rights)
    undone = _sign_undone(drawn, state, observation)
    state = _absorb_rights(state, observation, settings, rights)
    try:
        state, commands = decide(state, observation, faults, settings, rights)
    except NoSuchMove as error:
        # A fault of this program must not hold a contact: what it wanted is left undone.
        state, commands = rest(state, observation, settings, Cause.FAULT, f"{error}: at rest")
    drawing = state.mode is Mode.ON_SELLER
    draws, receipts = credit.sign_due(
        state.draws, observation.now_s, settings.receipt_period_s, at_once=not drawing
    )
    state, refunds = _refunds(replace(state, draws=draws), observation, settings)
    return state, (*commands, *undone, *receipts, *refunds)


def _absorb_fact(
    state: SupplyState, fact: Fact, observation: Observation, settings: SupplySettings
) -> SupplyState:
    match fact:
        case IntentConfirmed(intent=OpenOrder() as order):
            draw = _draw(state, order, fact, observation)
            return _settled(replace(state, draws=(*_others(state, order), draw)), order)
        case IntentRefused(intent=OpenOrder() as order):
            return _refused(state, order, fact, observation, settings)
        case IntentUndone(intent=OpenOrder() as order) | IntentResumed(intent=OpenOrder() as order):
            # The sender sends the same order again, so it is pending once more, not lost.
            again = Pending(order=order, asked_at_s=observation.now_s, day=None, promised=True)
            state = _settled(replace(state, draws=_others(state, order)), order)
            return replace(state, pending=(*state.pending, again))
        case IntentRefused(intent=RefundOrder() as refund):
            asked = state.refunds - {(refund.seller, refund.number)}
            return replace(state, refunds=asked, refund_refused_at_s=observation.now_s)
        case LeaseGranted(contacts=contacts) if contacts:
            contact = replace(state.contact, granted_at_s=observation.now_s)
            return replace(state, contact=contact)
        case _:
            # A receipt that arrives is not verified yet: `Observation.receipts` has those that are.
            return state


def _refused(
    state: SupplyState,
    order: OpenOrder,
    fact: IntentRefused,
    observation: Observation,
    settings: SupplySettings,
) -> SupplyState:
    asked = next((p for p in state.pending if p.order.number == order.number), None)
    if asked is None or fact.name == ALREADY_PROMISED:
        # That number is under way on the terms of an earlier run; its outcome is still to come.
        return state
    held = hold_off(
        state.hold_offs,
        order.seller,
        observation.now_s,
        settings.hold_off_s,
        settings.hold_off_max_s,
    )
    if asked.day is not None:
        state = replace(state, spent=give_back(state.spent, asked.day, order.max_cost))
    reason = f"order {order.number} was refused: {fact.sentence}"
    state = replace(state, reason=reason, cause=Cause.REFUSED, hold_offs=held)
    return _settled(state, order)


def _settled(state: SupplyState, order: OpenOrder) -> SupplyState:
    return replace(state, pending=tuple(p for p in state.pending if p.order.number != order.number))


def _others(state: SupplyState, order: OpenOrder) -> Draws:
    return tuple(draw for draw in state.draws if draw.number != order.number)


def _absorb_views(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> SupplyState:
    view = observation.chain
    if view is not None:
        state = _pending_after(state, view, observation.now_s)
        pending = {p.order.number for p in state.pending}
        account = settings.purchase.account
        draws = credit.absorb_view(state.draws, view, account, observation.now_s, pending)
        state = replace(state, draws=draws)
    for receipt in observation.receipts:
        if receipt.buyer == settings.purchase.account:
            state = replace(state, draws=credit.absorb_receipt(state.draws, receipt))
    return _absorb_energy(state, observation, settings, rights)


def _pending_after(state: SupplyState, view: ChainView, now_s: float) -> SupplyState:
    """See in a view which orders a reorganisation took away, and which it gave back.

    The view comes before the ledger's own word. Without this, the time between the two would
    be enough to buy the same again.
    """
    kept = tuple(p for p in state.pending if p.promised or p.order.number > view.last_number)
    gone = tuple(
        draw
        for draw in state.draws
        if draw.block <= view.block.number and draw.number > view.last_number
    )
    draws = tuple(draw for draw in state.draws if draw not in gone)
    taken = tuple(
        Pending(order=credit.order_of(draw), asked_at_s=now_s, day=None, promised=False)
        for draw in gone
    )
    return replace(state, pending=(*kept, *taken), draws=draws)


def _sign_undone(drawn: Draws, state: SupplyState, observation: Observation) -> tuple[Command, ...]:
    """Sign for what was drawn of orders that a reorganisation took away.

    They mostly come back, and then the receipt alone knows of it.
    """
    pending = {asked.order.number for asked in state.pending}
    gone = tuple(draw for draw in drawn if draw.number in pending)
    _, receipts = credit.sign_due(gone, observation.now_s, period_s=0.0, at_once=True)
    return receipts


def _absorb_energy(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> SupplyState:
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


def _absorb_rights(
    state: SupplyState, observation: Observation, settings: SupplySettings, rights: Rights
) -> SupplyState:
    if not state.parts and not rights.draws:
        return state
    chain_now_s = chain_now(observation)
    run_s = (observation.now_s - state.started_at_s) * observation.clock_speed
    before = imported_before(rights.draws, observation, chain_now_s - run_s)
    return replace(state, parts=follow(state.parts, rights.draws, chain_now_s, before))


def _draw(
    state: SupplyState, order: OpenOrder, fact: IntentConfirmed, observation: Observation
) -> Draw:
    known = next((draw for draw in state.draws if draw.number == order.number), None)
    if known is not None:
        # Confirmed once more: what was drawn of it stays drawn.
        return replace(known, block=fact.block.number)
    view = observation.chain
    return Draw(
        seller=order.seller,
        number=order.number,
        energy_milliwh=order.energy_milliwh,
        price_per_kwh=order.max_price_per_kwh,
        expires_s=fact.block.timestamp_s + _duration_s(view, order.seller),
        block=fact.block.number,
        drawn_milliwh=0,
        receipted_milliwh=0,
        receipted_at_s=observation.now_s,
    )


def _duration_s(view: ChainView | None, seller: str) -> int:
    offers = view.offers if view is not None else ()
    return next((offer.duration_s for offer in offers if offer.seller == seller), 0)


def _refunds(
    state: SupplyState, observation: Observation, settings: SupplySettings
) -> tuple[SupplyState, tuple[Command, ...]]:
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
