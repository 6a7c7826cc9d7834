"""Follow an order of the sale: confirmed, refused, undone with its block, or asked for again."""

from dataclasses import replace

from node.core.budget import give_back
from node.core.commands import OpenOrder, SignReceipt
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.holdoff import hold_off
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.supply import credit
from node.core.supply.credit import Draw, Draws
from node.core.supply.state import Cause, Pending, SupplySettings, SupplyState

ALREADY_PROMISED = "AlreadyPromised"
"""The ledger's name for an order whose number is under way, from an earlier run, on other terms."""


def confirmed(
    state: SupplyState, order: OpenOrder, fact: IntentConfirmed, observation: Observation
) -> SupplyState:
    """Have its credit, which its block's time and the seller's offer let run out."""
    draw = _draw(state, order, fact, observation)
    return _settled(replace(state, draws=(*_others(state, order), draw)), order)


def under_way_again(state: SupplyState, order: OpenOrder, now_s: float) -> SupplyState:
    """Wait for it once more: the sender sends the same order again, so it is not lost."""
    again = Pending(order=order, asked_at_s=now_s, day=None, promised=True)
    state = _settled(replace(state, draws=_others(state, order)), order)
    return replace(state, pending=(*state.pending, again))


def refused(
    state: SupplyState,
    order: OpenOrder,
    fact: IntentRefused,
    observation: Observation,
    settings: SupplySettings,
) -> SupplyState:
    """Take its cost off the day again, and pass its seller over for a while."""
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


def after_view(state: SupplyState, view: ChainView, now_s: float) -> SupplyState:
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


def sign_undone(drawn: Draws, state: SupplyState, now_s: float) -> tuple[SignReceipt, ...]:
    """Sign for what was drawn of orders that a reorganisation took away.

    They mostly come back, and then the receipt alone knows of it.
    """
    pending = {asked.order.number for asked in state.pending}
    gone = tuple(draw for draw in drawn if draw.number in pending)
    _, receipts = credit.sign_due(gone, now_s, period_s=0.0, at_once=True)
    return receipts


def _settled(state: SupplyState, order: OpenOrder) -> SupplyState:
    return replace(state, pending=tuple(p for p in state.pending if p.order.number != order.number))


def _others(state: SupplyState, order: OpenOrder) -> Draws:
    return tuple(draw for draw in state.draws if draw.number != order.number)


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
