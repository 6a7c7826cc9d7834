"""Order from the sale, and follow it: confirmed, refused, undone with its block, or asked again."""

from dataclasses import replace

from node.core.budget import give_back, spend
from node.core.commands import LONGEST_ORDER_S, OpenOrder, SignReceipt
from node.core.facts import Fact, IntentConfirmed, IntentRefused, IntentResumed, IntentUndone
from node.core.holdoff import hold_off
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.supply import credit
from node.core.supply.credit import Draw, Draws
from node.core.supply.moves import soc_text
from node.core.supply.purchase import Pending, SellerSettings
from node.core.supply.state import Cause, Mode, Step, SupplySettings, SupplyState
from node.core.supply.transitions import enter
from node.core.units import cost_up, format_tokens, format_wh

ALREADY_PROMISED = "AlreadyPromised"
"""The ledger's name for an order whose number is under way, from an earlier run, on other terms."""


def buy(
    state: SupplyState,
    observation: Observation,
    settings: SupplySettings,
    seller: SellerSettings,
    order: OpenOrder,
) -> Step:
    """Ask for an order, and count it against the day before it leaves."""
    bought = (
        f"{format_wh(order.energy_milliwh)} from {seller.name}"
        f" at {format_tokens(order.max_price_per_kwh)}/kWh, order {order.number}"
    )
    soc = soc_text(observation)
    spent = spend(state.spent, observation.calendar_s, order.max_cost)
    asked = Pending(order=order, asked_at_s=observation.now_s, day=spent.day, promised=True)
    state = replace(state, pending=(*state.pending, asked), spent=spent)
    if state.mode is not Mode.ON_SELLER:
        limit = f"limit {settings.purchase.limit_soc_pct:g} %"
        reason = f"{soc} < {limit}: buying {bought}"
        state = enter(state, Cause.ORDERED, observation.now_s, reason)
    else:
        reason = f"{soc}, credit is running out: buying {bought}"
        state = replace(state, reason=reason, cause=Cause.ORDERED)
    return state, (order,)


def absorb_fact(
    state: SupplyState, fact: Fact, observation: Observation, settings: SupplySettings
) -> SupplyState:
    """Take what became of an order; other facts change nothing."""
    match fact:
        case IntentConfirmed(intent=OpenOrder() as order):
            return _confirmed(state, order, fact, observation)
        case IntentRefused(intent=OpenOrder() as order):
            return _refused(state, order, fact, observation, settings)
        case IntentUndone(intent=OpenOrder() as order) | IntentResumed(intent=OpenOrder() as order):
            return _under_way_again(state, order, observation.now_s)
        case _:
            return state


def _confirmed(
    state: SupplyState, order: OpenOrder, fact: IntentConfirmed, observation: Observation
) -> SupplyState:
    """Have its credit, which its block's time and the seller's offer let run out."""
    draw = _draw(state, order, fact, observation)
    return _settled(replace(state, draws=(*_others(state, order), draw)), order)


def _under_way_again(state: SupplyState, order: OpenOrder, now_s: float) -> SupplyState:
    """Wait for it once more: the sender sends the same order again, so it is not lost."""
    again = Pending(order=order, asked_at_s=now_s, day=None, promised=True)
    state = _settled(replace(state, draws=_others(state, order)), order)
    return replace(state, pending=(*state.pending, again))


def _refused(
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
        Pending(order=order_of(draw), asked_at_s=now_s, day=None, promised=False) for draw in gone
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


def order_of(draw: Draw) -> OpenOrder:
    """Give the order that a draw came from, for when it is not confirmed any more."""
    return OpenOrder(
        seller=draw.seller,
        number=draw.number,
        energy_milliwh=draw.energy_milliwh,
        max_price_per_kwh=draw.price_per_kwh,
        max_duration_s=LONGEST_ORDER_S,
        max_cost=cost_up(draw.energy_milliwh, draw.price_per_kwh),
    )


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
